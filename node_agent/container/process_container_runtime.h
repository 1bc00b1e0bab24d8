// Containers that are none: plain child processes of this process's user. THEY ARE NOT ISOLATED.
//
// For machines without root and for quick tests of trusted code. What is kept of the contract:
// runs, exits, output, killing the whole process tree, freezing (SIGSTOP), the Runtime API's
// address, the limit of open files, and descriptors closed but for 0, 1 and 2. What is not: the
// host's files, network and processes are all within reach; memory, CPU, /tmp size and process
// limits are not applied; a program that escapes on purpose is not found. When this process is
// killed, entrypoints die, but not what they started.
//
// Paths of the spec are translated on a best-effort basis: the entrypoint and working directory are
// looked up below the mounts and the root directory, but the program then sees the host's paths.
// TMPDIR names a directory of the container's own, which is removed with it.

#ifndef FLOE_NODE_AGENT_CONTAINER_PROCESS_CONTAINER_RUNTIME_H_
#define FLOE_NODE_AGENT_CONTAINER_PROCESS_CONTAINER_RUNTIME_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "node_agent/container/container_runtime.h"

namespace floe::node_agent {

struct ProcessContainerRuntimeOptions {
  int launch_threads = 2;                    // Processes started at the same time.
  std::string temporary_directory = "/tmp";  // Where each container's TMPDIR is made.
};

class ProcessContainerRuntime : public ContainerRuntime {
 public:
  // Says on stderr that nothing is isolated. FAILED_PRECONDITION: the kernel lacks a needed call,
  // or the process ignores SIGCHLD. NOT_FOUND: no temporary directory.
  static absl::StatusOr<std::unique_ptr<ProcessContainerRuntime>> Create(
      const ProcessContainerRuntimeOptions& options);

  using ContainerRuntime::Create;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_PROCESS_CONTAINER_RUNTIME_H_
