// What a new process does between being cloned and executing the entrypoint.
//
// Guarantees (each holds before the first instruction of the entrypoint):
//  - it is in the container's cgroups and leads a session of its own;
//  - it holds no descriptor but 0 (/dev/null), 1 and 2 (the output pipe);
//  - its signal dispositions and mask are the defaults, its umask is 022;
//  - when the plan is a confined one: it has the plan's user and group, no supplementary group, no
//    capability in any set, no_new_privs, and the seccomp filter;
//  - it is killed when the agent dies;
//  - a step that does not work stops the launch; the step and its errno reach the launcher.
//
// The code shares the agent's memory and thread-local storage while it runs. It makes system calls
// and touches only its own stack, the plan and the report: no allocation, no lock, no C library
// call that knows threads (setuid and friends would change all of the agent's threads).

#ifndef FLOE_NODE_AGENT_LINUX_CHILD_H_
#define FLOE_NODE_AGENT_LINUX_CHILD_H_

#include <linux/filter.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace floe::node_agent {

enum class ChildStep : int32_t {
  kNone,  // Nothing went wrong.
  kSession,
  kCgroup,
  kProc,
  kHostname,
  kOomScore,
  kResourceLimit,
  kDescriptors,
  kCapabilities,
  kUser,
  kParentDeath,
  kParentGone,
  kWorkingDirectory,
  kNoNewPrivileges,
  kSeccomp,
  kExecute,
};

// Lies in memory that parent and child share even when the child runs on a copy of the rest.
struct ChildReport {
  ChildStep step = ChildStep::kNone;
  int32_t error = 0;
};

// All pointers stay valid until the launch is over.
struct ChildPlan {
  // What to execute: the paths are tried in order, as execvp does.
  const char* const* paths = nullptr;  // Ends with null.
  char* const* arguments = nullptr;
  char* const* variables = nullptr;
  const char* working_directory = nullptr;
  int64_t open_files_max = 0;

  // Null or zero: left as it is.
  const char* hostname = nullptr;
  const int* cgroup_tasks_fds = nullptr;
  int cgroup_tasks_count = 0;
  bool mount_proc = false;
  int64_t processes_max = 0;

  // Whether to become `user` and `group`, lose all privileges and install `filter`.
  bool confine = false;
  uid_t user = 0;
  gid_t group = 0;
  const sock_fprog* filter = nullptr;

  // Filled in by the launcher.
  int output_fd = -1;
  int agent_pidfd = -1;
  int last_capability = 0;
  ChildReport* report = nullptr;
};

// Carries out the plan; `plan` is a ChildPlan*. Never returns.
void RunChild(void* plan);

// What `report` means to whoever asked for `entrypoint` in `working_directory`.
// REQUIRES: a step went wrong.
absl::Status ChildReportStatus(const ChildReport& report, const char* entrypoint,
                               const char* working_directory);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CHILD_H_
