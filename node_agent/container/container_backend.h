// What differs between the runtimes that start real processes: how processes are started, killed
// and frozen. Everything else of a container is SupervisedContainer.

#ifndef FLOE_NODE_AGENT_CONTAINER_CONTAINER_BACKEND_H_
#define FLOE_NODE_AGENT_CONTAINER_CONTAINER_BACKEND_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "node_agent/linux/pidfd.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// Thread-compatible: one call at a time.
class ContainerBackend {
 public:
  virtual ~ContainerBackend() = default;

  // Starts the entrypoint with `output_fd` as its stdout and stderr. The container holds no
  // process.
  virtual absl::StatusOr<UniqueFd> Start(int output_fd) = 0;
  // Sends SIGKILL to every process of the container, frozen or not, without waiting.
  virtual absl::Status KillAll(int entrypoint_pidfd) = 0;
  // The entrypoint has ended and was reaped: makes sure that nothing else is left, and waits for
  // it.
  virtual absl::Status KillRest() = 0;
  // Returns when no process of the container runs.
  virtual absl::Status Freeze() = 0;
  virtual absl::Status Thaw() = 0;
  // How many processes the kernel has killed so far for want of memory; 0 when unknown.
  virtual int64_t OutOfMemoryKills() = 0;
  virtual int64_t MemoryUsedMaxMib() const = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_CONTAINER_BACKEND_H_
