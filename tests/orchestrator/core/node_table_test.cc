#include "orchestrator/core/node_table.h"

#include <cstdint>
#include <map>
#include <optional>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

TEST(NodeTableTest, HasNoRoomAtFirst) {
  const NodeTable nodes;
  EXPECT_EQ(nodes.MostFree(0), std::nullopt);
  EXPECT_FALSE(nodes.Contains(NodeId{0}));
}

TEST(NodeTableTest, FindsRoomUpToTheLastMebibyte) {
  NodeTable nodes;
  nodes.Join(NodeId{0}, 100);
  nodes.Place(NodeId{0}, 60);

  EXPECT_EQ(nodes.MostFree(40), NodeId{0});
  EXPECT_EQ(nodes.MostFree(41), std::nullopt);
  nodes.Release(NodeId{0}, 60);
  EXPECT_EQ(nodes.MostFree(100), NodeId{0});
}

TEST(NodeTableTest, AFullNodeHasRoomForNothingOnly) {
  NodeTable nodes;
  nodes.Join(NodeId{3}, 0);
  EXPECT_EQ(nodes.MostFree(0), NodeId{3});
  EXPECT_EQ(nodes.MostFree(1), std::nullopt);
}

TEST(NodeTableTest, FindsWhatALinearSearchFinds) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  Prng prng(kSeed);
  NodeTable nodes;
  std::map<uint32_t, int64_t> memory;
  std::map<uint32_t, int64_t> used;
  for (int i = 0; i < 5'000; ++i) {
    const auto node = static_cast<uint32_t>(prng.Below(37));
    const auto amount = static_cast<int64_t>(prng.Below(6));
    if (!memory.contains(node) || prng.Below(10) == 0) {
      nodes.Join(NodeId{node}, 10 * amount);
      memory[node] = 10 * amount;
    } else if (used[node] == 0 && prng.Below(3) == 0) {
      nodes.Remove(NodeId{node});
      memory.erase(node);
    } else if (used[node] >= amount && prng.Below(2) == 0) {
      nodes.Release(NodeId{node}, amount);
      used[node] -= amount;
    } else {
      nodes.Place(NodeId{node}, amount);
      used[node] += amount;
    }
    std::optional<NodeId> best;
    int64_t best_free = 0;
    for (const auto& [id, mib] : memory) {
      if (mib - used[id] >= (best.has_value() ? best_free + 1 : 3)) {
        best = NodeId{id};
        best_free = mib - used[id];
      }
    }
    ASSERT_EQ(nodes.MostFree(3), best) << "after " << i;
  }
}

TEST(NodeTableTest, BestFitIsTheLeastRoomThatIsEnoughAndTheLowestAmongEquals) {
  NodeTable nodes;
  EXPECT_EQ(nodes.BestFit(0), std::nullopt);
  nodes.Join(NodeId{0}, 500);
  nodes.Join(NodeId{2}, 200);
  nodes.Join(NodeId{3}, 200);
  EXPECT_EQ(nodes.BestFit(200), NodeId{2});
  EXPECT_EQ(nodes.BestFit(201), NodeId{0});
  EXPECT_EQ(nodes.BestFit(501), std::nullopt);
  nodes.Place(NodeId{2}, 1);
  EXPECT_EQ(nodes.BestFit(200), NodeId{3});
  EXPECT_EQ(nodes.BestFit(199), NodeId{2});
}

}  // namespace
}  // namespace floe
