#include "node_agent/linux/cgroup_v2.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/linux/kernel_file.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {
namespace {

// A freeze takes some 10 us when the processes sleep or compute; only one inside a slow system call
// makes it longer. So a few looks come first, then sleeps in poll. Nothing is yielded in between:
// whoever has work of low priority would keep the processor for milliseconds.
constexpr int kLooksBeforeSleep = 20;
constexpr int64_t kSleepMinNanoseconds = 20'000;
constexpr int64_t kSleepMaxNanoseconds = 1'000'000;
// About a second: the thread that freezes has others to serve.
constexpr int kSleepsMax = 1'000;

}  // namespace

absl::Status LimitMemoryV2(int parent_fd, const std::string& name, int64_t bytes) {
  RETURN_IF_ERROR(WriteKernelFile(parent_fd, name + "/memory.max", absl::StrCat(bytes)));
  // memory.swap.max does not exist in a kernel without swap accounting.
  const absl::Status no_swap = WriteKernelFile(parent_fd, name + "/memory.swap.max", "0");
  return absl::IsNotFound(no_swap) ? absl::OkStatus() : no_swap;
}

absl::Status LimitCpuV2(int parent_fd, const std::string& name, int64_t quota_us,
                        int64_t period_us) {
  return WriteKernelFile(
      parent_fd, name + "/cpu.max",
      quota_us == 0 ? std::string("max") : absl::StrCat(quota_us, " ", period_us));
}

absl::Status FreezeV2(KeptKernelFile& freeze_file, int parent_fd, const std::string& name) {
  RETURN_IF_ERROR(freeze_file.Write("1"));
  const std::string events = name + "/cgroup.events";
  const UniqueFd fd(openat(parent_fd, events.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", events));
  int64_t sleep = kSleepMinNanoseconds;
  for (int look = 0; look < kLooksBeforeSleep + kSleepsMax; ++look) {
    char text[128];
    const ssize_t got = pread(fd.get(), text, sizeof(text), 0);
    if (got < 0) return absl::ErrnoToStatus(errno, absl::StrCat("read ", events));
    if (absl::StrContains(absl::string_view(text, static_cast<size_t>(got)), "frozen 1")) {
      return absl::OkStatus();
    }
    if (look < kLooksBeforeSleep) continue;
    // The kernel notifies of changes of cgroup.events at most once in 10 ms, and a change that
    // falls into that time is told late; short time-outs keep that from becoming ours.
    pollfd change = {.fd = fd.get(), .events = POLLPRI, .revents = 0};
    const timespec limit = {.tv_sec = 0, .tv_nsec = sleep};
    ppoll(&change, 1, &limit, nullptr);
    sleep = std::min(2 * sleep, kSleepMaxNanoseconds);
  }
  return absl::DeadlineExceededError(absl::StrCat("freeze cgroup ", name));
}

absl::Status ThawV2(KeptKernelFile& freeze_file) {
  return freeze_file.Write("0");
}

absl::StatusOr<int64_t> OutOfMemoryKillsV2(int parent_fd, const std::string& name) {
  return ReadKernelFileKey(parent_fd, name + "/memory.events", "oom_kill");
}

absl::StatusOr<int64_t> MemoryUsedMaxBytesV2(int parent_fd, const std::string& name) {
  ASSIGN_OR_RETURN(const int64_t now, ReadKernelFileNumber(parent_fd, name + "/memory.current"));
  ASSIGN_OR_RETURN(const int64_t tmp, ReadKernelFileKey(parent_fd, name + "/memory.stat", "shmem"));
  const absl::StatusOr<int64_t> peak =
      ReadKernelFileNumber(parent_fd, name + "/" + kMemoryPeakFileV2);
  return std::max<int64_t>(0, (peak.ok() ? std::max(*peak, now) : now) - tmp);
}

}  // namespace floe::node_agent
