// One execution environment on this machine: its container, its Runtime API, and what is under way.

#ifndef FLOE_NODE_AGENT_ENVIRONMENT_H_
#define FLOE_NODE_AGENT_ENVIRONMENT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "net/http_server.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"
#include "node_agent/output_capture.h"
#include "node_agent/runtime_exit.h"
#include "node_agent/worker_pool.h"
#include "proto/floe/v1/node.pb.h"
#include "runtime_api/runtime_api_endpoint.h"

namespace floe::node_agent {

class Environment;

// What environments share. All of it outlives them.
struct EnvironmentPorts {
  ContainerRuntime* runtime = nullptr;
  ImageStore* images = nullptr;
  net::HttpServer* http = nullptr;
  WorkerPool* start_pool = nullptr;    // For Start alone: it may have to unpack an image first.
  WorkerPool* command_pool = nullptr;  // For everything else that takes time.
  // Queues a report for the orchestrator. Called under the environment's lock, so that reports
  // leave in the order of what they tell; must not block or call back.
  std::function<void(v1::SessionRequest report)> report;
  // Nothing of the environment is left. The last thing but its report that an environment does.
  std::function<void(Environment* environment)> gone;
  std::function<void(uint64_t environment, absl::string_view line)> on_output_line;  // May be null.
  std::function<void(absl::string_view line)> log;
};

// Commands return at once and take effect one after the other, in the order of the calls. Assign
// and Freeze are carried out on the caller's thread when nothing else is before them and the
// runtime runs: they are the warm path, and take microseconds.
//
// Owned by shared_ptr: queued commands keep it alive. Commands by one thread at a time; the
// observers' calls on any thread.
class Environment : public std::enable_shared_from_this<Environment>,
                    private ContainerObserver,
                    private runtime_api::RuntimeApiObserver {
 public:
  // `container_name` is unique on this machine. REQUIRES: Start is the first command, and once
  // only.
  Environment(uint64_t id, std::string container_name, const EnvironmentPorts* ports);
  ~Environment() override = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  uint64_t id() const { return id_; }

  void Start(v1::StartEnvironmentCommand command);
  void Assign(v1::AssignInvocationCommand command);
  void Freeze(const v1::FreezeEnvironmentCommand& command);
  void Reset(const v1::ResetEnvironmentCommand& command);
  void Stop();
  // As Stop, without this or any further report: nobody knows the environment any more.
  void Discard();

 private:
  enum class Phase {
    kStarting,      // The container is being made.
    kInitializing,  // The runtime runs and has not asked for an invocation.
    kReady,         // It has.
    kFailed,        // It ended or cannot initialise, and that has been reported.
    kReset,         // Killed; the next invocation starts it again.
    kGone,          // Nothing is left, or is about to be.
  };
  struct Invocation {
    uint64_t id = 0;
    std::string request_id;
    Instant started_at;
    // Set on the first invocation of an incarnation that initialised before it.
    std::optional<Duration> init_duration;
    std::optional<Instant> responded_at;
  };

  // ContainerObserver.
  void OnExit(uint64_t run, ProcessExit exit) override;
  void OnOutput(absl::string_view bytes) override;
  // RuntimeApiObserver.
  void OnReady() override;
  void OnInitError(runtime_api::PostedError error) override;
  void OnResponse(const std::string& request_id, runtime_api::PostedResponse response) override;
  void OnError(const std::string& request_id, runtime_api::PostedError error) override;
  void OnFinished(const std::string& request_id) override;

  // The commands themselves, each when its turn has come.
  void DoStart(const v1::StartEnvironmentCommand& command);
  void DoAssign(v1::AssignInvocationCommand command, int64_t deadline_epoch_ms);
  void DoFreeze(uint64_t invocation);
  void DoReset(uint32_t incarnation);
  void DoStop();
  void DoExit(uint64_t run, const ProcessExit& exit);

  void Enqueue(WorkerPool* pool, std::function<void(Environment&)> command);
  // Whether a command may run on the thread that brings it.
  bool IsRuntimeRunning();
  // Whether there is a runtime that a reset must have ended before this incarnation can begin.
  bool RunsEarlierIncarnation(uint32_t incarnation);

  std::optional<RuntimeFailure> MakeContainer(const v1::StartEnvironmentCommand& command);
  // Starts the runtime. What it reports is held back until FlushReports or failure.
  absl::Status Launch();
  absl::Status KillRuntime();
  absl::Status Thaw();
  absl::Status HandOver(v1::AssignInvocationCommand& command, int64_t deadline_epoch_ms,
                        bool needs_launch);
  void RemoveContainer();
  // Marks the runtime as failed and reports it.
  void FailRuntime(v1::EnvironmentFailure failure, RuntimeFailure description, std::string body);

  // Below: mutex_ is held.
  bool TakesInvocation(const v1::AssignInvocationCommand& command) const;
  void Report(v1::SessionRequest report);
  void FlushReports();
  v1::InvocationMetrics Metrics(Instant now, int64_t memory_used_max_mib) const;
  // The invocation under way, if it is this one and has not been answered.
  Invocation* Unanswered(const std::string& request_id);

  const uint64_t id_;
  const std::string container_name_;
  const EnvironmentPorts* const ports_;
  OutputCapture output_;

  SerialQueue commands_;
  // Set when the end has been ordered: a start that has not begun is left out.
  std::atomic<bool> is_stop_ordered_ = false;
  // The last invocation that came in, whether its turn has come or not.
  std::atomic<uint64_t> newest_invocation_ = 0;

  // Touched by commands in their turn; `container_` also by calls of the endpoint, which ends
  // first.
  ContainerSpec spec_;
  std::unique_ptr<Container> container_;
  std::unique_ptr<runtime_api::RuntimeApiEndpoint> endpoint_;
  bool is_frozen_ = false;

  std::mutex mutex_;  // Guards what follows.
  Phase phase_ = Phase::kStarting;
  uint32_t incarnation_ = 0;
  uint64_t run_ = 0;  // What Container::Run returned for the incarnation.
  Instant launched_at_;
  // How long the incarnation initialised, until its first invocation has taken it over.
  std::optional<Duration> init_duration_;
  std::optional<Invocation> invocation_;
  // Present while the runtime is being started: the reports of its first moments.
  std::optional<std::vector<v1::SessionRequest>> held_reports_;
  bool is_discarded_ = false;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_ENVIRONMENT_H_
