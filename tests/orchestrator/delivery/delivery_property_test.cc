// Random lives of queues, judged by the naive ones.

#include <cstdint>
#include <string>

#include "base/prng.h"
#include "gtest/gtest.h"
#include "tests/orchestrator/delivery/delivery_judge.h"

namespace floe {
namespace {

class PrngDice final : public DeliveryDice {
 public:
  explicit PrngDice(uint64_t seed) : prng_(seed) {}
  uint32_t Below(uint32_t bound) override { return static_cast<uint32_t>(prng_.Below(bound)); }

 private:
  Prng prng_;
};

TEST(DeliveryPropertyTest, AsynchronousQueuesDoWhatTheNaiveOneDoes) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    PrngDice dice(seed);
    ASSERT_EQ(JudgeAsynchronousQueue(dice, 250), "") << "seed " << seed;
  }
}

TEST(DeliveryPropertyTest, MessageQueuesDoWhatTheNaiveOneDoes) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    PrngDice dice(seed);
    ASSERT_EQ(JudgeMessageQueue(dice, 250), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace floe
