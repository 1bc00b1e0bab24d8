#include "orchestrator/core/scaling_limiter.h"

#include <cstdint>

#include "base/time.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

constexpr Duration kNanosecond = Duration::Nanoseconds(1);

int64_t TakeAll(MinuteBudget& budget, Instant now) {
  int64_t taken = 0;
  for (; budget.HasToken(now); ++taken) budget.Take(now);
  return taken;
}

TEST(MinuteBudgetTest, RefillsAtTheEndOfEachWholeMinuteOfTheClock) {
  MinuteBudget budget(3'000);
  const Instant start = Instant() + Duration::Seconds(90);
  ASSERT_EQ(TakeAll(budget, start), 3'000);

  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(2) - kNanosecond), 0);
  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(2)), 500);
  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(3) - kNanosecond), 0);
  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(5)), 1'500);
}

TEST(MinuteBudgetTest, NeverHoldsMoreThanAtFirst) {
  MinuteBudget budget(3'000);
  ASSERT_EQ(TakeAll(budget, Instant()), 3'000);

  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(1'000'000)), 3'000);
  EXPECT_EQ(TakeAll(budget, Instant() + Duration::Minutes(1'000'001)), 500);
}

TEST(MinuteBudgetTest, WorksOnClocksFarFromZero) {
  MinuteBudget before(500);
  ASSERT_EQ(TakeAll(before, Instant() - Duration::Seconds(30)), 500);
  EXPECT_EQ(TakeAll(before, Instant() - kNanosecond), 0);
  EXPECT_EQ(TakeAll(before, Instant()), 500);

  MinuteBudget last(500);
  EXPECT_EQ(TakeAll(last, Instant::FromNanoseconds(INT64_MAX - 1)), 500);
}

TEST(ScalingLimiterTest, TheCurrentRuleCountsEachFunctionApart) {
  ScalingLimiter limiter(ScalingRule::kCurrent);
  TokenBucket one = limiter.NewFunctionBudget();
  TokenBucket other = limiter.NewFunctionBudget();
  for (int i = 0; i < 1'000; ++i) limiter.Take(one, Instant());

  EXPECT_FALSE(limiter.HasToken(one, Instant()));
  EXPECT_TRUE(limiter.HasToken(other, Instant()));
}

TEST(ScalingLimiterTest, ALegacyRuleCountsAllFunctionsTogether) {
  ScalingLimiter limiter(ScalingRule::kLegacy500);
  TokenBucket one = limiter.NewFunctionBudget();
  TokenBucket other = limiter.NewFunctionBudget();
  for (int i = 0; i < 499; ++i) limiter.Take(one, Instant());
  EXPECT_TRUE(limiter.HasToken(other, Instant()));
  limiter.Take(one, Instant());

  EXPECT_FALSE(limiter.HasToken(other, Instant()));
}

TEST(ScalingLimiterTest, UnlimitedNeverRefuses) {
  ScalingLimiter limiter(ScalingRule::kUnlimited);
  TokenBucket budget = limiter.NewFunctionBudget();
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(limiter.HasToken(budget, Instant()));
    limiter.Take(budget, Instant());
  }
}

TEST(ScalingLimiterTest, TellsTheFirstTimeWithAToken) {
  ScalingLimiter unlimited(ScalingRule::kUnlimited);
  TokenBucket budget = unlimited.NewFunctionBudget();
  EXPECT_EQ(unlimited.NextTokenAt(budget, Instant()), Instant());

  ScalingLimiter current(ScalingRule::kCurrent);
  budget = current.NewFunctionBudget();
  for (int i = 0; i < 1'000; ++i) current.Take(budget, Instant());
  EXPECT_EQ(current.NextTokenAt(budget, Instant()), Instant() + Duration::Milliseconds(10));

  ScalingLimiter legacy(ScalingRule::kLegacy500);
  const Instant now = Instant() + Duration::Seconds(59);
  for (int i = 0; i < 500; ++i) legacy.Take(budget, now);
  EXPECT_EQ(legacy.NextTokenAt(budget, now), Instant() + Duration::Minutes(1));
}

}  // namespace
}  // namespace floe
