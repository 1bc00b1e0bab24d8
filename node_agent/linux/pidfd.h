// Processes by descriptor: unlike a process id, a pidfd never means another process.

#ifndef FLOE_NODE_AGENT_LINUX_PIDFD_H_
#define FLOE_NODE_AGENT_LINUX_PIDFD_H_

#include <optional>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// How a process ended.
struct WaitResult {
  bool signaled = false;
  int code = 0;  // Exit status, or signal number.
};

absl::StatusOr<UniqueFd> OpenPidfd(pid_t pid);
// Sends `signal`. OK if the process has ended already.
absl::Status SendSignal(int pidfd, int signal);
// Waits until the process has ended and, for the first process of a pid namespace, every other one
// in it too. DEADLINE_EXCEEDED after `limit`.
absl::Status WaitForExit(int pidfd, Duration limit);
// Takes the exit status of a child that has ended; nothing if it still runs. NOT_FOUND: it is no
// child of this process, or its status was taken by somebody else.
absl::StatusOr<std::optional<WaitResult>> Reap(int pidfd);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_PIDFD_H_
