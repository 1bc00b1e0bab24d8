// All of Floe in one process: orchestrator, control plane, agent, real containers.

#ifndef FLOE_TESTS_FUNCTIONS_FUNCTIONS_FIXTURE_H_
#define FLOE_TESTS_FUNCTIONS_FUNCTIONS_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "node_agent/agent.h"
#include "node_agent/container/linux_container_runtime.h"
#include "node_agent/image/image_store.h"
#include "orchestrator/control_plane/control_plane_server.h"
#include "orchestrator/live/orchestrator.h"

namespace floe {

class FunctionsTest : public testing::Test {
 protected:
  // Skips the test where containers cannot be made.
  void SetUp() override;
  void TearDown() override;

  // Starts everything. Before it `options_` may be changed.
  void Start();
  // Ends the agent, and with it every container.
  void StopAgent() { agent_.reset(); }

  // Deploys misbehaving_function.c: `before` is what it does before its first invocation.
  void Deploy(const std::string& name, const std::string& before = "serve",
              Duration timeout = Duration::Seconds(60), int32_t memory_mib = 512);
  void Deploy(const live::FunctionSpec& spec);
  live::FunctionSpec Spec(const std::string& name) const;

  // Runs the function with a JSON string as payload, and waits for its answer and then until its
  // environment is idle: an answer comes earlier, and another invocation would find it busy.
  live::InvokeResult Invoke(const std::string& name, const std::string& what);
  void WaitUntilIdle(const std::string& name);
  void ExpectAnswer(const std::string& name, const std::string& what, const std::string& answer);
  // `message` follows "RequestId: ... Error: ".
  void ExpectError(const std::string& name, const std::string& what, const std::string& type,
                   const std::string& message);

  std::string directory_;  // Removed afterwards.
  std::string root_;       // A root directory with the function in it.
  live::OrchestratorOptions options_;
  std::unique_ptr<node_agent::LinuxContainerRuntime> runtime_;
  std::unique_ptr<node_agent::ImageStore> images_;
  std::unique_ptr<live::Orchestrator> orchestrator_;
  std::unique_ptr<control_plane::ControlPlaneServer> server_;
  std::unique_ptr<node_agent::Agent> agent_;
};

}  // namespace floe

#endif  // FLOE_TESTS_FUNCTIONS_FUNCTIONS_FIXTURE_H_
