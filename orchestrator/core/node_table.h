// The nodes and their memory: which one takes the next environment.

#ifndef FLOE_ORCHESTRATOR_CORE_NODE_TABLE_H_
#define FLOE_ORCHESTRATOR_CORE_NODE_TABLE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/core/ids.h"

namespace floe {

// A table of nodes with a tournament tree over their free memory: the best node is known at once
// and a change costs the logarithm of the number of nodes. Thread-compatible.
class NodeTable {
 public:
  NodeTable();

  // The node offers `memory_mib` from now on; what is placed on it stays.
  // REQUIRES: node.value < kNodesMax, memory_mib >= 0.
  void Join(NodeId node, int64_t memory_mib);
  // REQUIRES: Contains(node), and nothing is placed on it.
  void Remove(NodeId node);
  bool Contains(NodeId node) const {
    return node.value < nodes_.size() && nodes_[node.value].is_joined;
  }

  // The node with the most free memory, the lowest id among equals, if `memory_mib` fit there.
  std::optional<NodeId> MostFree(int64_t memory_mib) const;
  // The node with the least free memory that is enough, the lowest id among equals. Linear in the
  // number of nodes.
  std::optional<NodeId> BestFit(int64_t memory_mib) const;
  // REQUIRES for both: Contains(node).
  void Place(NodeId node, int64_t memory_mib);
  void Release(NodeId node, int64_t memory_mib);

  // REQUIRES: Contains(node). Negative where a node reported less room than is in use.
  int64_t free_mib(NodeId node) const { return FreeOf(node.value); }
  int64_t used_mib(NodeId node) const { return nodes_[node.value].used_mib; }
  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }

 private:
  struct Node {
    int64_t memory_mib = 0;
    int64_t used_mib = 0;
    bool is_joined = false;
  };

  // Below every other value for a node that is not there.
  int64_t FreeOf(uint32_t node) const;
  // The one with more free memory of the two nodes that the children of `i` name; the left of
  // equals.
  uint32_t WinnerBelow(uint32_t i) const;
  void Update(uint32_t node);
  void Grow(uint32_t nodes);

  std::vector<Node> nodes_;
  // winners_[1] is the best node; the children of i are 2i and 2i+1, the leaves are the nodes.
  std::vector<uint32_t> winners_;
  uint32_t leaves_ = 1;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_NODE_TABLE_H_
