// An orchestrator in memory that runs no containers: functions are kept, invocations are answered
// by a function of the test (by default: with their own payload).

#ifndef FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FAKE_ORCHESTRATOR_H_
#define FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FAKE_ORCHESTRATOR_H_

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

// The request id of every invocation.
inline constexpr char kFakeRequestId[] = "11111111-2222-4333-8444-555555555555";

// Thread-safe.
class FakeOrchestrator : public live::Orchestrator {
 public:
  using Done = std::function<void(live::InvokeResult)>;
  using OnInvoke = std::function<void(live::InvokeRequest request, Done done)>;

  FakeOrchestrator();

  // Answers invocations of functions that exist.
  void set_on_invoke(OnInvoke on_invoke);
  // Every Invoke so far, also those of unknown functions.
  std::vector<live::InvokeRequest> invoked() const;
  // A function with a root directory as code.
  void AddFunction(const std::string& name);

  // What the default answers with.
  static live::InvokeResult Echo(live::InvokeRequest request);

  absl::StatusOr<live::FunctionRecord> CreateFunction(const live::FunctionSpec& spec) override;
  absl::StatusOr<live::FunctionRecord> UpdateFunction(const live::FunctionSpec& spec) override;
  absl::Status DeleteFunction(const std::string& name) override;
  absl::StatusOr<live::FunctionRecord> GetFunction(const std::string& name) const override;
  std::vector<live::FunctionRecord> ListFunctions() const override;
  absl::Status SetReservedConcurrency(const std::string& name,
                                      std::optional<int32_t> concurrency) override;
  void Invoke(live::InvokeRequest request, Done done) override;
  const live::OrchestratorOptions& options() const override { return options_; }
  int64_t unreserved_concurrency() const override;
  live::Metrics GetMetrics() const override;
  EnvironmentCounts FunctionCounts(const std::string& name) const override;
  std::vector<live::EnvironmentView> ListEnvironments() const override;
  absl::StatusOr<uint64_t> Watch(std::function<void(const live::WatchEvent&)> on_event) override;
  void Unwatch(uint64_t watch) override;
  std::string FunctionArn(const std::string& name) const override;
  absl::StatusOr<NodeId> AddNode(const std::string& name, int64_t memory_mib,
                                 live::NodeLink* link) override;
  void RemoveNode(NodeId node) override;
  void OnReport(NodeId node, v1::SessionRequest report) override;
  std::vector<uint64_t> UnknownEnvironments(
      NodeId node, const std::vector<uint64_t>& environments) const override;

 private:
  live::OrchestratorOptions options_;
  mutable std::mutex mutex_;
  std::map<std::string, live::FunctionRecord> functions_;
  std::vector<live::InvokeRequest> invoked_;
  OnInvoke on_invoke_;
  uint32_t revisions_ = 0;
};

}  // namespace floe::invoke_api

#endif  // FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FAKE_ORCHESTRATOR_H_
