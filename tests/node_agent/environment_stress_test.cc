// Environments under commands in random order, with runtimes that come, answer and die on other
// threads. No gRPC in here: its library is not built for the thread sanitizer, this test is.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "net/http_server.h"
#include "node_agent/duration_convert.h"
#include "node_agent/environment.h"
#include "node_agent/worker_pool.h"
#include "tests/node_agent/scripted_runtime.h"

namespace floe::node_agent {
namespace {

constexpr uint64_t kSeed = 20'261'123;
constexpr uint64_t kEnvironments = 12;
constexpr int kCommands = 60;

// Judges the reports of one environment: what may follow what.
class ReportJudge {
 public:
  void Take(const v1::SessionRequest& report) {
    std::lock_guard lock(mutex_);
    EXPECT_FALSE(is_over_) << report.ShortDebugString();
    switch (report.message_case()) {
      case v1::SessionRequest::kEnvironmentStarted:
        EXPECT_FALSE(std::exchange(is_started_, true));
        break;
      case v1::SessionRequest::kEnvironmentReady:
        EXPECT_TRUE(is_started_);
        EXPECT_TRUE(ready_.insert(report.environment_ready().incarnation()).second);
        break;
      case v1::SessionRequest::kEnvironmentFailed:
        EXPECT_TRUE(failed_.insert(report.environment_failed().incarnation()).second);
        break;
      case v1::SessionRequest::kInvocationResponded:
        EXPECT_TRUE(responded_.insert(report.invocation_responded().invocation()).second);
        break;
      case v1::SessionRequest::kInvocationFinished:
        EXPECT_TRUE(responded_.contains(report.invocation_finished().invocation()));
        EXPECT_TRUE(finished_.insert(report.invocation_finished().invocation()).second);
        break;
      case v1::SessionRequest::kEnvironmentStopped:
        is_over_ = true;
        break;
      default:
        ADD_FAILURE() << report.ShortDebugString();
    }
  }
  bool is_over() {
    std::lock_guard lock(mutex_);
    return is_over_;
  }
  size_t finished() {
    std::lock_guard lock(mutex_);
    return finished_.size();
  }

 private:
  std::mutex mutex_;
  bool is_started_ = false;
  bool is_over_ = false;
  std::set<uint32_t> ready_;
  std::set<uint32_t> failed_;
  std::set<uint64_t> responded_;
  std::set<uint64_t> finished_;
};

uint64_t EnvironmentOf(const v1::SessionRequest& report) {
  switch (report.message_case()) {
    case v1::SessionRequest::kEnvironmentStarted:
      return report.environment_started().environment();
    case v1::SessionRequest::kEnvironmentReady:
      return report.environment_ready().environment();
    case v1::SessionRequest::kEnvironmentFailed:
      return report.environment_failed().environment();
    case v1::SessionRequest::kInvocationResponded:
      return report.invocation_responded().environment();
    case v1::SessionRequest::kInvocationFinished:
      return report.invocation_finished().environment();
    default:
      return report.environment_stopped().environment();
  }
}

class EnvironmentStressTest : public testing::Test {
 protected:
  void SetUp() override {
    auto http = net::HttpServer::Create({.threads = 2});
    ASSERT_TRUE(http.ok()) << http.status();
    http_ = *std::move(http);
    ports_.runtime = &runtime_;
    ports_.images = &images_;
    ports_.http = http_.get();
    ports_.start_pool = start_pool_.get();
    ports_.command_pool = command_pool_.get();
    ports_.report = [this](const v1::SessionRequest& report) {
      judges_[EnvironmentOf(report)].Take(report);
    };
    ports_.gone = [this](Environment*) { ++gone_; };
    ports_.on_output_line = [this](uint64_t, absl::string_view) { ++lines_; };
    ports_.log = [](absl::string_view) {};
    for (uint64_t id = 0; id < kEnvironments; ++id) judges_[id];
  }

