// Processes of Floe that are killed, or told to stop: nothing of their containers stays.

#include <signal.h>

#include <chrono>
#include <filesystem>
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

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class CrashTest : public ServingTest {
 protected:
  // Leaves 2 environments busy, 3 idle, 2 that do not become ready. The clients wait.
  std::vector<std::unique_ptr<HttpClient>> FillWithEveryState(const FloeProcess& serve) {
    for (const char* name : {"echo", "sleep", "never-ready"}) Deploy(name);
    for (const auto& client : Begin(serve, "sleep", "1", 3)) EXPECT_EQ(client->Read().status, 200);
    EXPECT_TRUE(MetricsCome("0 busy, 3 idle"));
    std::vector<std::unique_ptr<HttpClient>> waiting = Begin(serve, "never-ready", "0", 2);
    // Three of these find an idle environment, two start one of their own.
    for (auto& client : Begin(serve, "sleep", "600", 2)) waiting.push_back(std::move(client));
    EXPECT_TRUE(MetricsCome("2 initializing, 2 busy, 1 idle"));
    EXPECT_EQ(Invoke(serve, "echo", "{}").status, 200);
    EXPECT_TRUE(MetricsCome("2 initializing, 2 busy, 2 idle"));
    return waiting;
  }

  void StopCleanly(FloeProcess& process) {
    process.Kill(SIGTERM);
    EXPECT_EQ(process.WaitForEnd(), 0) << process.Output();
  }
};

TEST_F(CrashTest, KilledDaemonTakesEveryContainerWithItAndTheNextOneSweeps) {
  const std::multiset<std::string> mounts = HostMounts();
  const std::vector<std::string> long_init = {"--init-limit", "10m"};
  auto serve = StartServe(long_init);
  const auto waiting = FillWithEveryState(*serve);
  const std::set<pid_t> processes = ContainerProcesses(node_name_);
  EXPECT_GE(processes.size(), 6u);
  EXPECT_EQ(HostMounts(), mounts);
  const std::set<std::string> dead_cgroups = AgentCgroups(node_name_);
  ASSERT_THAT(dead_cgroups, Not(IsEmpty()));

  serve->Kill(SIGKILL);
  EXPECT_EQ(serve->WaitForEnd(), -SIGKILL);

  WaitUntil([&] { return StillRunning(processes).empty(); });
  EXPECT_THAT(StillRunning(processes), IsEmpty());
  EXPECT_THAT(ContainerProcesses(node_name_), IsEmpty());
  EXPECT_EQ(HostMounts(), mounts);

  auto next = StartServe(long_init);

  const std::set<std::string> cgroups = AgentCgroups(node_name_);
  for (const std::string& dead : dead_cgroups) EXPECT_EQ(cgroups.count(dead), 0u) << dead;
  EXPECT_THAT(ContainerProcesses(node_name_), IsEmpty());
  Deploy("echo");
  EXPECT_EQ(Invoke(*next, "echo", "7").body, "7");
  StopCleanly(*next);
  EXPECT_EQ(HostMounts(), mounts);
}

TEST_F(CrashTest, StoppedDaemonAnswersItsCallersAndLeavesNothing) {
  auto serve = StartServe({"--init-limit", "10m"});
  const auto waiting = FillWithEveryState(*serve);
  const std::set<pid_t> processes = ContainerProcesses(node_name_);
  const std::set<std::string> networks = NetworkNamespacesOf(processes);
  EXPECT_THAT(networks, SizeIs(6));

  StopCleanly(*serve);

  EXPECT_THAT(StillRunning(processes), IsEmpty());
  const std::set<std::string> in_use = NetworkNamespacesInUse();
  for (const std::string& network : networks) EXPECT_EQ(in_use.count(network), 0u) << network;
  for (const auto& client : waiting) {
    const HttpAnswer answer = client->Read();
    EXPECT_THAT(answer.status, AnyOf(0, 500, 502, 503)) << answer;
  }
}

