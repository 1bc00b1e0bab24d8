#include "node_agent/linux/pidfd.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace floe::node_agent {
namespace {

int64_t SteadyNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

absl::StatusOr<UniqueFd> OpenPidfd(pid_t pid) {
  UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "pidfd_open");
  return fd;
}

absl::Status SendSignal(int pidfd, int signal) {
  if (syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 || errno == ESRCH) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, "pidfd_send_signal");
}

absl::Status WaitForExit(int pidfd, Duration limit) {
  const int64_t deadline = SteadyNanoseconds() + limit.nanoseconds();
  while (true) {
    const int64_t left_ms = (deadline - SteadyNanoseconds()) / 1'000'000;
    pollfd process = {.fd = pidfd, .events = POLLIN, .revents = 0};
    const int ready = poll(&process, 1, static_cast<int>(std::max<int64_t>(0, left_ms)));
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return absl::DeadlineExceededError("wait for a process to end");
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "poll a pidfd");
  }
}

absl::StatusOr<std::optional<WaitResult>> Reap(int pidfd) {
  siginfo_t info = {};
  while (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info,
                WEXITED | WNOHANG | __WALL) != 0) {
    if (errno == ECHILD) return absl::NotFoundError("wait for a process: not a child");
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "waitid");
  }
  if (info.si_pid == 0) return std::optional<WaitResult>();
  return std::optional<WaitResult>(
      {.signaled = info.si_code != CLD_EXITED, .code = info.si_status});
}

}  // namespace floe::node_agent
