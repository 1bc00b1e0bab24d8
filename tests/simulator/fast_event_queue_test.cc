// The plain heap is the judge: the fast queue must give the same entries in the same order.

#include "simulator/fast_event_queue.h"

#include <algorithm>
#include <cstdint>

#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "simulator/event_queue.h"

namespace floe {
namespace {

Instant At(int64_t nanoseconds) {
  return Instant::FromNanoseconds(nanoseconds);
}

TEST(FastEventQueueTest, WhatIsDueComesByTimeAndThenByInsertion) {
  FastEventQueue queue;
  queue.Push(At(20), 1);
  queue.Push(At(10), 2);
  queue.Push(At(20), 3);
  EXPECT_FALSE(queue.HasDue(At(9)));
  ASSERT_TRUE(queue.HasDue(At(10)));
  EXPECT_EQ(queue.top_value(), 2u);
  queue.Pop();
  EXPECT_FALSE(queue.HasDue(At(19)));
  ASSERT_TRUE(queue.HasDue(At(20)));
  EXPECT_EQ(queue.top_value(), 1u);
  EXPECT_EQ(queue.top_time(), At(20));
  queue.Pop();
  ASSERT_TRUE(queue.HasDue(At(20)));
  EXPECT_EQ(queue.top_value(), 3u);
  queue.Pop();
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.HasDue(At(1'000'000)));
}

TEST(FastEventQueueTest, WhatIsAddedForThePresentComesBeforeTheFuture) {
  FastEventQueue queue;
  queue.Push(At(5), 1);
  queue.Push(At(7), 2);
  ASSERT_TRUE(queue.HasDue(At(5)));
  queue.Pop();
  queue.Push(At(5), 3);
  ASSERT_TRUE(queue.HasDue(At(5)));
  EXPECT_EQ(queue.top_value(), 3u);
}

TEST(FastEventQueueTest, ManyEntriesOfOneTimeKeepTheirOrder) {
  FastEventQueue queue;
  for (uint32_t value = 0; value < 1'000; ++value) queue.Push(At(1'000'000'000), value);
  for (uint32_t value = 0; value < 1'000; ++value) {
    ASSERT_TRUE(queue.HasDue(At(1'000'000'000)));
    ASSERT_EQ(queue.top_value(), value);
    queue.Pop();
  }
  EXPECT_TRUE(queue.empty());
}

// How far ahead an entry is due: nothing, near, or far, on a grid or not.
int64_t RandomAhead(Prng& prng, int64_t scale) {
  const auto bound = static_cast<uint64_t>(scale);
  switch (prng.Below(8)) {
    case 0:
      return 0;
    case 1:
      return static_cast<int64_t>(prng.Below(bound / 50 + 1));
    case 2:
      return scale;
    case 3:
      return static_cast<int64_t>(prng.Below(10'000 * bound));
    default:
      return static_cast<int64_t>(prng.Below(bound));
  }
}

TEST(FastEventQueueTest, PopsWhatThePlainHeapPopsInTheSameOrder) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Prng prng(seed);
    FastEventQueue fast;
    EventQueue plain;
    int64_t now = 0;
    int64_t scale = int64_t{1} << (4 + prng.Below(36));
    for (int step = 0; step < 30'000; ++step) {
      // Now and then the traffic changes, and the length of a bin no longer fits.
      if (prng.Draw({1, 5'000})) scale = int64_t{1} << (4 + prng.Below(36));
      now += static_cast<int64_t>(prng.Below(static_cast<uint64_t>(scale) / 8 + 1));
      while (plain.top_time() <= At(now)) {
        ASSERT_TRUE(fast.HasDue(At(now)));
        ASSERT_EQ(fast.top_time(), plain.top_time());
        ASSERT_EQ(fast.top_value(), plain.top_value());
        fast.Pop();
        plain.Pop();
      }
      ASSERT_FALSE(fast.HasDue(At(now)));
      ASSERT_EQ(fast.size(), plain.size());
      const uint64_t pushes = prng.Draw({1, 500}) ? 200 : prng.Below(3);
      const bool together = prng.Draw({1, 4});
      const int64_t at = now + RandomAhead(prng, scale);
      for (uint64_t i = 0; i < pushes; ++i) {
        const Instant due = At(together ? at : now + RandomAhead(prng, scale));
        const auto value = static_cast<uint32_t>(prng.Below(FastEventQueue::kValueMax + 1));
        fast.Push(due, value);
        plain.Push(due, value);
      }
    }
  }
}

}  // namespace
}  // namespace floe
