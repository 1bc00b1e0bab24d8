// Floe's own launcher: a container is cgroups, a network namespace, a mount namespace, and
// processes that can be killed and started again.
//
// Guarantees, each pinned to a test of tests/node_agent/container/linux_container_runtime_test.cc:
//  - code runs as a user of its own, without capabilities, with no_new_privs and a seccomp filter;
//  - the root is read-only; only /tmp can be written, up to its size, and a full /tmp is ENOSPC,
//  not a
//    kill: /tmp pages count as memory, so the limit of the group is memory_mib + tmp_mib;
//  - no more than processes_max processes, no more memory than the limit, no swap;
//  - code sees its own processes, its own loopback, its own host name, and nothing of the host;
//  - when the entrypoint, which is process 1, ends, everything it started has ended;
//  - after Freeze no instruction runs; frozen containers can be killed and destroyed;
//  - nothing is mounted on the host. After destruction nothing is left; after kill -9 of the agent
//  every
//    process dies at once, mounts and namespaces vanish, and the next Create removes the cgroups.
//
// Process 1 has no default signal actions, so the entrypoint is ended by a signal of its own only
// if that is a fault or one that it handles; and orphans are its to wait for.

#ifndef FLOE_NODE_AGENT_CONTAINER_LINUX_CONTAINER_RUNTIME_H_
#define FLOE_NODE_AGENT_CONTAINER_LINUX_CONTAINER_RUNTIME_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "node_agent/container/container_runtime.h"

namespace floe::node_agent {

struct LinuxContainerRuntimeOptions {
  std::string name = "agent";  // Beginning of the cgroup tag: 1 to 63 of [a-z0-9-].
  int prepared_max = 64;       // Network namespaces and cgroups made ahead of need.
  int launch_threads = 4;      // Processes started at the same time.
  // Containers get users from here on, and groups of the same numbers.
  uid_t first_user = 200'000;
  int containers_max = 16'384;
};

class LinuxContainerRuntime : public ContainerRuntime {
 public:
  // Removes what dead agents left, and gets everything ready.
  // PERMISSION_DENIED: not root. FAILED_PRECONDITION: the kernel or its cgroups lack something, or
  // the process ignores SIGCHLD; the text names it. INVALID_ARGUMENT: an option is out of range.
  static absl::StatusOr<std::unique_ptr<LinuxContainerRuntime>> Create(
      const LinuxContainerRuntimeOptions& options);

  using ContainerRuntime::Create;

  // Waits until as much is prepared as `prepared_max` asks for.
  virtual void WaitUntilPrepared() = 0;
  // "<name>-<pid>-<n>": the name of its directory below floe/ in every cgroup hierarchy.
  virtual std::string cgroup_tag() const = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_LINUX_CONTAINER_RUNTIME_H_
