// What tests of the control plane share: an orchestrator with its server, in one process.

#ifndef FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SERVER_FIXTURE_H_
#define FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SERVER_FIXTURE_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "orchestrator/control_plane/control_plane_server.h"
#include "orchestrator/live/orchestrator.h"
#include "tests/orchestrator/control_plane/session_client.h"

namespace floe::control_plane {

// Waits until `condition` holds; false when it does not in a generous time.
inline bool Eventually(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class ServerTest : public ::testing::Test {
 protected:
  void Start(const ControlPlaneServer::Options& options = {},
             const live::OrchestratorOptions& orchestrator_options = {}) {
    auto orchestrator = live::Orchestrator::Create(orchestrator_options);
    ASSERT_TRUE(orchestrator.ok()) << orchestrator.status();
    orchestrator_ = *std::move(orchestrator);
    auto server = ControlPlaneServer::Create(options, orchestrator_.get());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::unique_ptr<SessionClient> Dial() {
    return std::make_unique<SessionClient>(server_->InProcessChannel());
  }
  void CreateFunction(const std::string& name) {
    live::FunctionSpec spec;
    spec.name = name;
    spec.source = live::CodeSource::kRootDirectory;
    spec.code_path = "/srv/root";
    const auto created = orchestrator_->CreateFunction(spec);
    ASSERT_TRUE(created.ok()) << created.status();
  }
  bool WaitForNodes(int count) {
    return Eventually([&] { return orchestrator_->GetMetrics().nodes == count; });
  }

  // The server goes first: it talks to the orchestrator.
  std::unique_ptr<live::Orchestrator> orchestrator_;
  std::unique_ptr<ControlPlaneServer> server_;
};

}  // namespace floe::control_plane

#endif  // FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SERVER_FIXTURE_H_
