// The files of cgroup v1. A cgroup is named by the descriptor of its parent and its own name.
// REQUIRES for FreezeV1 and ThawV1: the directory is in the freezer hierarchy.

#ifndef FLOE_NODE_AGENT_LINUX_CGROUP_V1_H_
#define FLOE_NODE_AGENT_LINUX_CGROUP_V1_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace floe::node_agent {

// Limits memory, and memory with swap where the kernel accounts swap, to `bytes`.
absl::Status LimitMemoryV1(int parent_fd, const std::string& name, int64_t bytes);
absl::Status LimitCpuV1(int parent_fd, const std::string& name, int64_t quota_us,
                        int64_t period_us);

// Returns when every process is frozen. DEADLINE_EXCEEDED after 10 s.
inline constexpr char kMemoryPeakFileV1[] = "memory.max_usage_in_bytes";

absl::Status FreezeV1(int parent_fd, const std::string& name);
absl::Status ThawV1(int parent_fd, const std::string& name);
// SIGKILL to every process, frozen or not.
absl::Status KillAllV1(int parent_fd, const std::string& name);

absl::StatusOr<int64_t> OutOfMemoryKillsV1(int parent_fd, const std::string& name);
// Highest use so far. One small file, where MemoryUsedMaxBytesV1 has the kernel add up statistics.
// Highest use so far, less the tmpfs pages held now; never below the present use without them.
absl::StatusOr<int64_t> MemoryUsedMaxBytesV1(int parent_fd, const std::string& name);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CGROUP_V1_H_
