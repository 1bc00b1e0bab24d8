#include "node_agent/linux/cgroup_v1.h"

#include <sched.h>
#include <signal.h>
#include <time.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "node_agent/linux/kernel_file.h"

namespace floe::node_agent {
namespace {

constexpr int kLooksBeforeSleep = 20;
// About a second: the thread that freezes has others to serve.
constexpr int kLooksMax = 1'000 + kLooksBeforeSleep;

}  // namespace

absl::Status LimitMemoryV1(int parent_fd, const std::string& name, int64_t bytes) {
  const std::string value = absl::StrCat(bytes);
  RETURN_IF_ERROR(WriteKernelFile(parent_fd, name + "/memory.limit_in_bytes", value));
  // The sum of memory and swap, at the limit of memory alone: no swap. Absent without accounting.
  const absl::Status no_swap =
      WriteKernelFile(parent_fd, name + "/memory.memsw.limit_in_bytes", value);
  return absl::IsNotFound(no_swap) ? absl::OkStatus() : no_swap;
}

absl::Status LimitCpuV1(int parent_fd, const std::string& name, int64_t quota_us,
                        int64_t period_us) {
  if (quota_us == 0) return WriteKernelFile(parent_fd, name + "/cpu.cfs_quota_us", "-1");
  RETURN_IF_ERROR(WriteKernelFile(parent_fd, name + "/cpu.cfs_period_us", absl::StrCat(period_us)));
  return WriteKernelFile(parent_fd, name + "/cpu.cfs_quota_us", absl::StrCat(quota_us));
}

absl::Status FreezeV1(int parent_fd, const std::string& name) {
  const std::string path = name + "/freezer.state";
  for (int look = 0; look < kLooksMax; ++look) {
    // The state stays FREEZING while a process forks or sleeps in the kernel. Reading it makes the
    // kernel look again; writing it again catches processes born meanwhile.
    RETURN_IF_ERROR(WriteKernelFile(parent_fd, path, "FROZEN"));
    ASSIGN_OR_RETURN(const std::string state, ReadKernelFile(parent_fd, path));
    if (absl::StartsWith(state, "FROZEN")) return absl::OkStatus();
    if (look < kLooksBeforeSleep) {
      sched_yield();
    } else {
      const timespec pause = {.tv_sec = 0, .tv_nsec = 1'000'000};
      nanosleep(&pause, nullptr);
    }
  }
  return absl::DeadlineExceededError(absl::StrCat("freeze cgroup ", name));
}

absl::Status ThawV1(int parent_fd, const std::string& name) {
  return WriteKernelFile(parent_fd, name + "/freezer.state", "THAWED");
}

absl::Status KillAllV1(int parent_fd, const std::string& name) {
  // Frozen processes neither fork nor leave, so one pass reaches all of them; thawed, they find the
  // signal before any further instruction of their own.
  const absl::Status frozen = FreezeV1(parent_fd, name);
  const absl::StatusOr<std::string> processes = ReadKernelFile(parent_fd, name + "/cgroup.procs");
  if (processes.ok()) {
    for (absl::string_view line : absl::StrSplit(*processes, '\n', absl::SkipEmpty())) {
      pid_t pid = 0;
      if (absl::SimpleAtoi(line, &pid) && pid > 0) kill(pid, SIGKILL);
    }
  }
  RETURN_IF_ERROR(ThawV1(parent_fd, name));
  RETURN_IF_ERROR(processes.status());
  return frozen;
}

absl::StatusOr<int64_t> OutOfMemoryKillsV1(int parent_fd, const std::string& name) {
  return ReadKernelFileKey(parent_fd, name + "/memory.oom_control", "oom_kill");
}

absl::StatusOr<int64_t> MemoryUsedMaxBytesV1(int parent_fd, const std::string& name) {
  ASSIGN_OR_RETURN(const int64_t peak,
                   ReadKernelFileNumber(parent_fd, name + "/" + kMemoryPeakFileV1));
  ASSIGN_OR_RETURN(const int64_t tmp, ReadKernelFileKey(parent_fd, name + "/memory.stat", "shmem"));
  return std::max<int64_t>(0, peak - tmp);
}

}  // namespace floe::node_agent
