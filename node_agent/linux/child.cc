#include "node_agent/linux/child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace floe::node_agent {
namespace {

constexpr int64_t kStackBytes = 8 << 20;
constexpr int kKernelSignalCount = 64;
constexpr size_t kKernelSignalSetBytes = 8;
// The kernel's struct sigaction: handler, flags, restorer, mask.
struct KernelSigaction {
  uint64_t words[4];
};

[[noreturn]] void Stop(const ChildPlan& plan, ChildStep step, int error) {
  plan.report->error = error;
  plan.report->step = step;
  while (true) syscall(SYS_exit_group, 127);
}

void Check(const ChildPlan& plan, ChildStep step, int64_t result) {
  if (result < 0) Stop(plan, step, errno);
}

// The agent's handlers are the agent's business; and what it ignores, a program would ignore too.
void ResetSignals() {
  const KernelSigaction by_default = {};
  for (int signal = 1; signal <= kKernelSignalCount; ++signal) {
    syscall(SYS_rt_sigaction, signal, &by_default, nullptr, kKernelSignalSetBytes);
  }
}

void UnblockSignals() {
  const uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, kKernelSignalSetBytes);
}

void SetLimit(const ChildPlan& plan, int resource, int64_t value) {
  const rlimit64 limit = {static_cast<rlim64_t>(value), static_cast<rlim64_t>(value)};
  Check(plan, ChildStep::kResourceLimit, syscall(SYS_prlimit64, 0, resource, &limit, nullptr));
}

// Only the soft limit: lowering the hard one as well would forbid what a thread library may want.
void SetStackLimit(const ChildPlan& plan) {
  rlimit64 limit = {};
  Check(plan, ChildStep::kResourceLimit, syscall(SYS_prlimit64, 0, RLIMIT_STACK, nullptr, &limit));
  limit.rlim_cur = std::min<rlim64_t>(kStackBytes, limit.rlim_max);
  Check(plan, ChildStep::kResourceLimit, syscall(SYS_prlimit64, 0, RLIMIT_STACK, &limit, nullptr));
}

void JoinCgroups(const ChildPlan& plan) {
  for (int i = 0; i < plan.cgroup_tasks_count; ++i) {
    // "0" into tasks moves only the writer, for which the kernel needs no lock over all processes;
    // a process id, or the file cgroup.procs, would cost an RCU grace period.
    Check(plan, ChildStep::kCgroup, syscall(SYS_write, plan.cgroup_tasks_fds[i], "0", 1));
  }
}

// First to go when the whole machine is out of memory: the function, not the agent.
void RaiseOomScore(const ChildPlan& plan) {
  const int64_t fd =
      syscall(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  Check(plan, ChildStep::kOomScore, fd);
  Check(plan, ChildStep::kOomScore, syscall(SYS_write, fd, "500", 3));
  syscall(SYS_close, fd);
}

// Until here the descriptor table was the agent's own. Now the child gets a table that holds only
// the low descriptors, and keeps 0, 1, 2 and the agent's pidfd of those.
void ReplaceDescriptors(const ChildPlan& plan) {
  const int last_kept = std::max({plan.output_fd, plan.agent_pidfd, 2});
  Check(plan, ChildStep::kDescriptors,
        syscall(SYS_close_range, last_kept + 1, ~0U, CLOSE_RANGE_UNSHARE));
  const int64_t null_fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
  Check(plan, ChildStep::kDescriptors, null_fd);
  Check(plan, ChildStep::kDescriptors, syscall(SYS_dup3, null_fd, 0, 0));
  Check(plan, ChildStep::kDescriptors, syscall(SYS_dup3, plan.output_fd, 1, 0));
  Check(plan, ChildStep::kDescriptors, syscall(SYS_dup3, plan.output_fd, 2, 0));
}

void DropPrivileges(const ChildPlan& plan) {
  for (int capability = 0; capability <= plan.last_capability; ++capability) {
    Check(plan, ChildStep::kCapabilities, syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0));
  }
  Check(plan, ChildStep::kUser, syscall(SYS_setgroups, 0, nullptr));
  Check(plan, ChildStep::kUser, syscall(SYS_setresgid, plan.group, plan.group, plan.group));
  Check(plan, ChildStep::kUser, syscall(SYS_setresuid, plan.user, plan.user, plan.user));
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct nothing[2] = {};
  Check(plan, ChildStep::kCapabilities, syscall(SYS_capset, &header, nothing));
}

