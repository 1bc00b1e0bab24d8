// The way to one node agent.

#ifndef FLOE_ORCHESTRATOR_LIVE_NODE_LINK_H_
#define FLOE_ORCHESTRATOR_LIVE_NODE_LINK_H_

#include "proto/floe/v1/node.pb.h"

namespace floe::live {

// Implemented by the control plane's sessions. Called by the engine, one call at a time.
class NodeLink {
 public:
  virtual ~NodeLink() = default;
  // Queues a command (without sequence numbers, which the link adds). Never blocks; a link whose
  // queue is full ends its session, which the orchestrator learns through RemoveNode.
  virtual void Send(v1::SessionResponse command) = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_NODE_LINK_H_
