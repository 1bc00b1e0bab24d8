// A run under load, written to a journal, replays without a difference.

#include "orchestrator/engine/journal.h"

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/replay.h"
#include "tests/orchestrator/live/orchestrator_fixture.h"

namespace floe::live {
namespace {

constexpr int kCallers = 4;
constexpr int kCallsEach = 500;

class JournalTest : public OrchestratorTest {};

// An agent whose runtimes crash, err and fail to start now and then.
FakeAgent::Behaviour Moody(uint64_t seed) {
  auto prng = std::make_shared<Prng>(seed);
  return [prng](FakeAgent& agent, const v1::SessionResponse& command) {
    const uint64_t mood = prng->Below(20);
    if (command.has_start_environment() && mood == 0) {
      v1::SessionRequest report;
      report.mutable_environment_start_failed()->set_environment(
          command.start_environment().environment());
      agent.Report(std::move(report));
      return true;
    }
    if (!command.has_assign_invocation()) return false;
    const v1::AssignInvocationCommand& assign = command.assign_invocation();
    if (mood == 1) {
      agent.Failed(assign.environment(), assign.incarnation(), assign.invocation(),
                   v1::ENVIRONMENT_FAILURE_EXITED, "Runtime.ExitError", "exit status 1", "");
      return true;
    }
    if (mood == 2) {
      agent.RespondError(assign, "Function.Unknown", "{}");
      agent.Finished(assign);
      agent.Finished(assign);  // Twice: stale.
      return true;
    }
    return false;
  };
}

TEST(JournalFileTest, AnEarlierJournalIsKeptUnderAnotherName) {
  const std::string path = ::testing::TempDir() + "/floe-live-journal-kept";
  OrchestratorOptions options;
  options.journal_path = path;
  ASSERT_TRUE(Orchestrator::Create(options).ok());
  ASSERT_TRUE(Orchestrator::Create(options).ok());
  EXPECT_TRUE(OpenFileSource(path).ok());
  EXPECT_TRUE(OpenFileSource(path + ".previous").ok());
  EXPECT_EQ(std::remove(path.c_str()), 0);
  EXPECT_EQ(std::remove((path + ".previous").c_str()), 0);
}

TEST(JournalFileTest, AJournalThatCannotBeMadeIsAnError) {
  OrchestratorOptions options;
  options.journal_path = ::testing::TempDir() + "/no-such-directory/journal";
  EXPECT_EQ(Orchestrator::Create(options).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(JournalTest, WhatHappenedUnderLoadReplaysWithoutADifference) {
  const uint64_t seed = 42;
  SCOPED_TRACE(seed);
  const std::string path = ::testing::TempDir() + "/floe-live-journal-test";
  OrchestratorOptions options;
  options.journal_path = path;
  options.scheduler.account_concurrency = 3;  // Fewer than callers: some are throttled.
  options.scheduler.unreserved_concurrency_min = 0;
  options.scheduler.requests_per_concurrency = 0;
  Start(options);
  std::atomic<int> answered = 0;
  std::atomic<int> succeeded = 0;
  {
    FakeAgent first(orchestrator_.get(), "first");
    FakeAgent second(orchestrator_.get(), "second");
    first.SetBehaviour(Moody(seed));
    second.SetBehaviour(Moody(seed + 1));
    ASSERT_TRUE(first.Join().ok());
    ASSERT_TRUE(second.Join().ok());
    for (const char* name : {"f0", "f1", "f2", "f3"}) {
      ASSERT_TRUE(orchestrator_->CreateFunction(Spec(name)).ok());
    }
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        const std::string name = "f" + std::to_string(caller);
        for (int i = 0; i < kCallsEach; ++i) {
          const InvokeResult result = Invoke(name);
          if (!result.request_id.empty()) ++answered;
          if (result.outcome == InvokeOutcome::kSuccess) ++succeeded;
          if (i % 100 == 50) {
            EXPECT_TRUE(orchestrator_->UpdateFunction(Spec(name)).ok());
          }
          if (i % 50 == 0) orchestrator_->ListEnvironments();
        }
      });
    }
    for (std::thread& thread : callers) thread.join();
    // What people see is what the scheduler counts.
    const Metrics metrics = orchestrator_->GetMetrics();
    uint64_t throttled = 0;
    for (const uint64_t count : metrics.throttles) throttled += count;
    EXPECT_EQ(metrics.invocations + throttled, uint64_t{kCallers} * kCallsEach);
  }
  orchestrator_.reset();
  EXPECT_EQ(answered, kCallers * kCallsEach);
  EXPECT_GT(succeeded, 0);
  auto file = OpenFileSource(path);
  ASSERT_TRUE(file.ok()) << file.status();
  auto reader = JournalReader::Open(*std::move(file));
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->options(), options.scheduler);
  const auto outcome = Replay(*reader, nullptr);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_FALSE(outcome->difference.has_value()) << *outcome->difference;
  EXPECT_EQ(outcome->torn_bytes, 0u);
  EXPECT_GE(outcome->records, uint64_t{kCallers} * kCallsEach);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace floe::live