// The change of user has cleared the wish to die with the agent, so it comes after that. Should the
// agent have died before, its pidfd tells.
void DieWithAgent(const ChildPlan& plan) {
  Check(plan, ChildStep::kParentDeath, syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
  pollfd agent = {.fd = plan.agent_pidfd, .events = POLLIN, .revents = 0};
  const timespec now = {};
  if (syscall(SYS_ppoll, &agent, 1, &now, nullptr, kKernelSignalSetBytes) != 0) {
    Stop(plan, ChildStep::kParentGone, 0);
  }
}

[[noreturn]] void Execute(const ChildPlan& plan) {
  int error = ENOENT;
  for (const char* const* path = plan.paths; *path != nullptr; ++path) {
    syscall(SYS_execve, *path, plan.arguments, plan.variables);
    // A file that is there and must not be executed says more than its absence elsewhere.
    if (errno == EACCES) {
      error = EACCES;
    } else if (errno != ENOENT && errno != ENOTDIR) {
      error = errno;
      break;
    }
  }
  Stop(plan, ChildStep::kExecute, error);
}

const char* StepName(ChildStep step) {
  switch (step) {
    case ChildStep::kNone:
      return "nothing";
    case ChildStep::kSession:
      return "new session";
    case ChildStep::kCgroup:
      return "join cgroup";
    case ChildStep::kProc:
      return "mount /proc";
    case ChildStep::kHostname:
      return "set host name";
    case ChildStep::kOomScore:
      return "write /proc/self/oom_score_adj";
    case ChildStep::kResourceLimit:
      return "set resource limit";
    case ChildStep::kDescriptors:
      return "replace descriptors";
    case ChildStep::kCapabilities:
      return "drop capabilities";
    case ChildStep::kUser:
      return "change user";
    case ChildStep::kParentDeath:
      return "die with the agent";
    case ChildStep::kParentGone:
      return "find the agent alive";
    case ChildStep::kWorkingDirectory:
      return "change to working directory";
    case ChildStep::kNoNewPrivileges:
      return "set no_new_privs";
    case ChildStep::kSeccomp:
      return "install seccomp filter";
    case ChildStep::kExecute:
      return "execute";
  }
  return "";
}

}  // namespace

void RunChild(void* argument) {
  const ChildPlan& plan = *static_cast<const ChildPlan*>(argument);
  ResetSignals();
  // Early, for the agent may be killed at any time; the change of user undoes it.
  syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  Check(plan, ChildStep::kSession, syscall(SYS_setsid));
  JoinCgroups(plan);
  if (plan.mount_proc) {
    Check(plan, ChildStep::kProc,
          syscall(SYS_mount, "proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
    RaiseOomScore(plan);
  }
  if (plan.hostname != nullptr) {
    Check(plan, ChildStep::kHostname,
          syscall(SYS_sethostname, plan.hostname, strlen(plan.hostname)));
  }
  SetLimit(plan, RLIMIT_CORE, 0);
  SetStackLimit(plan);
  if (plan.open_files_max > 0) SetLimit(plan, RLIMIT_NOFILE, plan.open_files_max);
  if (plan.processes_max > 0) SetLimit(plan, RLIMIT_NPROC, plan.processes_max);
  ReplaceDescriptors(plan);
  if (plan.confine) DropPrivileges(plan);
  DieWithAgent(plan);
  Check(plan, ChildStep::kDescriptors, syscall(SYS_close_range, 3, ~0U, 0));
  umask(022);
  Check(plan, ChildStep::kWorkingDirectory, syscall(SYS_chdir, plan.working_directory));
  if (plan.confine) {
    Check(plan, ChildStep::kNoNewPrivileges, syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    Check(plan, ChildStep::kSeccomp, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, plan.filter));
  }
  UnblockSignals();
  Execute(plan);
}

absl::Status ChildReportStatus(const ChildReport& report, const char* entrypoint,
                               const char* working_directory) {
  std::string what = StepName(report.step);
  if (report.step == ChildStep::kExecute) absl::StrAppend(&what, " ", entrypoint);
  if (report.step == ChildStep::kWorkingDirectory) absl::StrAppend(&what, " ", working_directory);
  const std::string text = absl::StrCat(what, ": ", strerror(report.error));
  const bool of_the_spec =
      report.step == ChildStep::kExecute || report.step == ChildStep::kWorkingDirectory;
  if (!of_the_spec) {
    return absl::InternalError(absl::StrCat("launch: ", text));
  }
  switch (report.error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    case ENOEXEC:
    case EISDIR:
    case ELIBBAD:
    case E2BIG:
    case ENAMETOOLONG:
    case ELOOP:
      return absl::InvalidArgumentError(text);
    case EAGAIN:
    case ENOMEM:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::ErrnoToStatus(report.error, what);
  }
}

}  // namespace floe::node_agent
