// The ports of the engine made real: requests and reports in, commands and answers out, driven by
// the steady clock.
//
//   callers --Invoke--> payloads kept here --> inbox --> Scheduler::Step --> NodeLink
//   callers <--done---- answered on the thread that brings the report    <-- OnReport
//
// The engine runs on the thread that brings it something, one at a time; a thread of its own sees
// to deadlines and to what is left over (inbox.h).
//
// Thread-safe. Callbacks run on the orchestrator's thread or on any that is inside Invoke or
// OnReport, so those are called without a lock that callbacks take. Callbacks must not block.

#ifndef FLOE_ORCHESTRATOR_LIVE_ORCHESTRATOR_H_
#define FLOE_ORCHESTRATOR_LIVE_ORCHESTRATOR_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/live/environment_view.h"
#include "orchestrator/live/function_spec.h"
#include "orchestrator/live/invocation.h"
#include "orchestrator/live/node_link.h"
#include "orchestrator/live/watch_event.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::live {

struct OrchestratorOptions {
  SchedulerOptions scheduler;
  // Empty: no journal. Else the file is created anew; one that is there gets ".previous" added to
  // its name.
  std::string journal_path;
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  int functions_max = 10'000;
  int invocations_in_flight_max = 100'000;  // Arrivals beyond it get kServiceError.
  int nodes_max = 1'024;
  int watchers_max = 64;
};

struct Metrics {
  uint64_t invocations = 0;  // Admitted, not throttled.
  uint64_t cold_starts = 0;
  uint64_t function_errors = 0;
  std::array<uint64_t, kThrottleReasonCount> throttles = {};
  EnvironmentCounts environments;
  int64_t claimed_concurrency = 0;
  uint64_t stale_events = 0;
  int nodes = 0;
};

class Orchestrator {
 public:
  // INVALID_ARGUMENT for options out of range; the journal file's error when it cannot be created.
  static absl::StatusOr<std::unique_ptr<Orchestrator>> Create(const OrchestratorOptions& options);
  // Answers what is under way with kServiceError, stops the engine, closes the journal.
  virtual ~Orchestrator() = default;

  // ---- Functions.
  // ALREADY_EXISTS, INVALID_ARGUMENT, RESOURCE_EXHAUSTED (functions_max).
  virtual absl::StatusOr<FunctionRecord> CreateFunction(const FunctionSpec& spec) = 0;
  // NOT_FOUND, INVALID_ARGUMENT.
  virtual absl::StatusOr<FunctionRecord> UpdateFunction(const FunctionSpec& spec) = 0;
  virtual absl::Status DeleteFunction(const std::string& name) = 0;
  virtual absl::StatusOr<FunctionRecord> GetFunction(const std::string& name) const = 0;
  virtual std::vector<FunctionRecord> ListFunctions() const = 0;  // By name.
  // NOT_FOUND; INVALID_ARGUMENT when fewer than unreserved_concurrency_min would stay unreserved.
  // None removes the reservation.
  virtual absl::Status SetReservedConcurrency(const std::string& name,
                                              std::optional<int32_t> concurrency) = 0;

  // ---- Invocations. `done` is called exactly once, possibly before Invoke returns.
  virtual void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) = 0;

  // ---- What exists and happens.
  virtual const OrchestratorOptions& options() const = 0;
  // Account concurrency minus all reservations.
  virtual int64_t unreserved_concurrency() const = 0;
  virtual Metrics GetMetrics() const = 0;
  virtual EnvironmentCounts FunctionCounts(const std::string& name) const = 0;
  virtual std::vector<EnvironmentView> ListEnvironments() const = 0;
  // RESOURCE_EXHAUSTED beyond watchers_max. `on_event` runs one call at a time and must not wait:
  // a watcher that cannot keep up drops events itself, or ends itself with Unwatch.
  virtual absl::StatusOr<uint64_t> Watch(std::function<void(const WatchEvent&)> on_event) = 0;
  // `on_event` runs no more once this returns, unless called from it. Unknown numbers are fine.
  virtual void Unwatch(uint64_t watch) = 0;
  // "arn:aws:lambda:REGION:ACCOUNT:function:NAME"
  virtual std::string FunctionArn(const std::string& name) const = 0;

  // ---- Nodes: for the control plane. `link` stays valid until RemoveNode returns.
  // ALREADY_EXISTS: a node of this name is there. RESOURCE_EXHAUSTED: nodes_max.
  virtual absl::StatusOr<NodeId> AddNode(const std::string& name, int64_t memory_mib,
                                         NodeLink* link) = 0;
  // The node is lost: its environments are forgotten, their invocations fail. No Send afterwards.
  virtual void RemoveNode(NodeId node) = 0;
  // A report that the link received in order, once. May wait while reports come faster than they
  // are worked off, so that the stream they come on is slowed down; never inside of a callback.
  virtual void OnReport(NodeId node, v1::SessionRequest report) = 0;
  // Which of `environments` the orchestrator does not know on this node.
  virtual std::vector<uint64_t> UnknownEnvironments(
      NodeId node, const std::vector<uint64_t>& environments) const = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_ORCHESTRATOR_H_
