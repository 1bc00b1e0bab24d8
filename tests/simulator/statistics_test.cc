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
  EXPECT_DOUBLE_EQ(summary.series[0].busy, 4);
  EXPECT_DOUBLE_EQ(summary.series[1].busy, 2);
  EXPECT_DOUBLE_EQ(summary.series[2].busy, 0);
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
