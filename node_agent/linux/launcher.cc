#include "node_agent/linux/launcher.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "node_agent/linux/clone_process.h"
#include "node_agent/linux/kernel_file.h"
#include "node_agent/linux/pidfd.h"

namespace floe::node_agent {
namespace {

constexpr size_t kStackBytes = 64 << 10;
constexpr size_t kGuardBytes = 4 << 10;
constexpr int kLastCapabilityFallback = 40;

int LastCapability() {
  const absl::StatusOr<int64_t> last =
      ReadKernelFileNumber(AT_FDCWD, "/proc/sys/kernel/cap_last_cap");
  return last.ok() ? static_cast<int>(*last) : kLastCapabilityFallback;
}

// Blocks every signal while it lives, so that none of the agent's handlers runs in a child.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &saved_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }

 private:
  sigset_t saved_;
};

}  // namespace

// What one launcher thread owns.
class Launcher::Worker {
 public:
  static absl::StatusOr<std::unique_ptr<Worker>> Create(int template_mount_namespace,
                                                        int agent_pidfd);
  ~Worker();

  // Opens what names the calling thread's namespaces, and separates its file system state.
  absl::Status EnterThread();
  absl::StatusOr<Launched> Launch(const LaunchRequest& request);

 private:
  Worker() = default;
  absl::Status EnterNamespaces(const LaunchRequest& request, Launched& launched);
  absl::Status LeaveNamespaces(const LaunchRequest& request);
  absl::Status Start(const LaunchRequest& request, Launched& launched);

  int template_mount_namespace_ = -1;
  int agent_pidfd_ = -1;
  int last_capability_ = 0;
  // Reserved early, so a low number: the child's descriptor table is as small as this number
  // allows.
  UniqueFd output_slot_;
  UniqueFd own_namespaces_;  // /proc/thread-self/ns
  UniqueFd home_network_;
  char* stack_ = nullptr;
  ChildReport* report_ = nullptr;
};

