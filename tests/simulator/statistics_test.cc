#include "simulator/statistics.h"

#include "gtest/gtest.h"

namespace floe {
namespace {

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

TEST(LevelTrackerTest, MeansAreWeightedByTime) {
  LevelTracker tracker(Duration::Seconds(10), Duration());
  tracker.Advance(Sec(2));
  tracker.levels.busy = 5;
  tracker.Advance(Sec(6));
  tracker.levels.busy = 0;
  tracker.levels.idle = 1;
  tracker.levels.idle_mib = 1'024;
  const LevelSummary summary = tracker.Finish();
  EXPECT_DOUBLE_EQ(summary.mean.busy, 2.0);
  EXPECT_DOUBLE_EQ(summary.mean.idle, 0.4);
  EXPECT_DOUBLE_EQ(summary.mean.live(), 2.4);
  EXPECT_DOUBLE_EQ(summary.idle_gb_seconds, 4.0);
  EXPECT_EQ(summary.max.busy, 5);
  EXPECT_EQ(summary.max.live, 5);
}

TEST(LevelTrackerTest, TheWarmUpIsCutOffExactly) {
  LevelTracker tracker(Duration::Seconds(10), Duration::Seconds(4));
  tracker.levels.busy = 8;
  tracker.Advance(Sec(5));
  tracker.levels.busy = 2;
  const LevelSummary summary = tracker.Finish();
  EXPECT_DOUBLE_EQ(summary.mean.busy, (8.0 * 1 + 2.0 * 5) / 6);
  EXPECT_EQ(summary.max.busy, 8);
}

TEST(LevelTrackerTest, AMaximumBeforeTheEndOfTheWarmUpIsForgotten) {
  LevelTracker tracker(Duration::Seconds(10), Duration::Seconds(4));
  tracker.levels.busy = 8;
  tracker.Advance(Sec(4));
  tracker.levels.busy = 2;
  EXPECT_EQ(tracker.Finish().max.busy, 2);
}

TEST(LevelTrackerTest, WhatLastsNoTimeIsNoMaximum) {
  LevelTracker tracker(Duration::Seconds(10), Duration());
  tracker.Advance(Sec(1));
  tracker.levels.busy = 100;
  tracker.Advance(Sec(1));
  tracker.levels.busy = 1;
  EXPECT_EQ(tracker.Finish().max.busy, 1);
}

TEST(LevelTrackerTest, TheSeriesCoversTheWholeRunInEqualParts) {
  LevelTracker tracker(Duration::Seconds(LevelTracker::kSeriesParts), Duration::Seconds(3));
  tracker.levels.busy = 4;
  tracker.Advance(Sec(1) + Duration::Milliseconds(500));
  tracker.levels.busy = 0;
  const LevelSummary summary = tracker.Finish();
  ASSERT_EQ(summary.series.size(), static_cast<size_t>(LevelTracker::kSeriesParts));
  EXPECT_DOUBLE_EQ(summary.series[0].mean.busy, 4);
  EXPECT_DOUBLE_EQ(summary.series[1].mean.busy, 2);
  EXPECT_DOUBLE_EQ(summary.series[2].mean.busy, 0);
}

TEST(LevelTrackerTest, EventsBelongToThePartThatBeginsAtTheirInstant) {
  LevelTracker tracker(Duration::Seconds(LevelTracker::kSeriesParts), Duration());
  tracker.CountArrival(Sec(0) + Duration::Nanoseconds(999'999'999));
  tracker.CountArrival(Sec(1));
  tracker.CountColdStart(Sec(1));
  tracker.CountThrottle(Sec(3), ThrottleReason::kScalingRate);
  const LevelSummary summary = tracker.Finish();
  EXPECT_EQ(summary.series[0].arrived, 1u);
  EXPECT_EQ(summary.series[1].arrived, 1u);
  EXPECT_EQ(summary.series[1].cold_starts, 1u);
  EXPECT_EQ(summary.series[2].arrived, 0u);
  EXPECT_EQ(
      summary.series[3].throttled_by_reason[static_cast<size_t>(ThrottleReason::kScalingRate)], 1u);
}

TEST(LevelTrackerTest, ConcurrencyIsWhatRunsAndWhatWaits) {
  LevelTracker tracker(Duration::Seconds(LevelTracker::kSeriesParts), Duration::Seconds(2));
  tracker.levels.waiting = 3;
  tracker.levels.busy = 2;
  tracker.Advance(Sec(1));
  tracker.levels.waiting = 0;
  tracker.Advance(Sec(4));
  tracker.levels.busy = 0;
  const LevelSummary summary = tracker.Finish();
  EXPECT_EQ(summary.series[0].concurrency_max, 5);
  EXPECT_EQ(summary.series[1].concurrency_max, 2);
  EXPECT_EQ(summary.series[3].concurrency_max, 2);
  EXPECT_EQ(summary.series[4].concurrency_max, 0);
  // The warm-up is not counted.
  EXPECT_EQ(summary.max.concurrency, 2);
  EXPECT_TRUE(summary.sums.concurrency() == __int128{2} * 2'000'000'000);
}

TEST(LatencyTallyTest, AllAndRunAreThePartsTogether) {
  LatencyTally tally;
  tally.warm.Add(Duration::Seconds(1));
  tally.cold.Add(Duration::Seconds(5));
  tally.cold_init.Add(Duration::Seconds(3));
  tally.cold_run.Add(Duration::Seconds(2));
  tally.queued.Add(Duration::Seconds(9));
  tally.queued_run.Add(Duration::Seconds(4));
  EXPECT_EQ(tally.All().count(), 3u);
  EXPECT_DOUBLE_EQ(tally.All().mean_seconds(), 5);
  EXPECT_EQ(tally.Run().count(), 3u);
  EXPECT_EQ(tally.Run().max(), Duration::Seconds(4));
  tally.Merge(tally);
  EXPECT_EQ(tally.All().count(), 6u);
  EXPECT_EQ(tally.cold_init.count(), 2u);
}

TEST(DeliveryTallyTest, WhatIsNeitherDeliveredNorDeadNorRefusedIsPending) {
  DeliveryTally tally{.arrived = 10, .delivered = 3, .refused = 2};
  tally.dead_by_cause[static_cast<size_t>(DeadLetterCause::kEventAgeExceeded)] = 1;
  EXPECT_EQ(tally.dead(), 1u);
  EXPECT_EQ(tally.pending(), 4u);
}

TEST(InvocationTallyTest, WhatIsNotAccountedForIsUnfinished) {
  InvocationTally tally{.arrived = 10, .finished = 4};
  tally.throttled_by_reason[0] = 2;
  tally.failed_by_cause[3] = 1;
  EXPECT_EQ(tally.throttled(), 2u);
  EXPECT_EQ(tally.failed(), 1u);
  EXPECT_EQ(tally.accepted(), 8u);
  EXPECT_EQ(tally.unfinished(), 3u);
}

}  // namespace
}  // namespace floe
