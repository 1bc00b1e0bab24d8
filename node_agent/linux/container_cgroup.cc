#include "node_agent/linux/container_cgroup.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/linux/cgroup_v1.h"
#include "node_agent/linux/cgroup_v2.h"
#include "node_agent/linux/kernel_file.h"
#include "node_agent/linux/pidfd.h"

namespace floe::node_agent {
namespace {

constexpr int64_t kMibPerCpu = 1'769;
// Short enough that a container with a small share waits little for its next slice.
constexpr int64_t kCpuPeriodUs = 20'000;
// Bounds of the kernel.
constexpr int64_t kCpuPeriodMaxUs = 1'000'000;
constexpr int64_t kCpuQuotaMinUs = 1'000;

}  // namespace

CgroupLimits CpuLimitsForMemory(int64_t memory_mib, int64_t cpus) {
  if (memory_mib >= cpus * kMibPerCpu) return {};
  const int64_t period_for_least_quota =
      (kCpuQuotaMinUs * kMibPerCpu + memory_mib - 1) / memory_mib;
  const int64_t period = std::clamp(period_for_least_quota, kCpuPeriodUs, kCpuPeriodMaxUs);
  return {.cpu_quota_us = std::max(kCpuQuotaMinUs, period * memory_mib / kMibPerCpu),
          .cpu_period_us = period};
}

ContainerCgroup::ContainerCgroup(const AgentCgroups* agent, uint64_t number)
    : agent_(agent),
      number_(number),
      freeze_file_(directory(CgroupController::kFreezer), Path(kFreezeFileV2)),
      memory_peak_(directory(CgroupController::kMemory),
                   Path(is_v2(CgroupController::kMemory) ? kMemoryPeakFileV2 : kMemoryPeakFileV1)) {
}

std::string ContainerCgroup::Path(const char* file) const {
  return absl::StrCat(number_, "/", file);
}

absl::Status ContainerCgroup::SetMemoryAndProcessLimits(const CgroupLimits& limits) const {
  const std::string name = absl::StrCat(number_);
  const int memory = directory(CgroupController::kMemory);
  RETURN_IF_ERROR(is_v2(CgroupController::kMemory)
                      ? LimitMemoryV2(memory, name, limits.memory_bytes)
                      : LimitMemoryV1(memory, name, limits.memory_bytes));
  return WriteKernelFile(directory(CgroupController::kPids), Path("pids.max"),
                         absl::StrCat(limits.processes));
}

absl::Status ContainerCgroup::SetCpuLimit(const CgroupLimits& limits) const {
  const std::string name = absl::StrCat(number_);
  const int cpu = directory(CgroupController::kCpu);
  return is_v2(CgroupController::kCpu)
             ? LimitCpuV2(cpu, name, limits.cpu_quota_us, limits.cpu_period_us)
             : LimitCpuV1(cpu, name, limits.cpu_quota_us, limits.cpu_period_us);
}

absl::StatusOr<CgroupEntrance> ContainerCgroup::OpenEntrance() const {
  CgroupEntrance entrance;
  if (is_v2(CgroupController::kFreezer)) {
    const std::string name = absl::StrCat(number_);
    entrance.v2_directory.Reset(openat(directory(CgroupController::kFreezer), name.c_str(),
                                       O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!entrance.v2_directory.valid()) {
      return absl::ErrnoToStatus(errno, absl::StrCat("open cgroup ", name));
    }
  }
  for (const int v1_directory : agent_->v1_directory_fds()) {
    const std::string path = Path("tasks");
    UniqueFd tasks(openat(v1_directory, path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!tasks.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open cgroup ", path));
    entrance.v1_tasks.push_back(std::move(tasks));
  }
  return entrance;
}

absl::Status ContainerCgroup::Freeze() {
  const int fd = directory(CgroupController::kFreezer);
  const std::string name = absl::StrCat(number_);
  return is_v2(CgroupController::kFreezer) ? FreezeV2(freeze_file_, fd, name) : FreezeV1(fd, name);
}

absl::Status ContainerCgroup::Thaw() {
  if (is_v2(CgroupController::kFreezer)) return ThawV2(freeze_file_);
  return ThawV1(directory(CgroupController::kFreezer), absl::StrCat(number_));
}

absl::Status ContainerCgroup::KillAll(int first_process) const {
  if (!is_v2(CgroupController::kFreezer)) {
    return KillAllV1(directory(CgroupController::kFreezer), absl::StrCat(number_));
  }
  // In v2 a frozen process can be killed, and process 1 takes its whole namespace with it. Not
  // cgroup.kill: Linux 6.18 at least goes on to kill whatever is cloned into such a cgroup later.
  return SendSignal(first_process, SIGKILL);
}

absl::StatusOr<int64_t> ContainerCgroup::OutOfMemoryKills() const {
  const int fd = directory(CgroupController::kMemory);
  const std::string name = absl::StrCat(number_);
  return is_v2(CgroupController::kMemory) ? OutOfMemoryKillsV2(fd, name)
                                          : OutOfMemoryKillsV1(fd, name);
}

absl::StatusOr<int64_t> ContainerCgroup::MemoryUsedMaxBytes() const {
  const int fd = directory(CgroupController::kMemory);
  const std::string name = absl::StrCat(number_);
  return is_v2(CgroupController::kMemory) ? MemoryUsedMaxBytesV2(fd, name)
                                          : MemoryUsedMaxBytesV1(fd, name);
}

}  // namespace floe::node_agent
