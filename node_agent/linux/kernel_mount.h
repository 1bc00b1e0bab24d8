// The mount calls that glibc 2.36 and older, or its headers, do not all have, with statuses.

#ifndef FLOE_NODE_AGENT_LINUX_KERNEL_MOUNT_H_
#define FLOE_NODE_AGENT_LINUX_KERNEL_MOUNT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// A private copy of the mount at `path` (only that one, none below it), attached nowhere,
// read-only, without set-user-ID programs and devices. NOT_FOUND: no such path. INVALID_ARGUMENT:
// not a directory.
absl::StatusOr<UniqueFd> CloneMountReadOnly(const std::string& path);

// A new tmpfs attached nowhere. `mount_attributes` are MOUNT_ATTR_*.
absl::StatusOr<UniqueFd> MakeTmpfs(const std::string& size, uint64_t mount_attributes);

// Attaches the mount `mount_fd` on the directory `target` below `target_fd`; an empty `target`
// means `target_fd` itself.
absl::Status AttachMount(int mount_fd, int target_fd, const char* target);

// Makes the mount read-only and adds `attributes`.
absl::Status MakeReadOnly(int mount_fd, uint64_t attributes);

// Opens the directory `path` below `root_fd` with O_PATH, as a process whose root is `root_fd`
// would find it: symbolic links never lead out. `allow_links` false: no symbolic link at all.
absl::StatusOr<UniqueFd> OpenDirectoryInRoot(int root_fd, const std::string& path,
                                             bool allow_links);

// Names what this kernel lacks of the calls that the launcher needs; empty if nothing.
std::string MissingKernelCalls();

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_KERNEL_MOUNT_H_
