#include "node_agent/container/linux_container_runtime.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "node_agent/container/container_backend.h"
#include "node_agent/container/container_spec_check.h"
#include "node_agent/container/supervised_container.h"
#include "node_agent/linux/agent_cgroups.h"
#include "node_agent/linux/background_worker.h"
#include "node_agent/linux/container_cgroup.h"
#include "node_agent/linux/event_loop.h"
#include "node_agent/linux/kernel_mount.h"
#include "node_agent/linux/launcher.h"
#include "node_agent/linux/mount_namespace.h"
#include "node_agent/linux/network_namespace.h"
#include "node_agent/linux/pidfd.h"
#include "node_agent/linux/prepared_pool.h"
#include "node_agent/linux/seccomp_filter.h"

namespace floe::node_agent {
namespace {

constexpr int kPreparedMax = 4'096;
constexpr int kLaunchThreadsMax = 64;
constexpr int kContainersMax = 65'536;
constexpr int64_t kBytesPerMib = 1 << 20;
constexpr Duration kKillLimit = Duration::Seconds(30);

// Hands out distinct user numbers. A number that was given back is used again as late as possible.
// Thread-safe.
class UserNumbers {
 public:
  UserNumbers(uid_t first, int count) : first_(first), taken_(static_cast<size_t>(count), false) {}

  absl::StatusOr<uid_t> Take() {
    const std::lock_guard lock(mutex_);
    for (size_t tried = 0; tried < taken_.size(); ++tried) {
      const size_t slot = next_++ % taken_.size();
      if (taken_[slot]) continue;
      taken_[slot] = true;
      return first_ + static_cast<uid_t>(slot);
    }
    return absl::ResourceExhaustedError(absl::StrCat("all ", taken_.size(), " containers in use"));
  }

  void GiveBack(uid_t user) {
    const std::lock_guard lock(mutex_);
    taken_[user - first_] = false;
  }

