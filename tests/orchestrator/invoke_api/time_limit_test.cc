// Time limits that expire, end, or are dropped.

#include "orchestrator/invoke_api/time_limit.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace floe::invoke_api {
namespace {

TEST(TimeLimitTest, ExpiresInTheOrderOfBeginning) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<int> expired;
  TimeLimit limit(Duration::Milliseconds(5));
  for (int i = 0; i < 3; ++i) {
    limit.Begin([&, i] {
      const std::lock_guard<std::mutex> lock(mutex);
      expired.push_back(i);
      changed.notify_all();
    });
  }
  std::unique_lock<std::mutex> lock(mutex);
  ASSERT_TRUE(
      changed.wait_for(lock, std::chrono::seconds(30), [&] { return expired.size() == 3; }));
  EXPECT_EQ(expired, (std::vector<int>{0, 1, 2}));
}

TEST(TimeLimitTest, ForgetsWhatHasEnded) {
  TimeLimit limit(Duration::Seconds(3'600));
  auto held = std::make_shared<int>(7);
  bool expired = false;
  const TimeLimit::Handle handle = limit.Begin([held, &expired] { expired = true; });
  EXPECT_EQ(held.use_count(), 2);

  limit.End(handle);
  limit.End(handle);

  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(expired);
}

TEST(TimeLimitTest, CallsNothingWhenItIsDestroyed) {
  bool expired = false;
  {
    TimeLimit limit(Duration::Seconds(3'600));
    limit.Begin([&expired] { expired = true; });
  }
  EXPECT_FALSE(expired);
}

}  // namespace
}  // namespace floe::invoke_api
