// The node agent: dials the orchestrator, carries out its commands with a ContainerRuntime, serves the
// Runtime API of each environment, and reports.
//
// Thread-safe. Owns everything it starts; destroying it stops every environment.

#ifndef FLOE_NODE_AGENT_AGENT_H_
#define FLOE_NODE_AGENT_AGENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "grpcpp/channel.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"

namespace floe::node_agent {

struct AgentOptions {
  std::string node_name = "local";  // 1 to 63 of [a-z0-9-].
  int64_t memory_mib = 0;           // Offered to environments; 0: the machine's memory.
  int environments_max = 4'096;
  int start_threads = 4;            // Containers made at the same time.
  int http_threads = 2;             // For all Runtime APIs together.
};

class Agent {
 public:
  // Starts dialling `channel` at once and for ever, with back-off. `runtime` and `images` outlive it.
  static absl::StatusOr<std::unique_ptr<Agent>> Create(const AgentOptions& options,
                                                       std::shared_ptr<grpc::Channel> channel,
                                                       ContainerRuntime* runtime,
                                                       ImageStore* images);
  virtual ~Agent() = default;

  virtual bool IsConnected() const = 0;
  virtual int64_t EnvironmentCount() const = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_AGENT_H_