absl::StatusOr<std::unique_ptr<Launcher::Worker>> Launcher::Worker::Create(
    int template_mount_namespace, int agent_pidfd) {
  std::unique_ptr<Worker> worker(new Worker());
  worker->template_mount_namespace_ = template_mount_namespace;
  worker->agent_pidfd_ = agent_pidfd;
  worker->last_capability_ = LastCapability();
  worker->output_slot_.Reset(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!worker->output_slot_.valid()) return absl::ErrnoToStatus(errno, "open /dev/null");
  void* stack = mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return absl::ErrnoToStatus(errno, "map a stack");
  worker->stack_ = static_cast<char*>(stack);
  if (mprotect(stack, kGuardBytes, PROT_NONE) != 0) return absl::ErrnoToStatus(errno, "mprotect");
  void* report =
      mmap(nullptr, sizeof(ChildReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (report == MAP_FAILED) return absl::ErrnoToStatus(errno, "map a report");
  worker->report_ = static_cast<ChildReport*>(report);
  return worker;
}

Launcher::Worker::~Worker() {
  if (report_ != nullptr) munmap(report_, sizeof(ChildReport));
  if (stack_ != nullptr) munmap(stack_, kGuardBytes + kStackBytes);
}

absl::Status Launcher::Worker::EnterThread() {
  own_namespaces_.Reset(open("/proc/thread-self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!own_namespaces_.valid()) return absl::ErrnoToStatus(errno, "open /proc/thread-self/ns");
  home_network_.Reset(openat(own_namespaces_.get(), "net", O_RDONLY | O_CLOEXEC));
  if (!home_network_.valid()) return absl::ErrnoToStatus(errno, "open network namespace");
  if (unshare(CLONE_FS) != 0) return absl::ErrnoToStatus(errno, "unshare file system state");
  return absl::OkStatus();
}

absl::Status Launcher::Worker::EnterNamespaces(const LaunchRequest& request, Launched& launched) {
  if (request.new_root != nullptr) {
    RETURN_IF_ERROR(EnterNewMountNamespace(template_mount_namespace_, *request.new_root));
    launched.mount_namespace.Reset(openat(own_namespaces_.get(), "mnt", O_RDONLY | O_CLOEXEC));
    if (!launched.mount_namespace.valid()) {
      return absl::ErrnoToStatus(errno, "open mount namespace");
    }
  } else if (request.mount_namespace_fd >= 0 &&
             setns(request.mount_namespace_fd, CLONE_NEWNS) != 0) {
    return absl::ErrnoToStatus(errno, "enter mount namespace");
  }
  if (request.network_namespace_fd >= 0 && setns(request.network_namespace_fd, CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, "enter network namespace");
  }
  return absl::OkStatus();
}

// A thread that stayed behind would keep the container's /tmp and network alive.
absl::Status Launcher::Worker::LeaveNamespaces(const LaunchRequest& request) {
  if (request.network_namespace_fd >= 0 && setns(home_network_.get(), CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, "leave network namespace");
  }
  const bool moved = request.new_root != nullptr || request.mount_namespace_fd >= 0;
  if (moved && setns(template_mount_namespace_, CLONE_NEWNS) != 0) {
    return absl::ErrnoToStatus(errno, "leave mount namespace");
  }
  return absl::OkStatus();
}

absl::Status Launcher::Worker::Start(const LaunchRequest& request, Launched& launched) {
  if (dup3(request.output_fd, output_slot_.get(), O_CLOEXEC) < 0) {
    return absl::ErrnoToStatus(errno, "dup3");
  }
  ChildPlan plan = request.plan;
  plan.output_fd = output_slot_.get();
  plan.agent_pidfd = agent_pidfd_;
  plan.last_capability = last_capability_;
  plan.report = report_;
  *report_ = {};
  int pidfd = -1;
  clone_args args = {};
  // The descriptor table is shared until the child has used what it needs of it: copying the table
  // of an agent with thousands of containers would cost more than everything else.
  args.flags = CLONE_PIDFD | CLONE_FILES | request.new_namespaces;
  args.pidfd = reinterpret_cast<uintptr_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (request.v2_cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(request.v2_cgroup_fd);
  }
  const AllSignalsBlocked blocked;
  // A change of user in the child marks the shared memory as not to be dumped; that is undone.
  const int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  launched.pid = CloneProcess(args, RunChild, &plan, stack_ + kGuardBytes, kStackBytes);
  if (kChildSharesMemory && dumpable == 1) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  if (launched.pid < 0) {
    const int error = -launched.pid;
    if (error == EAGAIN || error == ENOSPC) {
      return absl::ResourceExhaustedError(
          absl::StrCat("clone3: ", error == EAGAIN ? "too many processes" : "too many namespaces"));
    }
    return absl::ErrnoToStatus(error, "clone3");
  }
  launched.pidfd.Reset(pidfd);
  if (report_->step == ChildStep::kNone) return absl::OkStatus();
  RETURN_IF_ERROR(WaitForExit(pidfd, Duration::Seconds(10)));
  (void)Reap(pidfd);
  return ChildReportStatus(*report_, plan.arguments[0], plan.working_directory);
}

absl::StatusOr<Launched> Launcher::Worker::Launch(const LaunchRequest& request) {
  Launched launched;
  absl::Status status = EnterNamespaces(request, launched);
  if (status.ok()) status = Start(request, launched);
  const absl::Status left = LeaveNamespaces(request);
  CHECK(left.ok());
  if (!status.ok()) return status;
  return launched;
}

Launcher::Launcher(UniqueFd template_mount_namespace, UniqueFd agent_pidfd)
    : template_mount_namespace_(std::move(template_mount_namespace)),
      agent_pidfd_(std::move(agent_pidfd)) {}

absl::StatusOr<std::unique_ptr<Launcher>> Launcher::Create(int threads,
                                                           UniqueFd template_mount_namespace) {
  ASSIGN_OR_RETURN(UniqueFd agent_pidfd, OpenPidfd(getpid()));
  std::unique_ptr<Launcher> launcher(
      new Launcher(std::move(template_mount_namespace), std::move(agent_pidfd)));
  for (int i = 0; i < threads; ++i) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<Worker> worker,
        Worker::Create(launcher->template_mount_namespace_.get(), launcher->agent_pidfd_.get()));
    std::mutex started_mutex;
    std::condition_variable started;
    std::optional<absl::Status> status;
    launcher->threads_.emplace_back(
        [&, owner = launcher.get(), mine = std::move(worker)]() mutable {
          const absl::Status entered = mine->EnterThread();
          {
            const std::lock_guard lock(started_mutex);
            status = entered;
            started.notify_one();
          }
          if (entered.ok()) owner->Serve(*mine);
        });
    std::unique_lock lock(started_mutex);
    started.wait(lock, [&] { return status.has_value(); });
    RETURN_IF_ERROR(*status);
  }
  return launcher;
}

Launcher::~Launcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Launcher::Serve(Worker& worker) {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job* job = jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    absl::StatusOr<Launched> result = worker.Launch(*job->request);
    lock.lock();
    job->result = std::move(result);
    job->done = true;
    // Under the lock: the job is gone as soon as its owner sees `done`.
    job->finished.notify_one();
  }
}

absl::StatusOr<Launched> Launcher::Launch(const LaunchRequest& request) {
  Job job = {.request = &request};
  std::unique_lock lock(mutex_);
  jobs_.push_back(&job);
  wake_.notify_one();
  job.finished.wait(lock, [&job] { return job.done; });
  return std::move(job.result);
}

}  // namespace floe::node_agent
