// Orchestrator as one process runs it. See orchestrator.h for the contract.

#ifndef FLOE_ORCHESTRATOR_LIVE_LIVE_ORCHESTRATOR_H_
#define FLOE_ORCHESTRATOR_LIVE_LIVE_ORCHESTRATOR_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/live/environment_mirror.h"
#include "orchestrator/live/function_registry.h"
#include "orchestrator/live/in_flight_table.h"
#include "orchestrator/live/inbox.h"
#include "orchestrator/live/live_ports.h"
#include "orchestrator/live/orchestrator.h"
#include "orchestrator/live/watchers.h"

namespace floe::live {

class LiveOrchestrator final : public Orchestrator {
 public:
  // `journal` may be null. REQUIRES: valid options.
  LiveOrchestrator(const OrchestratorOptions& options, std::unique_ptr<JournalWriter> journal);
  ~LiveOrchestrator() override;

  absl::StatusOr<FunctionRecord> CreateFunction(const FunctionSpec& spec) override;
  absl::StatusOr<FunctionRecord> UpdateFunction(const FunctionSpec& spec) override;
  absl::Status DeleteFunction(const std::string& name) override;
  absl::StatusOr<FunctionRecord> GetFunction(const std::string& name) const override;
  std::vector<FunctionRecord> ListFunctions() const override;
  absl::Status SetReservedConcurrency(const std::string& name,
                                      std::optional<int32_t> concurrency) override;
  void Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) override;
  const OrchestratorOptions& options() const override { return options_; }
  int64_t unreserved_concurrency() const override;
  Metrics GetMetrics() const override;
  EnvironmentCounts FunctionCounts(const std::string& name) const override;
  std::vector<EnvironmentView> ListEnvironments() const override;
  absl::StatusOr<uint64_t> Watch(std::function<void(const WatchEvent&)> on_event) override;
  void Unwatch(uint64_t watch) override;
  std::string FunctionArn(const std::string& name) const override;
  absl::StatusOr<NodeId> AddNode(const std::string& name, int64_t memory_mib,
                                 NodeLink* link) override;
  void RemoveNode(NodeId node) override;
  void OnReport(NodeId node, v1::SessionRequest report) override;
  std::vector<uint64_t> UnknownEnvironments(
      NodeId node, const std::vector<uint64_t>& environments) const override;

 private:
  void OnResponded(NodeId node, v1::InvocationRespondedReport& report);
  // Works off what is in the inbox, unless another thread is at it.
  void VisitEngine();

  const OrchestratorOptions options_;
  const std::unique_ptr<JournalWriter> journal_;
  Counters counters_;
  Inbox inbox_;
  FunctionRegistry functions_;
  InFlightTable in_flight_;
  EnvironmentMirror environments_;
  Watchers watchers_;
  std::atomic<uint64_t> last_invocation_ = 0;

  mutable std::mutex nodes_mutex_;
  std::vector<std::shared_ptr<Node>> nodes_;  // By number, with gaps. Guarded by nodes_mutex_.

  // Of the thread that has the inbox's turn.
  Scheduler scheduler_;
  LivePorts ports_;
  std::thread engine_;  // The inbox's resident.
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_LIVE_ORCHESTRATOR_H_
