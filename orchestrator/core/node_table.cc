#include "orchestrator/core/node_table.h"

#include <cstddef>
#include <limits>

#include "base/check.h"

namespace floe {

NodeTable::NodeTable() : winners_(2, 0) {}

void NodeTable::Join(NodeId node, int64_t memory_mib) {
  CHECK(node.value < kNodesMax && memory_mib >= 0);
  if (node.value >= nodes_.size()) Grow(node.value + 1);
  nodes_[node.value].memory_mib = memory_mib;
  nodes_[node.value].is_joined = true;
  Update(node.value);
}

void NodeTable::Remove(NodeId node) {
  CHECK(Contains(node) && used_mib(node) == 0);
  nodes_[node.value] = Node{};
  Update(node.value);
}

std::optional<NodeId> NodeTable::MostFree(int64_t memory_mib) const {
  const uint32_t best = winners_[1];
  if (FreeOf(best) < memory_mib) return std::nullopt;
  return NodeId{best};
}

std::optional<NodeId> NodeTable::BestFit(int64_t memory_mib) const {
  std::optional<NodeId> best;
  int64_t best_free = 0;
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    const int64_t free = FreeOf(node);
    if (free < memory_mib || (best.has_value() && free >= best_free)) continue;
    best = NodeId{node};
    best_free = free;
  }
  return best;
}

void NodeTable::Place(NodeId node, int64_t memory_mib) {
  DCHECK(Contains(node));
  nodes_[node.value].used_mib += memory_mib;
  Update(node.value);
}

void NodeTable::Release(NodeId node, int64_t memory_mib) {
  DCHECK(Contains(node) && used_mib(node) >= memory_mib);
  nodes_[node.value].used_mib -= memory_mib;
  Update(node.value);
}

int64_t NodeTable::FreeOf(uint32_t node) const {
  if (!Contains(NodeId{node})) return std::numeric_limits<int64_t>::min();
  return nodes_[node].memory_mib - nodes_[node].used_mib;
}

uint32_t NodeTable::WinnerBelow(uint32_t i) const {
  const uint32_t child = 2 * i;
  const uint32_t left = winners_[child];
  const uint32_t right = winners_[child + 1];
  return FreeOf(left) >= FreeOf(right) ? left : right;
}

void NodeTable::Update(uint32_t node) {
  for (uint32_t i = (leaves_ + node) / 2; i >= 1; i /= 2) winners_[i] = WinnerBelow(i);
}

void NodeTable::Grow(uint32_t nodes) {
  nodes_.resize(nodes);
  if (nodes <= leaves_) return;
  while (leaves_ < nodes) leaves_ *= 2;
  winners_.assign(size_t{2} * leaves_, 0);
  for (uint32_t i = 0; i < leaves_; ++i) winners_[leaves_ + i] = i;
  for (uint32_t i = leaves_ - 1; i >= 1; --i) winners_[i] = WinnerBelow(i);
}

}  // namespace floe