  // A runtime that serves whatever comes until the container is destroyed; now and then it dies.
  void PlayRuntime(size_t index) {
    Prng prng = Prng::ForStream(kSeed, 1'000 + index);
    const auto container = runtime_.WaitForContainer(index);
    const RuntimeApiClient client(container->port);
    while (!runtime_.IsDestroyed(*container)) {
      const RuntimeApiClient::Response next = client.Next();
      if (next.status != 200) continue;
      runtime_.WriteIfLive(*container, "working\n");
      if (prng.Draw({.numerator = 1, .denominator = 8})) {
        runtime_.ExitIfLive(*container, {ProcessExit::Kind::kExited, 1});
        continue;
      }
      client.Respond(next.Header("Lambda-Runtime-Aws-Request-Id"), next.body);
    }
  }

  void Command(Environment& environment, Prng& prng, uint64_t& invocation, uint32_t& incarnation) {
    switch (prng.Below(8)) {
      case 0: {
        v1::ResetEnvironmentCommand reset;
        reset.set_incarnation(++incarnation);
        environment.Reset(reset);
        return;
      }
      case 1: {
        v1::FreezeEnvironmentCommand freeze;
        freeze.set_invocation(invocation);
        environment.Freeze(freeze);
        return;
      }
      default: {
        v1::AssignInvocationCommand assign;
        assign.set_invocation(++invocation);
        assign.set_incarnation(incarnation);
        assign.set_request_id("request-" + std::to_string(invocation));
        ToProto(Duration::Seconds(3), assign.mutable_time_left());
        assign.set_payload("{}");
        environment.Assign(assign);
      }
    }
  }

  ScriptedRuntime runtime_;
  ScriptedImages images_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<WorkerPool> command_pool_ = std::make_unique<WorkerPool>(2);
  std::unique_ptr<WorkerPool> start_pool_ = std::make_unique<WorkerPool>(2);
  std::map<uint64_t, ReportJudge> judges_;  // Filled before the threads come.
  std::atomic<uint64_t> gone_ = 0;
  std::atomic<uint64_t> lines_ = 0;
  EnvironmentPorts ports_;
};

TEST_F(EnvironmentStressTest, ReportsStayCoherentAndNothingIsLeft) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::vector<std::thread> runtimes;
  for (size_t i = 0; i < kEnvironments; ++i) runtimes.emplace_back([this, i] { PlayRuntime(i); });
  std::vector<std::shared_ptr<Environment>> environments;
  for (uint64_t id = 0; id < kEnvironments; ++id) {
    environments.push_back(std::make_shared<Environment>(id, "e" + std::to_string(id), &ports_));
    v1::StartEnvironmentCommand start;
    start.mutable_code()->set_oci_image("/image");
    start.set_memory_mib(128);
    start.set_tmp_mib(512);
    environments.back()->Start(start);
  }

  Prng prng(kSeed);
  std::vector<uint64_t> invocation(kEnvironments, 0);
  std::vector<uint32_t> incarnation(kEnvironments, 0);
  for (uint64_t i = 0; i < kCommands * kEnvironments; ++i) {
    const uint64_t id = prng.Below(kEnvironments);
    Command(*environments[id], prng, invocation[id], incarnation[id]);
    if (i % 16 == 0) std::this_thread::yield();
  }
  // A start that is stopped before its turn is left out; here every runtime waits for its
  // container.
  runtime_.WaitForContainer(kEnvironments - 1);
  for (uint64_t id = 0; id < kEnvironments; ++id) {
    if (id % 2 == 0) {
      environments[id]->Stop();
    } else {
      environments[id]->Discard();
    }
  }
  environments.clear();
  start_pool_.reset();
  command_pool_.reset();
  for (std::thread& runtime : runtimes) runtime.join();

  EXPECT_EQ(gone_, kEnvironments);
  EXPECT_EQ(runtime_.live(), 0);
  for (uint64_t id = 0; id < kEnvironments; ++id) {
    EXPECT_EQ(judges_[id].is_over(), id % 2 == 0) << id;
  }
}

}  // namespace
}  // namespace floe::node_agent
