// A node as the live side holds it, from AddNode to RemoveNode.

#ifndef FLOE_ORCHESTRATOR_LIVE_NODE_H_
#define FLOE_ORCHESTRATOR_LIVE_NODE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "orchestrator/core/ids.h"
#include "orchestrator/live/call_gate.h"
#include "orchestrator/live/node_link.h"

namespace floe::live {

class Node {
 public:
  Node(NodeId id, std::string name, int64_t memory_mib, NodeLink* link)
      : id_(id), name_(std::move(name)), memory_mib_(memory_mib), link_(link) {}

  NodeId id() const { return id_; }
  const std::string& name() const { return name_; }
  int64_t memory_mib() const { return memory_mib_; }

  // The engine only. Without effect once cut off.
  void Send(v1::SessionResponse command) {
    if (!gate_.Enter()) return;
    link_->Send(std::move(command));
    gate_.Leave();
  }
  // The link is used no more once this returns.
  void CutOff() { gate_.Close(); }

 private:
  const NodeId id_;
  const std::string name_;
  const int64_t memory_mib_;
  NodeLink* const link_;
  CallGate gate_;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_NODE_H_
