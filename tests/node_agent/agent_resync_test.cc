// What becomes of environments when the connection breaks, the orchestrator forgets, or is gone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node_agent/agent_fixture.h"

namespace floe::node_agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using AgentResyncTest = AgentFixture;

TEST_F(AgentResyncTest, EnvironmentsOutliveABrokenConnection) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Disconnect();
  EXPECT_THAT(orchestrator_.WaitForHello(1).environments(), ElementsAre(7));
  RunInvocation(*container, next, 7, 1);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run"));
  StopAndWait(7);
}

TEST_F(AgentResyncTest, WhatHappensWhileAwayIsReportedAfterwards) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.SetReachable(false);
  orchestrator_.WaitForDisconnect();
  runtime_.Exit(*container, {ProcessExit::Kind::kExited, 1});
  orchestrator_.SetReachable(true);
  EXPECT_EQ(orchestrator_.NextReport().environment_failed().environment(), 7U);
  agent_.reset();  // Answers the next that waits.
}

TEST_F(AgentResyncTest, AnEnvironmentThatNobodyKnowsIsStoppedWithoutAWord) {
  StartAgent();
  auto [known, known_next] = BringUp(7, 0);
  auto [unknown, unknown_next] = BringUp(8, 1);
  orchestrator_.SetUnknown([](uint64_t environment) { return environment == 8; });
  orchestrator_.Disconnect();
  runtime_.WaitForCall(*unknown, "destroy");
  RunInvocation(*known, known_next, 7, 1);  // No report of the other came before.
  EXPECT_EQ(agent_->EnvironmentCount(), 1);
  agent_.reset();  // Answers the next that waits.
}

TEST_F(AgentResyncTest, ANewSessionMayUseAnIdAgainWhileTheOldEnvironmentIsBeingStopped) {
  orchestrator_.SetResumes(false);
  orchestrator_.SetUnknown([](uint64_t) { return true; });
  options_.start_threads = 2;
  StartAgent();
  auto [old_container, old_next] = BringUp(7, 0);
  runtime_.HoldRuns();
  orchestrator_.Send(StartCommand(8));
  runtime_.WaitForHeldRun();  // Its stop has to wait.
  orchestrator_.Disconnect();
  EXPECT_THAT(orchestrator_.WaitForHello(1).environments(), testing::UnorderedElementsAre(7, 8));
  runtime_.WaitForCall(*old_container, "destroy");
  orchestrator_.Send(StartCommand(8));
  const auto second = runtime_.WaitForContainer(2);
  runtime_.ReleaseRuns();
  EXPECT_EQ(orchestrator_.NextReport().environment_started().environment(), 8U);
  runtime_.WaitForCall(*runtime_.WaitForContainer(1), "destroy");
  EXPECT_EQ(agent_->EnvironmentCount(), 1);
  StopAndWait(8);
  EXPECT_THAT(runtime_.Calls(*second), ElementsAre("run", "destroy"));
}

TEST_F(AgentResyncTest, TheLeaseStopsEveryEnvironmentWhileTheOrchestratorIsOutOfReach) {
  orchestrator_.SetLease(Duration::Milliseconds(20), Duration::Milliseconds(200));
  StartAgent();
  auto [first, first_next] = BringUp(1, 0);
  auto [second, second_next] = BringUp(2, 1);
  orchestrator_.SetReachable(false);
  runtime_.WaitForCall(*first, "destroy");
  runtime_.WaitForCall(*second, "destroy");
  EXPECT_FALSE(agent_->IsConnected());

  orchestrator_.SetReachable(true);
  const v1::AgentHello hello = orchestrator_.WaitForHello(1);
  EXPECT_EQ(hello.session(), 0U);
  EXPECT_THAT(hello.environments(), IsEmpty());
  auto [third, third_next] = BringUp(3, 2);
  StopAndWait(3);
}

}  // namespace
}  // namespace floe::node_agent
