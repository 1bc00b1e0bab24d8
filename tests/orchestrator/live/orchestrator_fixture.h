// What tests of the live orchestrator share: one orchestrator, invocations that can be waited for.

#ifndef FLOE_TESTS_ORCHESTRATOR_LIVE_ORCHESTRATOR_FIXTURE_H_
#define FLOE_TESTS_ORCHESTRATOR_LIVE_ORCHESTRATOR_FIXTURE_H_

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "orchestrator/live/orchestrator.h"
#include "tests/orchestrator/live/fake_agent.h"

namespace floe::live {

// Far longer than anything takes; a test that waits so long has failed.
inline constexpr std::chrono::seconds kGenerous{20};

inline FunctionSpec Spec(const std::string& name) {
  FunctionSpec spec;
  spec.name = name;
  spec.source = CodeSource::kRootDirectory;
  spec.code_path = "/srv/root";
  return spec;
}

// Waits until `condition` holds; false when it does not in a generous time.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + kGenerous;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class OrchestratorTest : public ::testing::Test {
 protected:
  void Start(const OrchestratorOptions& options = {}) {
    auto orchestrator = Orchestrator::Create(options);
    ASSERT_TRUE(orchestrator.ok()) << orchestrator.status();
    orchestrator_ = *std::move(orchestrator);
  }
  // A started orchestrator with one node and one function "f".
  void StartWithFunction(const OrchestratorOptions& options = {},
                         const FunctionSpec& spec = Spec("f")) {
    Start(options);
    agent_ = std::make_unique<FakeAgent>(orchestrator_.get(), "local");
    const absl::Status joined = agent_->Join();
    ASSERT_TRUE(joined.ok()) << joined;
    const auto created = orchestrator_->CreateFunction(spec);
    ASSERT_TRUE(created.ok()) << created.status();
  }

  std::future<InvokeResult> InvokeLater(const std::string& name,
                                        const std::string& payload = "{}") {
    auto promise = std::make_shared<std::promise<InvokeResult>>();
    std::future<InvokeResult> future = promise->get_future();
    InvokeRequest request;
    request.function_name = name;
    request.payload = payload;
    orchestrator_->Invoke(std::move(request), [promise](InvokeResult result) {
      promise->set_value(std::move(result));
    });
    return future;
  }
  static InvokeResult Get(std::future<InvokeResult>& future) {
    if (future.wait_for(kGenerous) != std::future_status::ready) {
      ADD_FAILURE() << "no answer within the limit";
      return {};
    }
    return future.get();
  }
  InvokeResult Invoke(const std::string& name, const std::string& payload = "{}") {
    std::future<InvokeResult> future = InvokeLater(name, payload);
    return Get(future);
  }
  bool WaitForIdle(int32_t count) {
    return Eventually([&] { return orchestrator_->GetMetrics().environments.idle == count; });
  }

  // The agent goes first: it talks to the orchestrator.
  std::unique_ptr<Orchestrator> orchestrator_;
  std::unique_ptr<FakeAgent> agent_;
};

}  // namespace floe::live

#endif  // FLOE_TESTS_ORCHESTRATOR_LIVE_ORCHESTRATOR_FIXTURE_H_