 private:
  const uid_t first_;
  std::mutex mutex_;  // Guards what follows.
  std::vector<bool> taken_;
  size_t next_ = 0;
};

// What all containers of one runtime share.
struct SharedParts {
  LinuxContainerRuntimeOptions options;
  int64_t cpus = 1;
  std::vector<sock_filter> filter;
  std::unique_ptr<AgentCgroups> cgroups;
  std::unique_ptr<EventLoop> loop;
  std::unique_ptr<Launcher> launcher;
  std::unique_ptr<UserNumbers> users;
  std::atomic<uint64_t> next_cgroup = 1;
  // Destroyed first: they use what is above.
  std::unique_ptr<BackgroundWorker> background;
  std::unique_ptr<PreparedPool<uint64_t>> cgroup_pool;
  std::unique_ptr<PreparedPool<NetworkNamespace>> network_pool;
};

// Pointers to strings, ended by null, as the kernel takes them.
std::vector<char*> PointersTo(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class LinuxBackend final : public ContainerBackend {
 public:
  static absl::StatusOr<std::unique_ptr<LinuxBackend>> Create(SharedParts* shared,
                                                              const ContainerSpec& spec);
  ~LinuxBackend() override;

  // Moves the Runtime API's listener and address out.
  SupervisedContainer::RuntimeApi TakeRuntimeApi() { return std::move(runtime_api_); }

  absl::StatusOr<UniqueFd> Start(int output_fd) override;
  absl::Status KillAll(int entrypoint_pidfd) override;
  // The kernel ends a process 1 only after every other process of its namespace.
  absl::Status KillRest() override { return absl::OkStatus(); }
  absl::Status Freeze() override { return cgroup_->Freeze(); }
  absl::Status Thaw() override { return cgroup_->Thaw(); }
  int64_t OutOfMemoryKills() override { return cgroup_->OutOfMemoryKills().value_or(0); }
  int64_t MemoryUsedMaxMib() const override;

 private:
  LinuxBackend(SharedParts* shared, const ContainerSpec& spec);
  absl::Status TakeNetwork();
  absl::Status TakeCgroup();
  LaunchRequest RequestFor(const std::vector<int>& tasks_fds, int v2_cgroup_fd) const;

  SharedParts* const shared_;
  const ContainerSpec spec_;
  std::optional<uid_t> user_;
  std::optional<ContainerCgroup> cgroup_;
  // The highest use with nothing in /tmp. While it is the peak, it is the answer, and the slow
  // statistics need not be asked. Of MemoryUsedMaxMib, whose calls do not overlap.
  mutable int64_t peak_without_tmp_ = -1;
  CgroupLimits limits_;
  UniqueFd network_namespace_;
  SupervisedContainer::RuntimeApi runtime_api_;
  // Present until the first Start, which makes the mount namespace of it.
  std::optional<PreparedRoot> root_;
  UniqueFd mount_namespace_;
  std::vector<std::string> paths_, arguments_, variables_;
  std::vector<char*> path_pointers_, argument_pointers_, variable_pointers_;
  sock_fprog filter_ = {};
};

LinuxBackend::LinuxBackend(SharedParts* shared, const ContainerSpec& spec)
    : shared_(shared), spec_(spec) {}

absl::StatusOr<std::unique_ptr<LinuxBackend>> LinuxBackend::Create(SharedParts* shared,
                                                                   const ContainerSpec& spec) {
  std::unique_ptr<LinuxBackend> backend(new LinuxBackend(shared, spec));
  ASSIGN_OR_RETURN(backend->root_, PrepareRoot(spec.root_directory, spec.tmp_mib));
  for (const ReadOnlyMount& mount : spec.mounts) {
    RETURN_IF_ERROR(PrepareMount(mount.host_directory, mount.target, *backend->root_));
  }
  ASSIGN_OR_RETURN(backend->user_, shared->users->Take());
  RETURN_IF_ERROR(backend->TakeNetwork());
  RETURN_IF_ERROR(backend->TakeCgroup());
  backend->paths_ = EntrypointPaths(spec);
  backend->arguments_ = spec.arguments;
  backend->variables_ = spec.variables;
  backend->variables_.push_back(
      absl::StrCat("AWS_LAMBDA_RUNTIME_API=", backend->runtime_api_.address));
  backend->path_pointers_ = PointersTo(backend->paths_);
  backend->argument_pointers_ = PointersTo(backend->arguments_);
  backend->variable_pointers_ = PointersTo(backend->variables_);
  backend->filter_ = {.len = static_cast<unsigned short>(shared->filter.size()),
                      .filter = shared->filter.data()};
  return backend;
}

LinuxBackend::~LinuxBackend() {
  // Closing the mount namespace frees /tmp, and only then are the cgroups quite empty.
  struct LeftBehind {
    UniqueFd mount_namespace;
    UniqueFd network_namespace;
    std::optional<PreparedRoot> root;
    std::optional<ContainerCgroup> cgroup;
  };
  auto left = std::make_shared<LeftBehind>();
  left->mount_namespace = std::move(mount_namespace_);
  left->network_namespace = std::move(network_namespace_);
  left->root = std::move(root_);
  std::optional<uint64_t> cgroup;
  if (cgroup_.has_value()) cgroup = cgroup_->number();
  left->cgroup = std::move(cgroup_);
  shared_->background->Do([shared = shared_, left, user = user_, cgroup]() {
    *left = {};
    if (cgroup.has_value()) (void)shared->cgroups->RemoveContainer(*cgroup);
    if (user.has_value()) shared->users->GiveBack(*user);
  });
}

absl::Status LinuxBackend::TakeNetwork() {
  if (spec_.network == ContainerNetwork::kHost) {
    ASSIGN_OR_RETURN(LoopbackListener host, ListenOnLoopback(0));
    runtime_api_ = {.listener = std::move(host.listener), .address = std::move(host.address)};
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(NetworkNamespace isolated, shared_->network_pool->Take());
  network_namespace_ = std::move(isolated.descriptor);
  runtime_api_ = {.listener = std::move(isolated.runtime_api_listener),
                  .address = kRuntimeApiAddress};
  return absl::OkStatus();
}

absl::Status LinuxBackend::TakeCgroup() {
  ASSIGN_OR_RETURN(const uint64_t number, shared_->cgroup_pool->Take());
  cgroup_.emplace(shared_->cgroups.get(), number);
  limits_ = CpuLimitsForMemory(spec_.memory_mib, shared_->cpus);
  limits_.memory_bytes = (spec_.memory_mib + spec_.tmp_mib) * kBytesPerMib;
  limits_.processes = spec_.processes_max;
  return cgroup_->SetMemoryAndProcessLimits(limits_);
}

LaunchRequest LinuxBackend::RequestFor(const std::vector<int>& tasks_fds, int v2_cgroup_fd) const {
  LaunchRequest request;
  request.plan = {.paths = path_pointers_.data(),
                  .arguments = argument_pointers_.data(),
                  .variables = variable_pointers_.data(),
                  .working_directory = spec_.working_directory.c_str(),
                  .open_files_max = spec_.open_files_max,
                  .hostname = spec_.name.c_str(),
                  .cgroup_tasks_fds = tasks_fds.data(),
                  .cgroup_tasks_count = static_cast<int>(tasks_fds.size()),
                  .mount_proc = true,
                  .processes_max = spec_.processes_max,
                  .confine = true,
                  .user = *user_,
                  .group = *user_,
                  .filter = &filter_};
  // The mount namespace is copied for every run: /proc is mounted in the copy and goes with it, and
  // each run finds the mounts as the first one did.
  request.new_namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;
  request.v2_cgroup_fd = v2_cgroup_fd;
  request.network_namespace_fd = network_namespace_.get();
  request.mount_namespace_fd = mount_namespace_.get();
  if (root_.has_value()) request.new_root = &*root_;
  return request;
}

absl::StatusOr<UniqueFd> LinuxBackend::Start(int output_fd) {
  ASSIGN_OR_RETURN(const CgroupEntrance entrance, cgroup_->OpenEntrance());
  std::vector<int> tasks_fds;
  for (const UniqueFd& tasks : entrance.v1_tasks) tasks_fds.push_back(tasks.get());
  // /dev/stdout can be opened by name only by the owner of the pipe.
  if (fchown(output_fd, *user_, *user_) != 0) return absl::ErrnoToStatus(errno, "fchown output");
  LaunchRequest request = RequestFor(tasks_fds, entrance.v2_directory.get());
  request.output_fd = output_fd;
  ASSIGN_OR_RETURN(Launched launched, shared_->launcher->Launch(request));
  if (root_.has_value()) {
    mount_namespace_ = std::move(launched.mount_namespace);
    root_.reset();
  }
  // After the launch, whose own work would use up the share that is meant for the function.
  if (absl::Status limited = cgroup_->SetCpuLimit(limits_); !limited.ok()) {
    RETURN_IF_ERROR(cgroup_->KillAll(launched.pidfd.get()));
    RETURN_IF_ERROR(WaitForExit(launched.pidfd.get(), kKillLimit));
    (void)Reap(launched.pidfd.get());
    return limited;
  }
  return std::move(launched.pidfd);
}

absl::Status LinuxBackend::KillAll(int entrypoint_pidfd) {
  RETURN_IF_ERROR(cgroup_->KillAll(entrypoint_pidfd));
  if (limits_.cpu_quota_us == 0) return absl::OkStatus();
  // A process that has used up its share would otherwise wait for the next period before it can
  // die.
  CgroupLimits generous = limits_;
  generous.cpu_quota_us = shared_->cpus * limits_.cpu_period_us;
  return cgroup_->SetCpuLimit(generous);
}

int64_t LinuxBackend::MemoryUsedMaxMib() const {
  const absl::StatusOr<int64_t> peak = cgroup_->MemoryPeakBytes();
  if (peak.ok() && *peak == peak_without_tmp_) return (*peak + kBytesPerMib - 1) / kBytesPerMib;
  const absl::StatusOr<int64_t> bytes = cgroup_->MemoryUsedMaxBytes();
  if (peak.ok() && bytes.ok() && *bytes == *peak) peak_without_tmp_ = *peak;
  return bytes.ok() ? (*bytes + kBytesPerMib - 1) / kBytesPerMib : 0;
}

class LinuxContainerRuntimeImpl final : public LinuxContainerRuntime {
 public:
  explicit LinuxContainerRuntimeImpl(std::unique_ptr<SharedParts> shared)
      : shared_(std::move(shared)) {}

  absl::StatusOr<std::unique_ptr<Container>> Create(const ContainerSpec& spec,
                                                    ContainerObserver* observer) override {
    RETURN_IF_ERROR(CheckContainerSpec(spec));
    ASSIGN_OR_RETURN(std::unique_ptr<LinuxBackend> backend,
                     LinuxBackend::Create(shared_.get(), spec));
    SupervisedContainer::RuntimeApi runtime_api = backend->TakeRuntimeApi();
    return SupervisedContainer::Create(spec.name, std::move(backend), std::move(runtime_api),
                                       shared_->loop.get(), observer);
  }
  absl::string_view name() const override { return "linux"; }
  void WaitUntilPrepared() override {
    shared_->cgroup_pool->WaitUntilFull();
    shared_->network_pool->WaitUntilFull();
  }
  std::string cgroup_tag() const override { return shared_->cgroups->tag(); }

 private:
  const std::unique_ptr<SharedParts> shared_;
};

absl::Status CheckOptions(const LinuxContainerRuntimeOptions& options) {
  const ContainerSpec named = {.name = options.name, .root_directory = "/", .arguments = {"a"}};
  if (!CheckContainerSpec(named).ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("linux runtime: name \"", options.name, "\": not 1 to 63 of [a-z0-9-]"));
  }
  if (options.prepared_max < 0 || options.prepared_max > kPreparedMax ||
      options.launch_threads < 1 || options.launch_threads > kLaunchThreadsMax ||
      options.containers_max < 1 || options.containers_max > kContainersMax ||
      options.first_user == 0) {
    return absl::InvalidArgumentError("linux runtime: an option is out of range");
  }
  return absl::OkStatus();
}

absl::Status CheckMachine() {
  if (geteuid() != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("linux runtime: needs root, but the effective user is ", geteuid()));
  }
  if (const std::string missing = MissingKernelCalls(); !missing.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("linux runtime: this kernel lacks ", missing));
  }
  struct sigaction on_child = {};
  if (sigaction(SIGCHLD, nullptr, &on_child) == 0 && on_child.sa_handler == SIG_IGN) {
    return absl::FailedPreconditionError(
        "linux runtime: SIGCHLD is ignored, so the kernel would discard how processes end");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LinuxContainerRuntime>> LinuxContainerRuntime::Create(
    const LinuxContainerRuntimeOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  RETURN_IF_ERROR(CheckMachine());
  const absl::StatusOr<CgroupLayout> layout = DiscoverCgroups();
  if (!layout.ok()) return absl::FailedPreconditionError(layout.status().message());
  RETURN_IF_ERROR(RemoveLeftOverCgroups(*layout).status());
  auto shared = std::make_unique<SharedParts>();
  shared->options = options;
  shared->cpus = sysconf(_SC_NPROCESSORS_ONLN);
  // The launcher comes first: it reserves low descriptor numbers.
  ASSIGN_OR_RETURN(UniqueFd mount_template, MakeTemplateMountNamespace());
  ASSIGN_OR_RETURN(shared->launcher,
                   Launcher::Create(options.launch_threads, std::move(mount_template)));
  ASSIGN_OR_RETURN(shared->filter, BuildSeccompFilter());
  ASSIGN_OR_RETURN(shared->cgroups, AgentCgroups::Create(*layout, options.name));
  ASSIGN_OR_RETURN(shared->loop, EventLoop::Create());
  shared->users = std::make_unique<UserNumbers>(options.first_user, options.containers_max);
  shared->background = std::make_unique<BackgroundWorker>();
  shared->cgroup_pool = std::make_unique<PreparedPool<uint64_t>>(
      options.prepared_max, [parts = shared.get()]() -> absl::StatusOr<uint64_t> {
        const uint64_t number = parts->next_cgroup++;
        RETURN_IF_ERROR(parts->cgroups->MakeContainer(number));
        return number;
      });
  shared->network_pool =
      std::make_unique<PreparedPool<NetworkNamespace>>(options.prepared_max, MakeNetworkNamespace);
  return std::make_unique<LinuxContainerRuntimeImpl>(std::move(shared));
}

}  // namespace floe::node_agent
