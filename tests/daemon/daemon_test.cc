// The whole of Floe in one process, with real containers: what a client sees, what the journal
// keeps.

#include "daemon/daemon.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/engine/replay.h"
#include "tests/node_agent/testing/busybox_root.h"
#include "tests/testing/http_client.h"

namespace floe {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kEchoProgram[] = "examples/static_echo/static_echo";
constexpr std::chrono::seconds kPatience(30);

class DaemonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      if (std::getenv("FLOE_REQUIRE_CONTAINERS") != nullptr) FAIL() << "containers need root";
      GTEST_SKIP() << "containers need root";
    }
    std::string pattern = absl::StrCat(::testing::TempDir(), "/floe-daemon.XXXXXX");
    directory_ = mkdtemp(pattern.data());
    chmod(directory_.c_str(), 0755);
    root_ = node_agent::MakeBusyboxRoot(directory_);
    fs::create_directories(directory_ / "task");
    fs::copy_file(kEchoProgram, directory_ / "task/bootstrap");
  }

  void TearDown() override {
    daemon_.reset();
    if (!directory_.empty()) fs::remove_all(directory_);
  }

  DaemonOptions Options() const {
    DaemonOptions options;
    options.front_door = "127.0.0.1:0";
    options.http_trigger = "127.0.0.1:0";
    options.node.state_directory = directory_ / "state";
    options.orchestrator.journal_path = directory_ / "journal";
    return options;
  }

  void Start(const DaemonOptions& options) {
    absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(options);
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    daemon_ = *std::move(daemon);
    const absl::Status joined = daemon_->WaitForNode(Duration::Seconds(30));
    ASSERT_TRUE(joined.ok()) << joined;
  }

  void Deploy(const std::string& name) {
    const auto function =
        daemon_->orchestrator().CreateFunction({.name = name,
                                                .source = live::CodeSource::kTaskDirectory,
                                                .code_path = directory_ / "task",
                                                .base_root = root_});
    ASSERT_TRUE(function.ok()) << function.status();
  }

  test::HttpAnswer Invoke(const std::string& name, const std::string& payload) {
    test::HttpClient client(daemon_->front_door_port());
    return client.Post(absl::StrCat("/2015-03-31/functions/", name, "/invocations"), payload);
  }

  // Sends `count` invocations at once and gives the answers.
  std::vector<test::HttpAnswer> InvokeAtOnce(const std::string& name, int count) {
    std::vector<std::unique_ptr<test::HttpClient>> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<test::HttpClient>(daemon_->front_door_port()));
    }
    for (const auto& client : clients) {
      client->StartPost(absl::StrCat("/2015-03-31/functions/", name, "/invocations"), "{}");
    }
    std::vector<test::HttpAnswer> answers;
    for (const auto& client : clients) answers.push_back(client->Read());
    return answers;
  }

  // Waits until `predicate` holds for the fleet's counts; false when it does not in time.
  template <typename Predicate>
  bool Eventually(Predicate predicate) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!predicate(daemon_->orchestrator().GetMetrics())) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }

  int Count(const std::vector<test::HttpAnswer>& answers, int status) {
    int count = 0;
    for (const test::HttpAnswer& answer : answers) count += answer.status == status;
    return count;
  }

  fs::path directory_;
  std::string root_;
  std::unique_ptr<Daemon> daemon_;
};

TEST_F(DaemonTest, AnswersAColdAndThenAWarmInvocationFromOneContainer) {
  Start(Options());
  Deploy("echo");

  const test::HttpAnswer cold = Invoke("echo", R"({"n":1})");
  EXPECT_EQ(cold.status, 200) << cold;
  EXPECT_EQ(cold.body, R"({"n":1})");
  ASSERT_TRUE(Eventually([](const live::Metrics& m) { return m.environments.idle == 1; }));
  const test::HttpAnswer warm = Invoke("echo", R"({"n":2})");
  EXPECT_EQ(warm.body, R"({"n":2})");

  EXPECT_EQ(daemon_->orchestrator().GetMetrics().cold_starts, 1u);
  EXPECT_EQ(daemon_->orchestrator().GetMetrics().invocations, 2u);
}

TEST_F(DaemonTest, StartsAContainerForEachOfManySimultaneousRequestsAndReusesThem) {
  Start(Options());
  Deploy("echo");

  EXPECT_EQ(Count(InvokeAtOnce("echo", 20), 200), 20);
  ASSERT_TRUE(Eventually([](const live::Metrics& m) { return m.environments.busy == 0; }));
  const uint64_t cold_starts = daemon_->orchestrator().GetMetrics().cold_starts;
  EXPECT_GE(cold_starts, 2u);
  EXPECT_LE(cold_starts, 20u);
}

