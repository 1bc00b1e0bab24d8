// The parts of one node, made in the right order: images, containers, and the agent that uses both.

#ifndef FLOE_DAEMON_NODE_H_
#define FLOE_DAEMON_NODE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "daemon/daemon_options.h"
#include "grpcpp/channel.h"
#include "node_agent/agent.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"
#include "proto/session/completions.h"

namespace floe {

class Node {
 public:
  // `completions`: of the server, when the channel is inside the process; may be null.
  static absl::StatusOr<std::unique_ptr<Node>> Create(
      const NodeOptions& options, std::shared_ptr<grpc::Channel> channel,
      std::shared_ptr<session::Completions> completions);

  bool IsConnected() const { return agent_->IsConnected(); }

 private:
  Node() = default;

  // The agent goes first when the node is destroyed.
  std::unique_ptr<node_agent::ImageStore> images_;
  std::unique_ptr<node_agent::ContainerRuntime> runtime_;
  std::unique_ptr<node_agent::Agent> agent_;
};

}  // namespace floe

#endif  // FLOE_DAEMON_NODE_H_
