#include "node_agent/container/process_container_runtime.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "node_agent/container/container_backend.h"
#include "node_agent/container/container_spec_check.h"
#include "node_agent/container/process_tree.h"
#include "node_agent/container/supervised_container.h"
#include "node_agent/linux/event_loop.h"
#include "node_agent/linux/kernel_file.h"
#include "node_agent/linux/launcher.h"
#include "node_agent/linux/network_namespace.h"

namespace floe::node_agent {
namespace {

constexpr Duration kSignalLimit = Duration::Seconds(30);

bool IsDirectory(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsBelow(const std::string& path, const std::string& directory) {
  return path == directory || absl::StartsWith(path, directory + "/");
}

// Where a container's `path` lies on the host: below the deepest mount that covers it, or the root.
std::string HostPath(const ContainerSpec& spec, const std::string& path) {
  if (!absl::StartsWith(path, "/")) return path;
  const ReadOnlyMount* best = nullptr;
  for (const ReadOnlyMount& mount : spec.mounts) {
    const bool deeper = best == nullptr || mount.target.size() > best->target.size();
    if (deeper && IsBelow(path, mount.target)) best = &mount;
  }
  if (best != nullptr) return best->host_directory + path.substr(best->target.size());
  return spec.root_directory == "/" ? path : spec.root_directory + path;
}

std::vector<char*> PointersTo(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class ProcessBackend final : public ContainerBackend {
 public:
  // `temporary_directory` is the container's own and removed with it.
  ProcessBackend(Launcher* launcher, ContainerSpec spec, const std::string& runtime_api_address,
                 std::string temporary_directory, std::string mark);
  ~ProcessBackend() override;

  absl::StatusOr<UniqueFd> Start(int output_fd) override;
  absl::Status KillAll(int) override { return tree_.Kill(kSignalLimit); }
  absl::Status KillRest() override { return tree_.Kill(kSignalLimit); }
  absl::Status Freeze() override { return tree_.Stop(kSignalLimit); }
  absl::Status Thaw() override {
    tree_.Continue();
    return absl::OkStatus();
  }
  int64_t OutOfMemoryKills() override { return 0; }
  int64_t MemoryUsedMaxMib() const override;

 private:
  Launcher* const launcher_;
  const ContainerSpec spec_;
  const std::string temporary_directory_;
  ProcessTree tree_;
  pid_t pid_ = 0;
  std::vector<std::string> paths_, arguments_, variables_;
};

ProcessBackend::ProcessBackend(Launcher* launcher, ContainerSpec spec,
                               const std::string& runtime_api_address,
                               std::string temporary_directory, std::string mark)
    : launcher_(launcher),
      spec_(std::move(spec)),
      temporary_directory_(std::move(temporary_directory)),
      tree_(std::move(mark)),
      arguments_(spec_.arguments) {
  for (const std::string& path : EntrypointPaths(spec_)) paths_.push_back(HostPath(spec_, path));
  for (const std::string& variable : spec_.variables) {
    if (!absl::StartsWith(variable, "TMPDIR=")) variables_.push_back(variable);
  }
  variables_.push_back(absl::StrCat("TMPDIR=", temporary_directory_));
  variables_.push_back(absl::StrCat("AWS_LAMBDA_RUNTIME_API=", runtime_api_address));
  variables_.push_back(tree_.mark());
}

ProcessBackend::~ProcessBackend() {
  std::error_code ignored;
  std::filesystem::remove_all(temporary_directory_, ignored);
}

absl::StatusOr<UniqueFd> ProcessBackend::Start(int output_fd) {
  const std::vector<char*> paths = PointersTo(paths_);
  const std::vector<char*> arguments = PointersTo(arguments_);
  const std::vector<char*> variables = PointersTo(variables_);
  const std::string working_directory = HostPath(spec_, spec_.working_directory);
  LaunchRequest request;
  request.plan = {.paths = paths.data(),
                  .arguments = arguments.data(),
                  .variables = variables.data(),
                  .working_directory = working_directory.c_str(),
                  .open_files_max = spec_.open_files_max};
  request.output_fd = output_fd;
  ASSIGN_OR_RETURN(Launched launched, launcher_->Launch(request));
  pid_ = launched.pid;
  tree_.SetLeader(launched.pid);
  return std::move(launched.pidfd);
}

// Of the entrypoint alone.
int64_t ProcessBackend::MemoryUsedMaxMib() const {
  const absl::StatusOr<std::string> status =
      ReadKernelFile(AT_FDCWD, absl::StrCat("/proc/", pid_, "/status"));
  if (!status.ok()) return 0;
  for (absl::string_view line : absl::StrSplit(*status, '\n')) {
    if (absl::StartsWith(line, "VmHWM:")) {
      return (strtoll(std::string(line.substr(6)).c_str(), nullptr, 10) + 1023) / 1024;
    }
  }
  return 0;
}

class ProcessContainerRuntimeImpl final : public ProcessContainerRuntime {
 public:
  ProcessContainerRuntimeImpl(const ProcessContainerRuntimeOptions& options,
                              std::unique_ptr<EventLoop> loop, std::unique_ptr<Launcher> launcher)
      : options_(options), loop_(std::move(loop)), launcher_(std::move(launcher)) {}

  absl::StatusOr<std::unique_ptr<Container>> Create(const ContainerSpec& spec,
                                                    ContainerObserver* observer) override;
  absl::string_view name() const override { return "process"; }

 private:
  const ProcessContainerRuntimeOptions options_;
  const std::unique_ptr<EventLoop> loop_;
  const std::unique_ptr<Launcher> launcher_;
  std::atomic<uint64_t> next_mark_ = 1;
};

absl::StatusOr<std::unique_ptr<Container>> ProcessContainerRuntimeImpl::Create(
    const ContainerSpec& spec, ContainerObserver* observer) {
  RETURN_IF_ERROR(CheckContainerSpec(spec));
  if (!IsDirectory(spec.root_directory)) {
    return absl::NotFoundError(absl::StrCat("use root: no directory ", spec.root_directory));
  }
  for (const ReadOnlyMount& mount : spec.mounts) {
    if (!IsDirectory(mount.host_directory)) {
      return absl::NotFoundError(absl::StrCat("use mount: no directory ", mount.host_directory));
    }
  }
  for (const char* mount_point : {"/proc", "/dev", "/tmp"}) {
    if (!IsDirectory(spec.root_directory + mount_point)) {
      return absl::FailedPreconditionError(
          absl::StrCat("use root: no directory at mount point ", mount_point));
    }
  }
  ASSIGN_OR_RETURN(LoopbackListener runtime_api, ListenOnLoopback(0));
  std::string temporary =
      absl::StrCat(options_.temporary_directory, "/floe-", spec.name, "-XXXXXX");
  if (mkdtemp(temporary.data()) == nullptr) {
    return absl::ErrnoToStatus(errno, absl::StrCat("make directory ", temporary));
  }
  std::string mark = absl::StrCat("FLOE_CONTAINER_MARK=", getpid(), "-",
                                  reinterpret_cast<uintptr_t>(this), "-", next_mark_++);
  auto backend = std::make_unique<ProcessBackend>(launcher_.get(), spec, runtime_api.address,
                                                  std::move(temporary), std::move(mark));
  return SupervisedContainer::Create(
      spec.name, std::move(backend),
      {.listener = std::move(runtime_api.listener), .address = std::move(runtime_api.address)},
      loop_.get(), observer);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessContainerRuntime>> ProcessContainerRuntime::Create(
    const ProcessContainerRuntimeOptions& options) {
  struct sigaction on_child = {};
  if (sigaction(SIGCHLD, nullptr, &on_child) == 0 && on_child.sa_handler == SIG_IGN) {
    return absl::FailedPreconditionError(
        "process runtime: SIGCHLD is ignored, so the kernel would discard how processes end");
  }
  if (!IsDirectory(options.temporary_directory)) {
    return absl::NotFoundError(
        absl::StrCat("process runtime: no directory ", options.temporary_directory));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Launcher> launcher,
                   Launcher::Create(options.launch_threads, UniqueFd()));
  ASSIGN_OR_RETURN(std::unique_ptr<EventLoop> loop, EventLoop::Create());
  fputs(
      "floe: WARNING: the process runtime ISOLATES NOTHING. Functions run as this user, with this "
      "user's files and network.\n",
      stderr);
  return std::make_unique<ProcessContainerRuntimeImpl>(options, std::move(loop),
                                                       std::move(launcher));
}

}  // namespace floe::node_agent
