// The cgroups of one container: limits, freezing, killing, and what the kernel counted.
//
// Guarantees:
//  - Freeze returns only after the kernel reports every process frozen, so no instruction runs
//  after;
//  - KillAll reaches every process, also one that is frozen or that forks while it is being killed;
//  - the memory limit leaves no way out through swap where the kernel accounts swap;
//  - pages of /tmp count against the same limit as the processes' own memory.
//
// cgroup_v1.cc and cgroup_v2.cc know the files; here is only the choice between them.

#ifndef FLOE_NODE_AGENT_LINUX_CONTAINER_CGROUP_H_
#define FLOE_NODE_AGENT_LINUX_CONTAINER_CGROUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/linux/agent_cgroups.h"
#include "node_agent/linux/kernel_file.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

struct CgroupLimits {
  int64_t memory_bytes = 0;
  int64_t processes = 0;
  // CPU time per period; a quota of 0 means no limit.
  int64_t cpu_quota_us = 0;
  int64_t cpu_period_us = 0;
};

// The share memory_mib / 1,769 of one CPU as quota and period, in microseconds. The kernel takes no
// quota below 1 ms, so small shares get a longer period. No limit (quota 0) from `cpus` CPUs
// upwards. REQUIRES: memory_mib > 0.
CgroupLimits CpuLimitsForMemory(int64_t memory_mib, int64_t cpus);

// What a process needs to be born in, or to enter, a container's cgroups.
struct CgroupEntrance {
  UniqueFd v2_directory;           // For CLONE_INTO_CGROUP; none on a pure v1 machine.
  std::vector<UniqueFd> v1_tasks;  // Writing "0" moves the writing thread in.
};

// Thread-compatible. Does not own the directories: AgentCgroups makes and removes them.
class ContainerCgroup {
 public:
  ContainerCgroup(const AgentCgroups* agent, uint64_t number);

  uint64_t number() const { return number_; }
  absl::Status SetMemoryAndProcessLimits(const CgroupLimits& limits) const;
  absl::Status SetCpuLimit(const CgroupLimits& limits) const;
  absl::StatusOr<CgroupEntrance> OpenEntrance() const;
  // Freezing an empty cgroup is refused by neither version; what enters later is frozen at once.
  absl::Status Freeze();
  absl::Status Thaw();
  // Sends SIGKILL to every process and lets frozen ones die. Does not wait for them.
  // `first_process` is the pidfd of process 1 of the pid namespace that all of them are in.
  absl::Status KillAll(int first_process) const;
  // How many processes the kernel killed here for want of memory.
  absl::StatusOr<int64_t> OutOfMemoryKills() const;
  // Highest use so far with what lay in /tmp. An error without memory.peak.
  absl::StatusOr<int64_t> MemoryPeakBytes() const { return memory_peak_.ReadNumber(); }
  // Highest use so far without what lies in /tmp now. Without memory.peak (v2 before Linux 5.19) it
  // is the present use.
  absl::StatusOr<int64_t> MemoryUsedMaxBytes() const;

 private:
  std::string Path(const char* file) const;
  int directory(CgroupController controller) const { return agent_->directory_fd(controller); }
  bool is_v2(CgroupController controller) const {
    return agent_->version(controller) == CgroupVersion::kV2;
  }

  const AgentCgroups* agent_;
  uint64_t number_;
  // Used with every invocation.
  KeptKernelFile freeze_file_;  // Of v2.
  mutable KeptKernelFile memory_peak_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CONTAINER_CGROUP_H_