TEST_F(CrashTest, KilledInTheMiddleOfManyStartsLeavesNothingToTheNextOne) {
  for (const int answers : {0, 1, 10, 30}) {
    SCOPED_TRACE(answers);
    auto serve = StartServe();
    Deploy("echo");
    const auto clients = Begin(*serve, "echo", "1", 40);
    for (int i = 0; i < answers; ++i) clients[i]->Read();
    serve->Kill(SIGKILL);
    serve->WaitForEnd();
    EXPECT_TRUE(WaitUntil([&] { return ContainerProcesses(node_name_).empty(); }));
  }
  auto next = StartServe();
  EXPECT_THAT(AgentCgroups(node_name_), Each(HasSubstr("-" + std::to_string(next->pid()) + "-")));
  StopCleanly(*next);
}

TEST_F(CrashTest, StoppedInTheMiddleOfManyStartsLeavesNothing) {
  for (const int answers : {0, 1, 10, 30}) {
    SCOPED_TRACE(answers);
    auto serve = StartServe();
    Deploy("echo");
    const auto clients = Begin(*serve, "echo", "1", 40);
    for (int i = 0; i < answers; ++i) EXPECT_EQ(clients[i]->Read().status, 200);
    StopCleanly(*serve);
    EXPECT_THAT(ContainerProcesses(node_name_), IsEmpty());
    EXPECT_THAT(AgentCgroups(node_name_), IsEmpty());
    EXPECT_EQ(serve->Output().find("cannot"), std::string::npos) << serve->Output();
  }
}

TEST_F(CrashTest, StopsQuicklyWithAHundredIdleEnvironments) {
  auto serve = StartServe();
  Deploy("sleep");
  for (const auto& client : Begin(*serve, "sleep", "3", 100)) {
    const HttpAnswer answer = client->Read();
    EXPECT_EQ(answer.status, 200) << answer;
  }
  ASSERT_TRUE(MetricsCome("0 busy, 100 idle"));
  const std::set<pid_t> processes = ContainerProcesses(node_name_);
  EXPECT_THAT(processes, SizeIs(::testing::Ge(100)));

  const auto begin = std::chrono::steady_clock::now();
  StopCleanly(*serve);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;

  RecordProperty("stop_ms", static_cast<int>(taken.count() * 1000));
  EXPECT_LT(taken.count(), 20);
  EXPECT_THAT(StillRunning(processes), IsEmpty());
}

TEST_F(CrashTest, JournalOfAKilledDaemonReplaysUpToItsTornTail) {
  const std::string journal = directory_ / "journal";
  auto serve = StartServe({"--journal", journal});
  Deploy("echo");
  for (int round = 0; round < 5; ++round) {
    for (const auto& client : Begin(*serve, "echo", "1", 10)) EXPECT_EQ(client->Read().status, 200);
  }
  // What has happened reaches the file within half a second.
  EXPECT_TRUE(WaitUntil([&] { return std::filesystem::file_size(journal) > 1'000; }));
  Begin(*serve, "echo", "1", 10);
  serve->Kill(SIGKILL);
  serve->WaitForEnd();

  const FloeResult replayed = RunFloe({"replay", journal});
  EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("every action the same"));

  // What an interrupted write leaves at the end.
  std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 1);
  const FloeResult torn = RunFloe({"replay", journal});
  EXPECT_EQ(torn.exit_code, 0) << torn.output;
  EXPECT_THAT(torn.output, HasSubstr("the last record is incomplete"));
  EXPECT_THAT(torn.output, HasSubstr("every action the same"));

  auto next = StartServe();
  StopCleanly(*next);
}

TEST_F(CrashTest, SecondDaemonOnTheSameSocketIsRefusedAndTheFirstGoesOn) {
  auto serve = StartServe();
  Deploy("echo");
  const FloeResult second =
      RunFloe({"serve", "--listen", "", "--http-trigger", "", "--control", control(), "--no-agent",
               "--state-directory", directory_ / "second"});
  EXPECT_EQ(second.exit_code, 1) << second.output;
  EXPECT_THAT(second.output, HasSubstr(control()));
  EXPECT_EQ(Invoke(*serve, "echo", "7").body, "7");
  EXPECT_EQ(Floe({"list"}).exit_code, 0);
  StopCleanly(*serve);
}

}  // namespace
}  // namespace floe::test
