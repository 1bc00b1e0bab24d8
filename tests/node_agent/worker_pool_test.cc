#include "node_agent/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <vector>

namespace floe::node_agent {
namespace {

TEST(WorkerPoolTest, RunsEverythingPostedBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(3);
    for (int i = 0; i < 100; ++i) pool.Post([&done] { ++done; });
  }
  EXPECT_EQ(done, 100);
}

TEST(SerialQueueTest, RunsTasksOneAtATimeInTheirOrderOnAnyPool) {
  std::vector<int> order;  // Unguarded: the queue is what keeps the tasks apart.
  SerialQueue queue;
  {
    std::promise<void> all_done;
    WorkerPool first(2);
    WorkerPool second(2);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(queue.Post(i % 2 == 0 ? &first : &second, [&order, i] { order.push_back(i); }));
    }
    queue.PostAlways(&first, [&all_done] { all_done.set_value(); });
    all_done.get_future().wait();
  }
  ASSERT_EQ(order.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(order[i], i);
}

TEST(SerialQueueTest, TheTurnIsFreeOnlyWhenNothingRunsAndNothingWaits) {
  SerialQueue queue;
  std::promise<void> ran;
  WorkerPool pool(1);
  ASSERT_TRUE(queue.TryEnter());
  EXPECT_FALSE(queue.TryEnter());
  ASSERT_TRUE(queue.Post(&pool, [&ran] { ran.set_value(); }));
  EXPECT_FALSE(queue.TryEnter());
  queue.Leave();
  ran.get_future().wait();
  while (!queue.TryEnter()) std::this_thread::yield();
  queue.Leave();
}

TEST(SerialQueueTest, RefusesTasksBeyondItsLimitButNotTheLastOne) {
  SerialQueue queue;
  std::atomic<int> done = 0;
  {
    std::promise<void> last;
    WorkerPool pool(1);
    ASSERT_TRUE(queue.TryEnter());
    for (int i = 0; i < SerialQueue::kTasksMax; ++i) {
      ASSERT_TRUE(queue.Post(&pool, [&done] { ++done; })) << i;
    }
    EXPECT_FALSE(queue.Post(&pool, [&done] { ++done; }));
    queue.PostAlways(&pool, [&last] { last.set_value(); });
    queue.Leave();
    last.get_future().wait();
  }
  EXPECT_EQ(done, SerialQueue::kTasksMax);
}

TEST(SerialQueueTest, ATaskMayHoldTheLastReferenceToTheOwnerOfTheQueue) {
  struct Owner {
    SerialQueue queue;
  };
  auto owner = std::make_shared<Owner>();
  const std::weak_ptr<Owner> watched = owner;
  std::promise<void> released;
  {
    WorkerPool pool(2);
    SerialQueue& queue = owner->queue;
    queue.PostAlways(&pool, [&released, owner] { released.get_future().wait(); });
    queue.PostAlways(&pool, [owner] {});
    owner.reset();
    released.set_value();
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace floe::node_agent
