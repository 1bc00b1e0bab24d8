// An agent between an orchestrator and containers that the test plays.

#ifndef FLOE_TESTS_NODE_AGENT_AGENT_FIXTURE_H_
#define FLOE_TESTS_NODE_AGENT_AGENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "node_agent/agent.h"
#include "node_agent/duration_convert.h"
#include "tests/node_agent/fake_orchestrator.h"
#include "tests/node_agent/scripted_runtime.h"

namespace floe::node_agent {

class AgentFixture : public testing::Test {
 protected:
  AgentFixture() {
    options_.node_name = "node-a";
    options_.memory_mib = 4'096;
    options_.redial_delay_min = Duration::Milliseconds(1);
    options_.redial_delay_max = Duration::Milliseconds(20);
    options_.on_output_line = [this](uint64_t environment, absl::string_view line) {
      std::lock_guard lock(lines_mutex_);
      lines_.push_back(std::to_string(environment) + ": " + std::string(line));
    };
  }

  void StartAgent() {
    absl::StatusOr<std::unique_ptr<Agent>> agent =
        Agent::Create(options_, orchestrator_.Channel(), &runtime_, &images_);
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
  }

  // ---- Commands.
  static v1::SessionResponse StartCommand(uint64_t environment,
                                          const std::string& image = "/image") {
    v1::SessionResponse command;
    v1::StartEnvironmentCommand& start = *command.mutable_start_environment();
    start.set_environment(environment);
    start.mutable_code()->set_oci_image(image);
    start.set_memory_mib(256);
    start.set_tmp_mib(512);
    start.set_network(v1::FUNCTION_NETWORK_ISOLATED);
    start.set_function_name("thumbnailer");
    start.add_variables("COLOUR=blue");
    return command;
  }
  static v1::SessionResponse AssignCommand(uint64_t environment, uint64_t invocation,
                                           uint32_t incarnation = 0) {
    v1::SessionResponse command;
    v1::AssignInvocationCommand& assign = *command.mutable_assign_invocation();
    assign.set_environment(environment);
    assign.set_invocation(invocation);
    assign.set_incarnation(incarnation);
    assign.set_request_id(RequestId(invocation));
    ToProto(Duration::Seconds(3), assign.mutable_time_left());
    assign.set_invoked_function_arn("arn:aws:lambda:us-east-1:000000000000:function:thumbnailer");
    assign.set_payload("{\"n\":" + std::to_string(invocation) + "}");
    return command;
  }
  static v1::SessionResponse FreezeCommand(uint64_t environment, uint64_t invocation) {
    v1::SessionResponse command;
    command.mutable_freeze_environment()->set_environment(environment);
    command.mutable_freeze_environment()->set_invocation(invocation);
    return command;
  }
  static v1::SessionResponse ResetCommand(uint64_t environment, uint32_t incarnation) {
    v1::SessionResponse command;
    command.mutable_reset_environment()->set_environment(environment);
    command.mutable_reset_environment()->set_incarnation(incarnation);
    return command;
  }
  static v1::SessionResponse StopCommand(uint64_t environment) {
    v1::SessionResponse command;
    command.mutable_stop_environment()->set_environment(environment);
    return command;
  }
  static std::string RequestId(uint64_t invocation) {
    return "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + invocation);
  }

  // ---- Several steps in one.
  using Next = std::future<RuntimeApiClient::Response>;
  // The code in the container asks for an invocation.
  static Next AskForNext(const ScriptedContainer& container) {
    return std::async(std::launch::async,
                      [port = container.port] { return RuntimeApiClient(port).Next(); });
  }
  // The code of the `run`th runtime asks, as soon as that is started: none asks in between.
  RuntimeApiClient::Response AskInRun(const ScriptedContainer& container, uint64_t run) {
    runtime_.WaitForRuns(container, run);
    return RuntimeApiClient(container.port).Next();
  }
  static int Respond(const ScriptedContainer& container, uint64_t invocation,
                     const std::string& body = "\"done\"") {
    return RuntimeApiClient(container.port).Respond(RequestId(invocation), body);
  }
  // Starts the environment, the `index`th container, up to its first next, and takes the reports.
  std::pair<std::shared_ptr<ScriptedContainer>, Next> BringUp(uint64_t environment,
                                                              size_t index = 0) {
    orchestrator_.Send(StartCommand(environment));
    std::shared_ptr<ScriptedContainer> container = runtime_.WaitForContainer(index);
    EXPECT_TRUE(orchestrator_.NextReport().has_environment_started());
    Next next = AskForNext(*container);
    EXPECT_TRUE(orchestrator_.NextReport().has_environment_ready());
    return {std::move(container), std::move(next)};
  }
  // Runs one invocation to its end, and takes the reports.
  void RunInvocation(const ScriptedContainer& container, Next& next, uint64_t environment,
                     uint64_t invocation, uint32_t incarnation = 0) {
    orchestrator_.Send(AssignCommand(environment, invocation, incarnation));
    EXPECT_EQ(next.get().status, 200);
    EXPECT_EQ(Respond(container, invocation), 202);
    EXPECT_TRUE(orchestrator_.NextReport().has_invocation_responded());
    next = AskForNext(container);
    EXPECT_TRUE(orchestrator_.NextReport().has_invocation_finished());
  }
  void StopAndWait(uint64_t environment) {
    orchestrator_.Send(StopCommand(environment));
    EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), environment);
  }

  std::vector<std::string> lines() {
    std::lock_guard lock(lines_mutex_);
    return lines_;
  }

  std::mutex lines_mutex_;
  std::vector<std::string> lines_;
  AgentOptions options_;
  FakeOrchestrator orchestrator_;
  ScriptedRuntime runtime_;
  ScriptedImages images_;
  std::unique_ptr<Agent> agent_;
};

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_AGENT_FIXTURE_H_