TEST_F(DaemonTest, ThrottlesBeyondTheReservedConcurrencyWithItsReason) {
  Start(Options());
  Deploy("echo");
  ASSERT_TRUE(daemon_->orchestrator().SetReservedConcurrency("echo", 0).ok());

  const test::HttpAnswer refused = Invoke("echo", "{}");

  EXPECT_EQ(refused.status, 429) << refused;
  EXPECT_THAT(refused.body, HasSubstr("ReservedFunctionConcurrentInvocationLimitExceeded"));
  ASSERT_TRUE(daemon_->orchestrator().SetReservedConcurrency("echo", 1).ok());
  EXPECT_EQ(Invoke("echo", "{}").status, 200);
}

TEST_F(DaemonTest, StopsEnvironmentsThatStayIdle) {
  DaemonOptions options = Options();
  options.orchestrator.scheduler.keep_alive = Duration::Milliseconds(200);
  Start(options);
  Deploy("echo");

  EXPECT_EQ(Invoke("echo", "{}").status, 200);

  EXPECT_TRUE(
      Eventually([](const live::Metrics& m) { return m.environments == EnvironmentCounts{}; }));
  EXPECT_THAT(daemon_->orchestrator().ListEnvironments(), IsEmpty());
  EXPECT_EQ(Invoke("echo", "{}").status, 200);
}

TEST_F(DaemonTest, AnswersBrowsersThroughTheHttpTrigger) {
  Start(Options());
  Deploy("echo");

  // The echo function answers with the proxy event itself, which is no proxy result.
  test::HttpClient client(daemon_->http_trigger_port());
  EXPECT_EQ(client.Get("/echo/").status, 502);
  EXPECT_EQ(client.Get("/nothing/").status, 403);
}

TEST_F(DaemonTest, KeepsAJournalThatReplaysWithoutADifference) {
  Start(Options());
  Deploy("echo");
  EXPECT_EQ(Count(InvokeAtOnce("echo", 10), 200), 10);
  EXPECT_EQ(Count(InvokeAtOnce("echo", 10), 200), 10);
  ASSERT_TRUE(daemon_->orchestrator().SetReservedConcurrency("echo", 2).ok());
  InvokeAtOnce("echo", 5);
  daemon_.reset();

  absl::StatusOr<std::unique_ptr<ByteSource>> file = OpenFileSource(directory_ / "journal");
  ASSERT_TRUE(file.ok()) << file.status();
  absl::StatusOr<JournalReader> reader = JournalReader::Open(*std::move(file));
  ASSERT_TRUE(reader.ok()) << reader.status();
  const absl::StatusOr<ReplayOutcome> outcome = Replay(*reader, nullptr);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->difference, std::nullopt) << *outcome->difference;
  EXPECT_EQ(outcome->torn_bytes, 0u);
  EXPECT_GE(outcome->records, 60u);
}

TEST_F(DaemonTest, AnswersEveryCallerOnceWhenItStopsInTheMiddle) {
  Start(Options());
  Deploy("echo");
  std::atomic<int> answers = 0;
  for (int i = 0; i < 10; ++i) {
    daemon_->orchestrator().Invoke({.function_name = "echo", .payload = "{}"},
                                   [&answers](live::InvokeResult) { ++answers; });
  }

  daemon_.reset();

  EXPECT_EQ(answers, 10);
}

TEST(DaemonOptionsTest, RefusesToListenToTheWorld) {
  DaemonOptions options;
  options.embedded_agent = false;
  options.front_door = "0.0.0.0:0";
  options.http_trigger = "";
  const auto daemon = Daemon::Start(options);
  EXPECT_EQ(daemon.status().code(), absl::StatusCode::kPermissionDenied) << daemon.status();
  EXPECT_THAT(std::string(daemon.status().message()), HasSubstr("front door"));
}

TEST(LoneAgentTest, RefusesAnOrchestratorOnAnotherMachineWithoutTls) {
  const auto agent = LoneAgent::Start({.state_directory = "unused"}, "192.0.2.1:7000", {});
  EXPECT_EQ(agent.status().code(), absl::StatusCode::kFailedPrecondition) << agent.status();
}

TEST(LoneAgentTest, RefusesHalfOfTheTlsFiles) {
  const auto agent =
      LoneAgent::Start({.state_directory = "unused"}, "127.0.0.1:7000", {.certificate = "a.pem"});
  EXPECT_EQ(agent.status().code(), absl::StatusCode::kInvalidArgument) << agent.status();
}

}  // namespace
}  // namespace floe
