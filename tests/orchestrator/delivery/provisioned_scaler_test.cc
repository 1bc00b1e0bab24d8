#include "orchestrator/delivery/provisioned_scaler.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace floe {
namespace {

constexpr FunctionId kFunction{3};
constexpr TargetTracking kTracking = {.min = 4, .max = 100, .target = 700'000};

Instant Min(int64_t minutes) {
  return Instant() + Duration::Minutes(minutes);
}

// What the scaler asks for at its next deadline, if anything.
std::optional<int32_t> Next(ProvisionedScaler& scaler, const ProvisionedUsage& usage) {
  const std::optional<ProvisionedConcurrencySet> change = scaler.Step(scaler.NextDeadline(), usage);
  if (!change.has_value()) return std::nullopt;
  EXPECT_EQ(change->function, kFunction);
  EXPECT_EQ(change->concurrency_provisioned, scaler.concurrency());
  return change->concurrency_provisioned;
}

// A scaler that tracks from 10 on, all of which are there.
ProvisionedScaler TrackingFromTen() {
  ProvisionedScaler scaler(kFunction, {{.at = Min(0), .concurrency = 10}}, kTracking, Min(0));
  EXPECT_EQ(Next(scaler, {}), 10);
  return scaler;
}

TEST(ProvisionedScalerTest, FollowsItsSchedule) {
  ProvisionedScaler scaler(
      kFunction, {{.at = Min(5), .concurrency = 7}, {.at = Min(9), .concurrency = 0}}, {}, Min(0));
  EXPECT_EQ(scaler.concurrency(), 0);
  EXPECT_EQ(scaler.NextDeadline(), Min(5));
  EXPECT_EQ(Next(scaler, {}), 7);
  EXPECT_EQ(scaler.NextDeadline(), Min(9));
  EXPECT_EQ(Next(scaler, {}), 0);
  EXPECT_EQ(scaler.NextDeadline(), Instant::InfiniteFuture());
}

TEST(ProvisionedScalerTest, WhoComesLateFindsTheLastEntryThatHasCome) {
  ProvisionedScaler scaler(
      kFunction, {{.at = Min(5), .concurrency = 7}, {.at = Min(9), .concurrency = 2}}, {}, Min(0));
  const std::optional<ProvisionedConcurrencySet> change = scaler.Step(Min(10), {});
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->concurrency_provisioned, 2);
}

TEST(ProvisionedScalerTest, TrackingBeginsAtItsMinimum) {
  ProvisionedScaler scaler(kFunction, {}, kTracking, Min(0));
  EXPECT_EQ(scaler.NextDeadline(), Min(0));
  EXPECT_EQ(Next(scaler, {}), 4);
  EXPECT_EQ(scaler.NextDeadline(), Min(1));
}

TEST(ProvisionedScalerTest, ThreeMinutesAboveTheTargetScaleOut) {
  ProvisionedScaler scaler = TrackingFromTen();
  const ProvisionedUsage above{.available = 10, .busy_max = 8};
  EXPECT_EQ(Next(scaler, above), std::nullopt);
  EXPECT_EQ(Next(scaler, above), std::nullopt);
  // 8 / 0.7 = 11.4.
  EXPECT_EQ(Next(scaler, above), 12);
}

TEST(ProvisionedScalerTest, AMinuteAtTheTargetIsNotAboveIt) {
  ProvisionedScaler scaler = TrackingFromTen();
  const ProvisionedUsage above{.available = 10, .busy_max = 8};
  const ProvisionedUsage at{.available = 10, .busy_max = 7};
  for (const ProvisionedUsage& usage : {above, above, at, above, above}) {
    EXPECT_EQ(Next(scaler, usage), std::nullopt);
  }
  EXPECT_EQ(Next(scaler, above), 12);
}

TEST(ProvisionedScalerTest, FifteenMinutesBelowNineTenthsOfTheTargetScaleIn) {
  ProvisionedScaler scaler = TrackingFromTen();
  const ProvisionedUsage below{.available = 10, .busy_max = 6};  // 60 %, below 63 %.
  for (int minute = 0; minute < kScaleInMinutes - 1; ++minute) {
    ASSERT_EQ(Next(scaler, below), std::nullopt) << minute;
  }
  // 6 / 0.7 = 8.6.
  EXPECT_EQ(Next(scaler, below), 9);
}

TEST(ProvisionedScalerTest, ExactlyNineTenthsOfTheTargetIsNotBelow) {
  ProvisionedScaler scaler(kFunction, {{.at = Min(0), .concurrency = 100}}, kTracking, Min(0));
  Next(scaler, {});
  for (int minute = 0; minute < 40; ++minute) {
    ASSERT_EQ(Next(scaler, {.available = 100, .busy_max = 63}), std::nullopt);
  }
  for (int minute = 0; minute < kScaleInMinutes - 1; ++minute) {
    ASSERT_EQ(Next(scaler, {.available = 100, .busy_max = 62}), std::nullopt);
  }
  EXPECT_EQ(Next(scaler, {.available = 100, .busy_max = 62}), 89);
}

TEST(ProvisionedScalerTest, MinutesBeforeTheLastChangeIsThereDoNotCount) {
  ProvisionedScaler scaler = TrackingFromTen();
  for (int minute = 0; minute < 20; ++minute) {
    ASSERT_EQ(Next(scaler, {.available = 9, .busy_max = 9}), std::nullopt);
  }
  for (int minute = 0; minute < kScaleOutMinutes - 1; ++minute) {
    ASSERT_EQ(Next(scaler, {.available = 10, .busy_max = 10}), std::nullopt);
  }
  EXPECT_EQ(Next(scaler, {.available = 10, .busy_max = 10}), 15);
}

TEST(ProvisionedScalerTest, TheLimitsHold) {
  ProvisionedScaler scaler(kFunction, {{.at = Min(0), .concurrency = 90}}, kTracking, Min(0));
  Next(scaler, {});
  for (int minute = 0; minute < kScaleOutMinutes - 1; ++minute) {
    Next(scaler, {.available = 90, .busy_max = 90});
  }
  EXPECT_EQ(Next(scaler, {.available = 90, .busy_max = 90}), 100);
  for (int minute = 0; minute < kScaleInMinutes - 1; ++minute) {
    ASSERT_EQ(Next(scaler, {.available = 100, .busy_max = 0}), std::nullopt);
  }
  EXPECT_EQ(Next(scaler, {.available = 100, .busy_max = 0}), 4);
}

}  // namespace
}  // namespace floe
