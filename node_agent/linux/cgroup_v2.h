// The files of cgroup v2. A cgroup is named by the descriptor of its parent and its own name.
// Freezing needs no controller, so it also works on a bare v2 mount beside v1.

#ifndef FLOE_NODE_AGENT_LINUX_CGROUP_V2_H_
#define FLOE_NODE_AGENT_LINUX_CGROUP_V2_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "node_agent/linux/kernel_file.h"

namespace floe::node_agent {

// Limits memory, and memory with swap where the kernel accounts swap, to `bytes`.
absl::Status LimitMemoryV2(int parent_fd, const std::string& name, int64_t bytes);
absl::Status LimitCpuV2(int parent_fd, const std::string& name, int64_t quota_us,
                        int64_t period_us);

// Returns when every process is frozen. DEADLINE_EXCEEDED after 10 s.
inline constexpr char kFreezeFileV2[] = "cgroup.freeze";
inline constexpr char kMemoryPeakFileV2[] = "memory.peak";

// `freeze_file`: kFreezeFileV2 of this cgroup.
absl::Status FreezeV2(KeptKernelFile& freeze_file, int parent_fd, const std::string& name);
absl::Status ThawV2(KeptKernelFile& freeze_file);

absl::StatusOr<int64_t> OutOfMemoryKillsV2(int parent_fd, const std::string& name);
// Highest use so far. One small file, where MemoryUsedMaxBytesV2 has the kernel add up statistics.
// Highest use so far, less the tmpfs pages held now; never below the present use without them.
absl::StatusOr<int64_t> MemoryUsedMaxBytesV2(int parent_fd, const std::string& name);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CGROUP_V2_H_
