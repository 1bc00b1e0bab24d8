#include "node_agent/linux/prepared_pool.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "gtest/gtest.h"

namespace floe::node_agent {
namespace {

TEST(PreparedPoolTest, MakesAheadOfNeedAndNoMore) {
  std::atomic<int> made = 0;
  PreparedPool<int> pool(3, [&made]() -> absl::StatusOr<int> { return ++made; });
  pool.WaitUntilFull();
  EXPECT_EQ(made, 3);
  EXPECT_EQ(*pool.Take(), 1);
  pool.WaitUntilFull();
  EXPECT_EQ(made, 4);
}

TEST(PreparedPoolTest, FillsUpAgainByItselfOnceLessThanHalfIsLeft) {
  std::atomic<int> made = 0;
  PreparedPool<int> pool(4, [&made]() -> absl::StatusOr<int> { return ++made; });
  pool.WaitUntilFull();
  for (int taken = 1; taken <= 3; ++taken) EXPECT_EQ(*pool.Take(), taken);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (made < 7 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
  EXPECT_EQ(made, 7);
}

TEST(PreparedPoolTest, PoolOfNoneMakesOnDemand) {
  std::atomic<int> made = 0;
  PreparedPool<int> pool(0, [&made]() -> absl::StatusOr<int> { return ++made; });
  pool.WaitUntilFull();
  EXPECT_EQ(made, 0);
  EXPECT_EQ(*pool.Take(), 1);
  EXPECT_EQ(*pool.Take(), 2);
}

TEST(PreparedPoolTest, WhoAsksIsToldWhyNothingCanBeMade) {
  std::atomic<bool> broken = true;
  PreparedPool<int> pool(2, [&broken]() -> absl::StatusOr<int> {
    if (broken) return absl::ResourceExhaustedError("full");
    return 7;
  });
  EXPECT_EQ(pool.Take().status().code(), absl::StatusCode::kResourceExhausted);
  broken = false;
  EXPECT_EQ(*pool.Take(), 7);
}

TEST(PreparedPoolTest, HoldsWhatCanOnlyBeMoved) {
  PreparedPool<std::unique_ptr<int>> pool(1, [] { return std::make_unique<int>(5); });
  EXPECT_EQ(**pool.Take(), 5);
}

}  // namespace
}  // namespace floe::node_agent
