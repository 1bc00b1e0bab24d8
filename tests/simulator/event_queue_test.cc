#include "simulator/event_queue.h"

#include <cstdint>
#include <functional>
#include <queue>
#include <tuple>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

Instant At(int64_t nanoseconds) {
  return Instant::FromNanoseconds(nanoseconds);
}

TEST(EventQueueTest, GivesEntriesByTimeAndTiesInTheOrderOfInsertion) {
  EventQueue queue;
  queue.Push(At(20), 1);
  queue.Push(At(10), 2);
  queue.Push(At(20), 3);
  queue.Push(At(10), 4);
  std::vector<uint32_t> values;
  while (!queue.empty()) {
    EXPECT_EQ(queue.top_time(), At(values.size() < 2 ? 10 : 20));
    values.push_back(queue.top_value());
    queue.Pop();
  }
  EXPECT_EQ(values, (std::vector<uint32_t>{2, 4, 1, 3}));
}

TEST(EventQueueTest, AnEmptyQueueWaitsForEver) {
  EventQueue queue;
  EXPECT_EQ(queue.top_time(), Instant::InfiniteFuture());
  queue.Push(At(1), 0);
  ASSERT_EQ(queue.top_time(), At(1));
  queue.Pop();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.top_time(), Instant::InfiniteFuture());
}

TEST(EventQueueTest, TicketsDifferForEqualTimesAndValues) {
  EventQueue queue;
  const uint64_t first = queue.Push(At(1), EventQueue::kValueMax);
  const uint64_t second = queue.Push(At(1), EventQueue::kValueMax);
  EXPECT_NE(first, second);
  ASSERT_EQ(queue.top_time(), At(1));
  EXPECT_EQ(queue.top_ticket(), first);
  EXPECT_EQ(queue.top_value(), EventQueue::kValueMax);
}

// Pops in the same order as the standard library's queue, whatever the mix of pushes and pops.
TEST(EventQueueTest, AgreesWithThePlainQueueOnRandomUse) {
  using Plain = std::tuple<int64_t, uint64_t, uint32_t>;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Prng prng(seed);
    EventQueue queue;
    std::priority_queue<Plain, std::vector<Plain>, std::greater<>> plain;
    uint64_t pushed = 0;
    const uint64_t push_weight = 1 + prng.Below(9);
    const uint64_t spread = 1 + prng.Below(1'000);
    for (int step = 0; step < 2'000; ++step) {
      if (prng.Below(10) < push_weight) {
        const auto time = static_cast<int64_t>(prng.Below(spread)) + step / 10;
        const auto value = static_cast<uint32_t>(prng.Below(EventQueue::kValueMax + 1));
        queue.Push(At(time), value);
        plain.emplace(time, pushed++, value);
      } else if (!plain.empty()) {
        ASSERT_EQ(queue.top_time(), At(std::get<0>(plain.top())));
        ASSERT_EQ(queue.top_value(), std::get<2>(plain.top()));
        queue.Pop();
        plain.pop();
      }
      ASSERT_EQ(queue.size(), plain.size());
    }
  }
}

}  // namespace
}  // namespace floe
