// The mount namespaces of containers.
//
// Guarantees:
//  - nothing is ever mounted in the agent's own mount namespace, so nothing is left there, however
//  the
//    agent ends: all mounts vanish with the descriptors and processes that hold them;
//  - a container's namespace is copied from a template that never held the host's mounts, so there
//  is
//    no host mount to leave, neither visible nor hidden below another;
//  - the root and every extra mount are read-only, without set-user-ID programs and devices; mounts
//    below the root directory on the host are not shown; /dev is read-only and holds null, zero,
//    full, random, urandom, tty and the four links to /proc/self/fd; /tmp is a tmpfs of the given
//    size, mode 1777, without set-user-ID programs and devices.

#ifndef FLOE_NODE_AGENT_LINUX_MOUNT_NAMESPACE_H_
#define FLOE_NODE_AGENT_LINUX_MOUNT_NAMESPACE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// A mount attached nowhere yet, and where it goes in the container.
struct PreparedMount {
  UniqueFd mount;
  std::string target;
};

// Everything a container's mount namespace is built from. Holds no path of the host.
struct PreparedRoot {
  UniqueFd root;
  std::vector<PreparedMount> mounts;
  int64_t tmp_mib = 0;
};

// An empty read-only root with the device directory on /dev, in a mount namespace of its own.
absl::StatusOr<UniqueFd> MakeTemplateMountNamespace();

// Clones the mount of `root_directory` and checks that the mount points /proc, /dev and /tmp are
// there as directories, not links. NOT_FOUND, INVALID_ARGUMENT: the root. FAILED_PRECONDITION: a
// mount point.
absl::StatusOr<PreparedRoot> PrepareRoot(const std::string& root_directory, int64_t tmp_mib);
// Adds a read-only mount of `host_directory` on `target`, a directory in the root.
absl::Status PrepareMount(const std::string& host_directory, const std::string& target,
                          PreparedRoot& root);

// Moves the calling thread into a copy of the template with the root attached, and makes that the
// thread's root directory. /proc is left to the first process, for it shows a pid namespace.
// REQUIRES: the thread shares its file system state with no other (unshare(CLONE_FS)).
absl::Status EnterNewMountNamespace(int template_namespace, const PreparedRoot& root);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_MOUNT_NAMESPACE_H_
