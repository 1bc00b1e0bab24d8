#include "orchestrator/core/deadline_lists.h"

#include <cstdint>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

Instant Second(int64_t n) {
  return Instant() + Duration::Seconds(n);
}

TEST(DeadlineListsTest, HasNothingAtFirst) {
  const DeadlineLists deadlines;
  EXPECT_EQ(deadlines.Next(), Instant::InfiniteFuture());
}

TEST(DeadlineListsTest, SharesTheListOfOneLength) {
  DeadlineLists deadlines;
  const DeadlineLists::Slot a = deadlines.Acquire(Duration::Seconds(3));
  const DeadlineLists::Slot b = deadlines.Acquire(Duration::Seconds(4));
  EXPECT_NE(a, b);
  EXPECT_EQ(deadlines.Acquire(Duration::Seconds(3)), a);
}

TEST(DeadlineListsTest, GivesAListWithoutUsersAway) {
  DeadlineLists deadlines;
  const DeadlineLists::Slot a = deadlines.Acquire(Duration::Seconds(3));
  deadlines.AddUser(a);
  deadlines.Release(a);
  EXPECT_NE(deadlines.Acquire(Duration::Seconds(4)), a);
  deadlines.Release(a);
  EXPECT_EQ(deadlines.Acquire(Duration::Seconds(5)), a);
}

TEST(DeadlineListsTest, AmongEqualsTheOneMadeFirstComesFirst) {
  DeadlineLists deadlines;
  const DeadlineLists::Slot two = deadlines.Acquire(Duration::Seconds(2));
  const DeadlineLists::Slot three = deadlines.Acquire(Duration::Seconds(3));
  for (int i = 0; i < 3; ++i) deadlines.AddRow();
  deadlines.Start(three, 2, Second(0));
  deadlines.Start(two, 1, Second(1));
  deadlines.Start(two, 0, Second(1));

  ASSERT_EQ(deadlines.Next(), Second(3));
  for (const uint32_t row : {2u, 1u, 0u}) {
    EXPECT_EQ(deadlines.PeekFirst().row, row);
    deadlines.Cancel(row);
  }
  EXPECT_EQ(deadlines.Next(), Instant::InfiniteFuture());
  EXPECT_EQ(deadlines.DueOf(1), Second(3));
}

TEST(DeadlineListsTest, WhatLiesBeyondTheEndOfTimeNeverComes) {
  DeadlineLists deadlines;
  const DeadlineLists::Slot slot = deadlines.Acquire(Duration::Seconds(1));
  deadlines.AddRow();
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(deadlines.Start(slot, 0, Instant::FromNanoseconds(kEnd - 1'000'000'001)),
            Instant::FromNanoseconds(kEnd - 1));
  deadlines.Cancel(0);
  EXPECT_EQ(deadlines.Start(slot, 0, Instant::FromNanoseconds(kEnd - 1'000'000'000)),
            Instant::InfiniteFuture());
  EXPECT_EQ(deadlines.Next(), Instant::InfiniteFuture());
}

TEST(DeadlineListsTest, FindsWhatALinearSearchFinds) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(kSeed);
  Prng prng(kSeed);
  constexpr uint32_t kRows = 40;
  DeadlineLists deadlines;
  std::vector<std::pair<DeadlineLists::Slot, Duration>> lists;
  for (int64_t length : {7, 1, 30, 12, 2, 5, 19, 3, 8, 0}) {
    const Duration duration = Duration::Nanoseconds(length);
    lists.emplace_back(deadlines.Acquire(duration), duration);
  }
  for (uint32_t i = 0; i < kRows; ++i) deadlines.AddRow();
  // Due, made, order of making.
  std::map<uint32_t, std::tuple<Instant, Instant, int>> pending;
  Instant now;
  for (int i = 0; i < 5'000; ++i) {
    now = now + Duration::Nanoseconds(static_cast<int64_t>(prng.Below(2)));
    const auto row = static_cast<uint32_t>(prng.Below(kRows));
    ASSERT_EQ(deadlines.IsPending(row), pending.contains(row));
    if (pending.erase(row) == 1) {
      deadlines.Cancel(row);
    } else {
      const auto& [slot, length] = lists[prng.Below(lists.size())];
      EXPECT_EQ(deadlines.Start(slot, row, now), now + length);
      pending[row] = {now + length, now, i};
    }
    deadlines.CheckInvariants();
    Instant next = Instant::InfiniteFuture();
    const std::tuple<Instant, Instant, int>* first = nullptr;
    for (const auto& [_, deadline] : pending) {
      if (first == nullptr || deadline < *first) first = &deadline;
    }
    if (first != nullptr) next = std::get<0>(*first);
    ASSERT_EQ(deadlines.Next(), next);
    if (first == nullptr) continue;
    ASSERT_EQ(&pending.at(deadlines.PeekFirst().row), first) << "after " << i;
  }
}

TEST(DeadlineListsTest, SingleDeadlinesComeAfterThoseOfALengthAndByRow) {
  DeadlineLists deadlines;
  const DeadlineLists::Slot slot = deadlines.Acquire(Duration::Nanoseconds(5));
  for (int i = 0; i < 4; ++i) deadlines.AddRow();
  deadlines.StartSingle(2, Instant::FromNanoseconds(5));
  deadlines.StartSingle(1, Instant::FromNanoseconds(5));
  deadlines.StartSingle(0, Instant::FromNanoseconds(6));
  deadlines.Start(slot, 3, Instant());
  std::vector<uint32_t> rows;
  while (deadlines.Next() != Instant::InfiniteFuture()) {
    rows.push_back(deadlines.PeekFirst().row);
    deadlines.Cancel(rows.back());
    deadlines.CheckInvariants();
  }
  EXPECT_EQ(rows, (std::vector<uint32_t>{3, 1, 2, 0}));
}

TEST(DeadlineListsTest, SingleDeadlinesAreFoundInTheirOrder) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  Prng prng(kSeed);
  DeadlineLists deadlines;
  constexpr uint32_t kRows = 50;
  for (uint32_t i = 0; i < kRows; ++i) deadlines.AddRow();
  std::map<uint32_t, Instant> pending;
  for (int i = 0; i < 5'000; ++i) {
    const auto row = static_cast<uint32_t>(prng.Below(kRows));
    if (pending.erase(row) == 1) {
      deadlines.Cancel(row);
    } else {
      pending[row] = Instant::FromNanoseconds(static_cast<int64_t>(prng.Below(20)));
      deadlines.StartSingle(row, pending[row]);
    }
    deadlines.CheckInvariants();
    std::pair<Instant, uint32_t> first(Instant::InfiniteFuture(), kRows);
    for (const auto& [one, due] : pending) first = std::min(first, std::pair(due, one));
    ASSERT_EQ(deadlines.Next(), first.first);
    if (pending.empty()) continue;
    ASSERT_EQ(deadlines.PeekFirst().row, first.second);
  }
}

}  // namespace
}  // namespace floe
