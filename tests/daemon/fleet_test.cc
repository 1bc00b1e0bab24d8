// An orchestrator without an agent of its own, and agents that dial it: one of them dies, or it
// does.

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/daemon/testing/floe_process.h"
#include "tests/daemon/testing/kernel_traces.h"
#include "tests/daemon/testing/serving_fixture.h"
#include "tests/testing/http_client.h"

namespace floe::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FleetTest : public ServingTest {
 protected:
  void TearDown() override {
    if (!directory_.empty()) {
      ExpectNothingLeft(first_);
      ExpectNothingLeft(second_);
    }
    ServingTest::TearDown();
  }

  std::unique_ptr<FloeProcess> StartOrchestrator() {
    return StartServe({"--no-agent", "--lease", "1s"});
  }
  void StopCleanly(FloeProcess& process) {
    process.Kill(SIGTERM);
    EXPECT_EQ(process.WaitForEnd(), 0) << process.Output();
  }

  // How many of `clients` have something to read.
  static int Answered(const std::vector<std::unique_ptr<HttpClient>>& clients) {
    int count = 0;
    for (const auto& client : clients) {
      pollfd answer = {.fd = client->fd(), .events = POLLIN, .revents = 0};
      count += poll(&answer, 1, 0) == 1;
    }
    return count;
  }

  const std::string first_ = "first-" + std::to_string(getpid());
  const std::string second_ = "second-" + std::to_string(getpid());
};

TEST_F(FleetTest, LosesOneNodeOfTwoWithItsInvocationsAndGoesOnWithTheOther) {
  auto serve = StartOrchestrator();
  auto first = StartAgent(first_);
  auto second = StartAgent(second_);
  ASSERT_TRUE(MetricsCome("nodes                     2"));
  Deploy("sleep");
  const auto waiting = Begin(*serve, "sleep", "600", 4);
  ASSERT_TRUE(MetricsCome("4 busy"));
  ASSERT_EQ(CountInEnvironments(first_), 2) << Floe({"environments"}).output;
  ASSERT_EQ(CountInEnvironments(second_), 2) << Floe({"environments"}).output;
  EXPECT_THAT(ContainerProcesses(first_), ::testing::Not(IsEmpty()));
  EXPECT_THAT(ContainerProcesses(second_), ::testing::Not(IsEmpty()));

  first->Kill(SIGKILL);
  first->WaitForEnd();

  ASSERT_TRUE(MetricsCome("nodes                     1"));
  EXPECT_TRUE(MetricsCome("2 busy"));
  EXPECT_EQ(CountInEnvironments(first_), 0);
  // The callers that had the lost node know; the others wait on.
  EXPECT_TRUE(WaitUntil([&] { return Answered(waiting) == 2; })) << Answered(waiting);
  for (const auto& client : Begin(*serve, "sleep", "0", 4)) EXPECT_EQ(client->Read().body, "0");
  EXPECT_EQ(CountInEnvironments(first_), 0);
  EXPECT_TRUE(WaitUntil([&] { return ContainerProcesses(first_).empty(); }));

  StopCleanly(*second);
  int lost = 0;
  for (const auto& client : waiting) {
    const HttpAnswer answer = client->Read();
    EXPECT_GE(answer.status, 500) << answer;
    lost += answer.body.find("node " + first_ + " is lost") != std::string::npos;
  }
  EXPECT_EQ(lost, 2);
  auto again = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  EXPECT_EQ(Invoke(*serve, "sleep", "0").body, "0");
  StopCleanly(*again);
  StopCleanly(*serve);
}

TEST_F(FleetTest, AgentThatIsToldToStopLeavesWithoutALease) {
  auto serve = StartServe({"--no-agent", "--lease", "1h"});
  auto first = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  Deploy("sleep");
  const auto waiting = Begin(*serve, "sleep", "600", 1);
  ASSERT_TRUE(MetricsCome("1 busy"));

  StopCleanly(*first);

  EXPECT_TRUE(MetricsCome("nodes                     0"));
  const HttpAnswer answer = waiting.front()->Read();
  EXPECT_GE(answer.status, 500) << answer;
  EXPECT_THAT(answer.body, HasSubstr("node " + first_ + " is lost"));
  auto again = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  EXPECT_EQ(Invoke(*serve, "sleep", "0").body, "0");
  StopCleanly(*again);
  StopCleanly(*serve);
}

TEST_F(FleetTest, TwoAgentsOfOneNameAreToldApart) {
  auto serve = StartOrchestrator();
  auto first = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  auto twin = StartAgent(first_);
  EXPECT_TRUE(twin->WaitForOutput("another agent with the node name " + first_ + " is connected"))
      << twin->Output();
  StopCleanly(*twin);
  Deploy("echo");
  EXPECT_EQ(Invoke(*serve, "echo", "7").body, "7");
  StopCleanly(*first);
  StopCleanly(*serve);
}

TEST_F(FleetTest, AgentOutlivesItsOrchestratorAndServesTheNextOne) {
  auto serve = StartOrchestrator();
  auto agent = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  Deploy("sleep");
  const auto waiting = Begin(*serve, "sleep", "600", 2);
  ASSERT_TRUE(MetricsCome("2 busy"));
  const std::set<pid_t> old_processes = ContainerProcesses(first_);
  ASSERT_GE(old_processes.size(), 2u);

  serve->Kill(SIGKILL);
  serve->WaitForEnd();
  auto next = StartOrchestrator();

  // Nobody knows the old environments any more: the agent stops them.
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  EXPECT_TRUE(WaitUntil([&] { return StillRunning(old_processes).empty(); }));
  EXPECT_TRUE(MetricsCome("0 starting, 0 initializing, 0 busy, 0 idle"));
  Deploy("sleep");
  EXPECT_EQ(Invoke(*next, "sleep", "0").body, "0");
  EXPECT_EQ(CountInEnvironments(first_), 1);
  StopCleanly(*agent);
  StopCleanly(*next);
}

TEST_F(FleetTest, AgentStopsItsEnvironmentsWhenNoOrchestratorComesBack) {
  auto serve = StartOrchestrator();
  auto agent = StartAgent(first_);
  ASSERT_TRUE(MetricsCome("nodes                     1"));
  Deploy("sleep");
  EXPECT_EQ(Invoke(*serve, "sleep", "0").body, "0");
  ASSERT_FALSE(ContainerProcesses(first_).empty());

  serve->Kill(SIGKILL);
  serve->WaitForEnd();

  EXPECT_TRUE(WaitUntil([&] { return ContainerProcesses(first_).empty(); }));
  EXPECT_THAT(agent->Output(), HasSubstr("every environment is stopped"));
  StopCleanly(*agent);
}

}  // namespace
}  // namespace floe::test
