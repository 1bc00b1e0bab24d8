// The bursts that AWS has worked out by hand
// [docs.aws.amazon.com/lambda/latest/operatorguide/on-demand-scaling.html].

#include <cstdint>
#include <variant>
#include <vector>

#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {
namespace {

using testing::ElementsAre;

// How many of `requests`, spread evenly over so many minutes, are throttled in each minute. Those
// of one minute come at its start and run until just before its end.
std::vector<int> ThrottledPerMinute(ScalingRule rule, int requests, int minutes) {
  Scheduler scheduler(
      {.account_concurrency = 10'000, .requests_per_concurrency = 0, .scaling_rule = rule});
  Actions actions;
  scheduler.Step(Instant(), NodeJoined{NodeId{0}, int64_t{1} << 40}, actions);
  scheduler.Step(Instant(), FunctionDeployed{FunctionId{0}, {.timeout = Duration::Seconds(900)}},
                 actions);
  std::vector<int> throttled;
  uint64_t invocation = 0;
  for (int minute = 0; minute < minutes; ++minute) {
    const Instant start = Instant() + Duration::Minutes(minute);
    std::vector<InvocationFinished> running;
    throttled.push_back(0);
    for (int i = requests * minute / minutes; i < requests * (minute + 1) / minutes; ++i) {
      actions.clear();
      scheduler.Step(start, InvocationArrived{InvocationId{++invocation}, FunctionId{0}}, actions);
      const Action action = actions.back();
      if (std::holds_alternative<ThrottleInvocation>(action)) {
        EXPECT_EQ(std::get<ThrottleInvocation>(action).reason, ThrottleReason::kScalingRate);
        ++throttled.back();
      } else if (const auto* assign = std::get_if<AssignInvocation>(&action)) {
        running.push_back({assign->environment, assign->invocation});
      } else {
        const EnvironmentId environment = std::get<StartEnvironment>(action).environment;
        scheduler.Step(start, EnvironmentStarted{environment}, actions);
        scheduler.Step(start, EnvironmentReady{environment}, actions);
        running.push_back({environment, InvocationId{invocation}});
      }
    }
    const Instant end = start + Duration::Seconds(59);
    for (const InvocationFinished& finished : running) scheduler.Step(end, finished, actions);
  }
  scheduler.CheckInvariants();
  return throttled;
}

TEST(SchedulerBurstTest, LegacyAllAtOnceThrottlesSevenThousand) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy3000, 10'000, 1), ElementsAre(7'000));
}

TEST(SchedulerBurstTest, LegacyOverTwoMinutesThrottlesTwoThousandAndFifteenHundred) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy3000, 10'000, 2), ElementsAre(2'000, 1'500));
}

TEST(SchedulerBurstTest, LegacyOverThreeMinutesThrottlesInTheFirstOnly) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy3000, 10'000, 3), ElementsAre(333, 0, 0));
}

TEST(SchedulerBurstTest, LegacyOverFourMinutesThrottlesNone) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy3000, 10'000, 4), ElementsAre(0, 0, 0, 0));
}

TEST(SchedulerBurstTest, LegacyInSmallerRegionsBeginsWithLess) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy1000, 10'000, 2), ElementsAre(4'000, 3'500));
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kLegacy500, 10'000, 2), ElementsAre(4'500, 4'000));
}

TEST(SchedulerBurstTest, CurrentAllAtOnceServesAThousandOfOneFunction) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kCurrent, 10'000, 1), ElementsAre(9'000));
}

TEST(SchedulerBurstTest, CurrentRefillsWithinTheMinute) {
  EXPECT_THAT(ThrottledPerMinute(ScalingRule::kCurrent, 10'000, 2), ElementsAre(4'000, 3'000));
}

}  // namespace
}  // namespace floe
