// Random events, judged by a naive scheduler action by action.
//
// FLOE_PROPERTY_SEED runs one seed only, FLOE_PROPERTY_RUNS another number of seeds.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "tests/orchestrator/core/judge.h"
#include "tests/orchestrator/core/print.h"
#include "tests/orchestrator/core/random_world.h"

namespace floe {
namespace {

constexpr int kSteps = 400;
constexpr uint64_t kRuns = 200;

// Empty, or how to see the difference again.
std::string RunSeed(uint64_t seed) {
  PrngDice dice(seed);
  Judge judge(RandomOptions(dice));
  RandomWorld world(dice);
  for (uint32_t node = 0; node < 3; ++node) {
    const std::string difference = judge.Step(Instant(), NodeJoined{NodeId{node}, 1'024});
    if (!difference.empty()) return difference;
  }
  for (uint32_t function = 0; function < 4; ++function) {
    judge.Step(Instant(), FunctionDeployed{FunctionId{function}, {}});
  }
  for (int step = 0; step < kSteps; ++step) {
    const Instant now = world.NextTime(judge.scheduler().NextDeadline());
    const std::string difference = judge.Step(now, world.NextEvent());
    if (!difference.empty()) {
      return "FLOE_PROPERTY_SEED=" + std::to_string(seed) + ", step " + std::to_string(step) +
             ", " + difference;
    }
    world.Observe(judge.actions());
  }
  return "";
}

uint64_t NumberFromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 0);
}

TEST(SchedulerPropertyTest, DoesWhatTheNaiveSchedulerDoes) {
  if (std::getenv("FLOE_PROPERTY_SEED") != nullptr) {
    EXPECT_EQ(RunSeed(NumberFromEnvironment("FLOE_PROPERTY_SEED", 0)), "");
    return;
  }
  const uint64_t runs = NumberFromEnvironment("FLOE_PROPERTY_RUNS", kRuns);
  for (uint64_t seed = 1; seed <= runs; ++seed) ASSERT_EQ(RunSeed(seed), "");
}

TEST(SchedulerPropertyTest, TheSameEventsCauseTheSameActions) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<Actions> runs[2];
    for (std::vector<Actions>& run : runs) {
      PrngDice dice(seed);
      Scheduler scheduler(RandomOptions(dice));
      RandomWorld world(dice);
      for (int step = 0; step < kSteps; ++step) {
        const Instant now = world.NextTime(scheduler.NextDeadline());
        Actions actions;
        scheduler.Step(now, world.NextEvent(), actions);
        world.Observe(actions);
        run.push_back(actions);
      }
    }
    EXPECT_EQ(runs[0], runs[1]);
  }
}

// Whatever happened, a world that answers every order brings everything to an end.
TEST(SchedulerPropertyTest, CalmEndsEveryInvocationAndEveryEnvironment) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    PrngDice dice(seed);
    SchedulerOptions options = RandomOptions(dice);
    // What has no end cannot come to it.
    options.keep_alive_rule = KeepAliveRule::kFixed;
    options.keep_alive = options.start_limit = options.init_limit = Duration::Seconds(4);
    Scheduler scheduler(options);
    RandomWorld world(dice);
    std::vector<EnvironmentId> stopping;
    Actions actions;
    const auto observe = [&] {
      world.Observe(actions);
      for (const Action& action : actions) {
        if (const auto* stop = std::get_if<StopEnvironment>(&action)) {
          stopping.push_back(stop->environment);
        }
      }
      actions.clear();
    };
    Instant now;
    for (int step = 0; step < kSteps; ++step) {
      now = world.NextTime(scheduler.NextDeadline());
      scheduler.Step(now, world.NextEvent(), actions);
      observe();
    }
    for (uint32_t function = 0; function < 5; ++function) {
      scheduler.Step(now, ProvisionedConcurrencySet{FunctionId{function}, 0}, actions);
    }
    observe();
    while (scheduler.NextDeadline() != Instant::InfiniteFuture()) {
      now = std::max(now, scheduler.NextDeadline());
      scheduler.Step(now, DeadlineReached{}, actions);
      observe();
    }
    for (const EnvironmentId id : stopping) scheduler.Step(now, EnvironmentStopped{id}, actions);
    EXPECT_EQ(scheduler.counts(), EnvironmentCounts{});
    scheduler.CheckInvariants();
  }
}

}  // namespace
}  // namespace floe
