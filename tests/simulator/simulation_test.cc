#include "simulator/simulation.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/engine/replay.h"
#include "simulator/scenario.h"
#include "simulator/simulation_path.h"
#include "simulator/world.h"

namespace floe {
namespace {

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

// One function whose requests arrive at these seconds and run for `run`.
Scenario At(std::vector<int64_t> seconds, Duration run) {
  ListedArrivals times;
  for (const int64_t second : seconds) times.times.push_back(Sec(second));
  return {.duration = Duration::Hours(1),
          .functions = {{.name = "f",
                         .timeout = Duration::Seconds(900),
                         .arrivals = {times},
                         .run = ConstantLength{run}}}};
}

SimulationResult Simulate(const Scenario& scenario) {
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  return RunSimulation(scenario, nullptr);
}

uint64_t Throttled(const SimulationResult& result, ThrottleReason reason) {
  return result.invocations.throttled_by_reason[static_cast<size_t>(reason)];
}

uint64_t Failed(const SimulationResult& result, FailureCause cause) {
  return result.invocations.failed_by_cause[static_cast<size_t>(cause)];
}

TEST(SimulationTest, AColdStartTakesContainerInitAndRun) {
  Scenario scenario = At({0, 10}, Duration::Seconds(1));
  scenario.functions[0].start = ConstantLength{Duration::Milliseconds(200)};
  scenario.functions[0].init = ConstantLength{Duration::Milliseconds(300)};
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 2u);
  EXPECT_EQ(result.invocations.cold_starts, 1u);
  EXPECT_EQ(result.latency.cold.max(), Duration::Milliseconds(1'500));
  EXPECT_EQ(result.latency.All().min(), Duration::Seconds(1));
}

TEST(SimulationTest, NothingTakesTimeWhereNoLengthIsGiven) {
  const SimulationResult result = Simulate(At({5, 5, 5}, Duration()));
  EXPECT_EQ(result.invocations.finished, 3u);
  EXPECT_EQ(result.latency.All().max(), Duration());
  // What environments report comes before arrivals of the same time, so one serves all three.
  EXPECT_EQ(result.invocations.cold_starts, 1u);
}

TEST(SimulationTest, AnEnvironmentThatBecomesFreeAtAnInstantServesARequestOfThatInstant) {
  EXPECT_EQ(Simulate(At({0, 2}, Duration::Seconds(2))).invocations.cold_starts, 1u);
}

TEST(SimulationTest, AnEnvironmentIdleForExactlyTheKeepAliveIsNotReused) {
  Scenario scenario = At({0, 12}, Duration::Seconds(2));
  scenario.scheduler.keep_alive = Duration::Seconds(10);
  EXPECT_EQ(Simulate(scenario).invocations.cold_starts, 2u);
  scenario.scheduler.keep_alive = Duration::Nanoseconds(10'000'000'001);
  EXPECT_EQ(Simulate(scenario).invocations.cold_starts, 1u);
}

TEST(SimulationTest, ARunAboveTheTimeOutFailsAndTheNextInitialisesAgain) {
  Scenario scenario = At({0, 10}, Duration::Seconds(5));
  scenario.functions[0].timeout = Duration::Seconds(3);
  scenario.functions[0].init = ConstantLength{Duration::Seconds(1)};
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(Failed(result, FailureCause::kTimedOut), 2u);
  EXPECT_EQ(result.invocations.finished, 0u);
  EXPECT_EQ(result.invocations.cold_starts, 1u);
  EXPECT_EQ(result.latency.All().count(), 2u);
  EXPECT_EQ(result.latency.All().max(), Duration::Seconds(4));
  EXPECT_EQ(result.latency.All().min(), Duration::Seconds(3));
}

TEST(SimulationTest, ARunThatEndsAtItsTimeOutHasTimedOut) {
  Scenario scenario = At({0}, Duration::Seconds(3));
  scenario.functions[0].timeout = Duration::Seconds(3);
  EXPECT_EQ(Failed(Simulate(scenario), FailureCause::kTimedOut), 1u);
  scenario.functions[0].run = ConstantLength{Duration::Nanoseconds(2'999'999'999)};
  EXPECT_EQ(Simulate(scenario).invocations.finished, 1u);
}

TEST(SimulationTest, AnInitAboveItsLimitIsRepeatedInsideTheInvocation) {
  Scenario scenario = At({0, 100}, Duration::Seconds(1));
  scenario.functions[0].init = ConstantLength{Duration::Seconds(12)};
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.finished, 2u);
  // 10 s until the limit, 12 s of repeated init, 1 s of run; then warm.
  EXPECT_EQ(result.latency.cold.max(), Duration::Seconds(23));
  EXPECT_EQ(result.latency.All().min(), Duration::Seconds(1));
  // Only what lies inside the invocations is billed: 13 s and 1 s of 128 MiB.
  EXPECT_DOUBLE_EQ(result.invocations.gb_seconds(), 14.0 / 8);
}

TEST(SimulationTest, AContainerThatDoesNotStartInTimeFailsItsInvocation) {
  Scenario scenario = At({0}, Duration::Seconds(1));
  scenario.functions[0].start = ConstantLength{Duration::Seconds(61)};
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(Failed(result, FailureCause::kStartFailed), 1u);
  EXPECT_EQ(result.latency.All().max(), Duration::Seconds(60));
  EXPECT_EQ(result.environments.max.live, 1);
  EXPECT_EQ(result.invocations.gb_seconds(), 0);
}

TEST(SimulationTest, BillingRoundsEachInvocationUpAndAddsTheInitOfAColdOne) {
  Scenario scenario = At({0, 10}, Duration::Microseconds(1'500));
  scenario.functions[0].memory_mib = 1'024;
  scenario.functions[0].init = ConstantLength{Duration::Microseconds(10'600)};
  scenario.functions[0].start = ConstantLength{Duration::Seconds(1)};
  // 10.6 + 1.5 ms and 1.5 ms become 13 and 2 ms.
  EXPECT_DOUBLE_EQ(Simulate(scenario).invocations.gb_seconds(), 0.015);
}

TEST(SimulationTest, ErrorsAreAnswersAndCrashesAreFailures) {
  Scenario scenario{.duration = Duration::Seconds(2'000),
                    .functions = {{.name = "f",
                                   .arrivals = {PoissonArrivals{.rate_per_second = 10}},
                                   .error_rate = 0.2,
                                   .crash_rate = 0.1}}};
  const SimulationResult result = Simulate(scenario);
  const auto accepted = static_cast<double>(result.invocations.accepted());
  EXPECT_NEAR(static_cast<double>(result.invocations.function_errors) / accepted, 0.2, 0.01);
  EXPECT_NEAR(static_cast<double>(Failed(result, FailureCause::kRuntimeExited)) / accepted, 0.1,
              0.01);
  // A crash keeps the environment.
  EXPECT_LT(result.invocations.cold_starts, 20u);
}

TEST(SimulationTest, NodesWithoutRoomThrottle) {
  Scenario scenario = At({0, 0, 0}, Duration::Seconds(10));
  scenario.nodes = {{.count = 2, .memory_mib = 200}};
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(Throttled(result, ThrottleReason::kNoCapacity), 1u);
  EXPECT_EQ(result.environments.max.live, 2);
}

TEST(SimulationTest, EachLimitThrottlesWithItsOwnReason) {
  Scenario scenario = At({0, 0, 0}, Duration::Seconds(10));
  scenario.functions[0].concurrency_reserved = 2;
  EXPECT_EQ(Throttled(Simulate(scenario), ThrottleReason::kReservedConcurrency), 1u);
  scenario.functions[0].concurrency_reserved.reset();
  scenario.scheduler.account_concurrency = 2;
  scenario.scheduler.unreserved_concurrency_min = 0;
  EXPECT_EQ(Throttled(Simulate(scenario), ThrottleReason::kAccountConcurrency), 1u);
}

TEST(SimulationTest, WhatIsUnderWayAtTheEndIsUnfinished) {
  Scenario scenario = At({0, 3'599}, Duration::Seconds(2));
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.finished, 1u);
  EXPECT_EQ(result.invocations.unfinished(), 1u);
}

TEST(SimulationTest, TheWarmUpCutsOffInvocationsThatArriveInIt) {
  Scenario scenario = At({0, 10, 20}, Duration::Seconds(2));
  scenario.warm_up = Duration::Seconds(10);
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 2u);
  EXPECT_EQ(result.invocations.cold_starts, 0u);
  EXPECT_EQ(result.latency.All().count(), 2u);
}

// AWS's worked example of the rule until November 2023: 10,000 requests, an account limit of 10,000
// and a burst of 3,000, in so many equal bursts a minute apart.
std::vector<uint64_t> LegacyThrottles(int minutes) {
  std::vector<uint64_t> throttles;
  uint64_t before = 0;
  for (int last = 1; last <= minutes; ++last) {
    Scenario scenario{
        .duration = Duration::Minutes(last),
        .scheduler = {.account_concurrency = 10'000, .scaling_rule = ScalingRule::kLegacy3000},
        .functions = {{.name = "f",
                       .timeout = Duration::Seconds(60),
                       .run = ConstantLength{Duration::Seconds(59)}}}};
    for (int minute = 0; minute < last; ++minute) {
      scenario.functions[0].arrivals.push_back(
          BurstArrivals{.count = 10'000 / minutes, .at = Sec(60 * minute)});
    }
    const uint64_t total = Throttled(Simulate(scenario), ThrottleReason::kScalingRate);
    throttles.push_back(total - before);
    before = total;
  }
  return throttles;
}

TEST(SimulationTest, TheLegacyBurstRuleGivesTheThrottlesOfTheWorkedExample) {
  using Counts = std::vector<uint64_t>;
  EXPECT_EQ(LegacyThrottles(1), (Counts{7'000}));
  EXPECT_EQ(LegacyThrottles(2), (Counts{2'000, 1'500}));
  EXPECT_EQ(LegacyThrottles(3), (Counts{333, 0, 0}));
  EXPECT_EQ(LegacyThrottles(4), (Counts{0, 0, 0, 0}));
}

// Everything at once: several functions, limits, failures of every kind.
Scenario Busy(uint64_t seed) {
  return {.duration = Duration::Seconds(60),
          .warm_up = Duration::Seconds(5),
          .seed = seed,
          .scheduler = {.account_concurrency = 60,
                        .unreserved_concurrency_min = 20,
                        .keep_alive = Duration::Seconds(8),
                        .lifetime_max = Duration::Seconds(25),
                        .init_limit = Duration::Milliseconds(500)},
          .nodes = {{.count = 3, .memory_mib = 10'000}},
          .functions = {{.name = "a",
                         .count = 5,
                         .memory_mib = 512,
                         .timeout = Duration::Seconds(1),
                         .arrivals = {PoissonArrivals{.rate_per_second = 8}},
                         .run = LogNormalLength{.median = Duration::Milliseconds(300), .sigma = 1},
                         .start = ExponentialLength{Duration::Milliseconds(50)},
                         .init = ExponentialLength{Duration::Milliseconds(250)},
                         .error_rate = 0.05,
                         .crash_rate = 0.05},
                        {.name = "b",
                         .memory_mib = 1'024,
                         .concurrency_reserved = 10,
                         .arrivals = {IntervalArrivals{.interval = Duration::Milliseconds(100)},
                                      BurstArrivals{.count = 40, .at = Sec(20)}},
                         .run = ExponentialLength{Duration::Milliseconds(600)},
                         .init = ConstantLength{Duration::Milliseconds(400)}}}};
}

std::string JournalOf(const Scenario& scenario) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptionsOf(scenario));
  RunSimulation(scenario, &writer);
  EXPECT_TRUE(writer.Flush().ok());
  return bytes;
}

TEST(SimulationTest, TheSameSeedGivesTheSameRunByteForByte) {
  EXPECT_EQ(JournalOf(Busy(1)), JournalOf(Busy(1)));
  EXPECT_NE(JournalOf(Busy(1)), JournalOf(Busy(2)));
}

TEST(SimulationTest, TheJournalOfARunReplays) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::string bytes = JournalOf(Busy(seed));
    absl::StatusOr<JournalReader> reader =
        JournalReader::Open(std::make_unique<StringSource>(bytes));
    ASSERT_TRUE(reader.ok()) << reader.status();
    const absl::StatusOr<ReplayOutcome> outcome = Replay(*reader, nullptr);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_GT(outcome->records, 5'000u);
    EXPECT_FALSE(outcome->difference.has_value()) << *outcome->difference;
  }
}

// Compares the world's view with the scheduler's after every step.
class Auditor final : public Recorder {
 public:
  Auditor(const Scheduler* scheduler, const World* world) : scheduler_(scheduler), world_(world) {}
  // Called after the scheduler's step and before the world learns of the actions: the last step's
  // actions have all been executed when the next event is taken.
  void Record(const TimedEvent&, const Actions& actions) override {
    if (++steps_ % 64 == 0) scheduler_->CheckInvariants();
    if (!actions.empty()) return;
    const EnvironmentCounts& counts = scheduler_->counts();
    ASSERT_EQ(world_->levels().busy, counts.busy);
    ASSERT_EQ(world_->levels().starting, counts.starting + counts.initializing);
    ASSERT_EQ(world_->levels().idle, counts.idle + counts.reset);
  }
  int steps() const { return steps_; }

 private:
  const Scheduler* scheduler_;
  const World* world_;
  int steps_ = 0;
};

TEST(SimulationTest, TheWorldAndTheSchedulerAgreeOnEveryEnvironment) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = Busy(seed);
    Scheduler scheduler(SchedulerOptionsOf(scenario));
    World world(scenario);
    Auditor auditor(&scheduler, &world);
    RunEngine(scheduler, world, world, &auditor);
    EXPECT_GT(auditor.steps(), 1'000);
    EXPECT_EQ(scheduler.stale_events().environment_reports, 0u);
    EXPECT_EQ(scheduler.stale_events().invocation_reports, 0u);
    EXPECT_EQ(scheduler.stale_events().unknown_functions, 0u);
  }
}

TEST(SimulationTest, EveryInvocationIsAccountedForAndLittlesLawHolds) {
  Scenario scenario = Busy(3);
  scenario.warm_up = Duration();
  const SimulationResult result = Simulate(scenario);
  const InvocationTally& tally = result.invocations;
  EXPECT_GT(tally.throttled(), 0u);
  EXPECT_GT(tally.failed(), 0u);
  EXPECT_GT(tally.function_errors, 0u);
  EXPECT_EQ(tally.finished + tally.failed(), result.latency.All().count());
  EXPECT_LE(tally.unfinished(), 60u);
  // E[in flight] = rate x E[latency], up to what is cut off at the end.
  const double in_flight = result.environments.mean.busy + result.environments.mean.starting;
  const double rate = static_cast<double>(result.latency.All().count()) / 60;
  EXPECT_NEAR(in_flight, rate * result.latency.All().mean_seconds(), 0.03 * in_flight);
}

TEST(SimulationTest, AnotherPolicyMeetsTheSameRequests) {
  Scenario longer = Busy(4);
  longer.scheduler.keep_alive = Duration::Hours(1);
  longer.scheduler.account_concurrency = 1'000;
  const SimulationResult first = Simulate(Busy(4));
  const SimulationResult second = Simulate(longer);
  EXPECT_EQ(first.invocations.arrived, second.invocations.arrived);
  EXPECT_NE(first.invocations.throttled(), second.invocations.throttled());
}

class Transcript final : public Recorder {
 public:
  void Record(const TimedEvent& event, const Actions& actions) override {
    times_.push_back(event.at);
    events_.push_back(event.event);
    actions_.insert(actions_.end(), actions.begin(), actions.end());
  }
  size_t steps() const { return events_.size(); }
  friend bool operator==(const Transcript& a, const Transcript& b) {
    return a.times_ == b.times_ && a.events_ == b.events_ && a.actions_ == b.actions_;
  }

 private:
  std::vector<Instant> times_;
  std::vector<Event> events_;
  Actions actions_;
};

TEST(SimulationTest, HintsToTheSchedulerChangeNothing) {
  // Enough environments for hints to be given, and deployments of more functions than are used.
  Scenario scenario{
      .duration = Duration::Seconds(120),
      .scheduler = {.account_concurrency = 10'000, .keep_alive = Duration::Seconds(20)},
      .functions = {{.name = "f",
                     .count = 5'000,
                     .arrivals = {PoissonArrivals{.rate_per_second = 0.05}},
                     .run = ExponentialLength{Duration::Milliseconds(300)}}}};
  Transcript transcripts[2];
  for (const bool with_hints : {false, true}) {
    Scheduler scheduler(SchedulerOptionsOf(scenario));
    World world(scenario, with_hints ? &scheduler : nullptr);
    RunEngine(scheduler, world, world, &transcripts[with_hints ? 1 : 0]);
    EXPECT_GT(scheduler.counts().live(), 2'000);
  }
  EXPECT_GT(transcripts[0].steps(), 50'000u);
  EXPECT_TRUE(transcripts[0] == transcripts[1]);
}

// Ends the run at the given call.
class EndsAt final : public SimulationObserver {
 public:
  explicit EndsAt(int call) : end_(call) {}
  bool Continue(Instant now, uint64_t events) override {
    EXPECT_GE(now, last_);
    EXPECT_GT(events, last_events_);
    last_ = now;
    last_events_ = events;
    ++calls_;
    return calls_ != end_;
  }
  int calls() const { return calls_; }

 private:
  int end_;
  int calls_ = 0;
  Instant last_;
  uint64_t last_events_ = 0;
};

TEST(SimulationTest, AnObserverHearsOfProgressAndCanEndTheRun) {
  const Scenario scenario{.duration = Duration::Hours(1),
                          .functions = {{.name = "f",
                                         .arrivals = {PoissonArrivals{.rate_per_second = 20}},
                                         .run = ConstantLength{Duration::Milliseconds(10)}}}};
  ASSERT_TRUE(ValidateScenario(scenario).ok());
  const SimulationResult whole = RunSimulation(scenario, nullptr);
  for (const SimulationPath path : {SimulationPath::kGeneral, SimulationPath::kFast}) {
    EndsAt never(0);
    EXPECT_EQ(RunSimulationOn(path, scenario, nullptr, &never).events, whole.events);
    EXPECT_NEAR(never.calls(), static_cast<double>(whole.events) / kObservedEvents, 2);
    EndsAt third(3);
    EXPECT_LT(RunSimulationOn(path, scenario, nullptr, &third).events, 5 * kObservedEvents);
    EXPECT_EQ(third.calls(), 3);
  }
}

TEST(SimulationTest, ManyEntriesShareOneLatencyTally) {
  Scenario scenario{.duration = Duration::Seconds(10)};
  for (size_t i = 0; i <= World::kEntriesWithLatencyMax; ++i) {
    scenario.functions.push_back(
        {.name = "f" + std::to_string(i), .arrivals = {BurstArrivals{.count = 1}}});
  }
  scenario.scheduler.account_concurrency = 10'000;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.latency.All().count(), World::kEntriesWithLatencyMax + 1);
  EXPECT_EQ(result.functions[7].invocations.finished, 1u);
  EXPECT_EQ(result.functions[7].latency.All().count(), 0u);
}

}  // namespace
}  // namespace floe
