#include "node_agent/linux/agent_cgroups.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "node_agent/linux/kernel_file.h"

namespace floe::node_agent {
namespace {

constexpr char kFloeDirectory[] = "floe";
// A killed process leaves its cgroup a moment after it can be waited for; 5 s of waiting in all.
constexpr int kRemoveAttemptsMax = 5'000;
constexpr int kClaimAttemptsMax = 1'000;

void PauseOneMillisecond() {
  const timespec pause = {.tv_sec = 0, .tv_nsec = 1'000'000};
  nanosleep(&pause, nullptr);
}

// The distinct hierarchies of a layout; v2, if in use, comes first.
std::vector<CgroupHierarchy> DistinctHierarchies(const CgroupLayout& layout) {
  std::vector<CgroupHierarchy> distinct;
  for (const CgroupHierarchy& hierarchy : layout.hierarchies) {
    const bool known = std::any_of(distinct.begin(), distinct.end(), [&](const auto& other) {
      return other.mount_point == hierarchy.mount_point;
    });
    if (!known) distinct.push_back(hierarchy);
  }
  std::stable_partition(distinct.begin(), distinct.end(),
                        [](const auto& h) { return h.version == CgroupVersion::kV2; });
  return distinct;
}

std::string FloePath(const CgroupHierarchy& hierarchy) {
  return absl::StrCat(hierarchy.mount_point, "/", kFloeDirectory);
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("make cgroup ", path));
}

// Lets the children of the v2 directory `path` use every controller that the layout takes from v2.
absl::Status EnableControllers(const CgroupLayout& layout, const std::string& path) {
  for (int i = 0; i < kCgroupControllerCount; ++i) {
    const CgroupController controller = static_cast<CgroupController>(i);
    if (controller == CgroupController::kFreezer) continue;
    if (layout.of(controller).version != CgroupVersion::kV2) continue;
    RETURN_IF_ERROR(WriteKernelFile(AT_FDCWD, path + "/cgroup.subtree_control",
                                    absl::StrCat("+", CgroupControllerName(controller))));
  }
  return absl::OkStatus();
}

// rmdir that waits while the kernel says that a dying process is still inside.
absl::Status RemoveDirectoryAt(int directory_fd, const std::string& path) {
  for (int attempt = 0; attempt < kRemoveAttemptsMax; ++attempt) {
    if (unlinkat(directory_fd, path.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
      return absl::OkStatus();
    }
    if (errno != EBUSY) break;
    PauseOneMillisecond();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("remove cgroup ", path));
}

std::vector<std::string> SubdirectoriesOf(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
  }
  closedir(directory);
  return names;
}

void KillProcessesIn(const std::string& path) {
  // A process frozen by the v1 freezer dies only when thawed; v2 kills frozen ones. Writing to a
  // file that this hierarchy does not have is refused and harmless.
  (void)WriteKernelFile(AT_FDCWD, path + "/cgroup.kill", "1");
  const absl::StatusOr<std::string> processes = ReadKernelFile(AT_FDCWD, path + "/cgroup.procs");
  if (processes.ok()) {
    for (absl::string_view line : absl::StrSplit(*processes, '\n', absl::SkipEmpty())) {
      pid_t pid = 0;
      if (absl::SimpleAtoi(line, &pid) && pid > 0) kill(pid, SIGKILL);
    }
  }
  (void)WriteKernelFile(AT_FDCWD, path + "/freezer.state", "THAWED");
}

// Kills and removes the tree below `path`, deepest directories first.
absl::Status RemoveTree(const std::string& path) {
  for (const std::string& name : SubdirectoriesOf(path)) {
    RETURN_IF_ERROR(RemoveTree(absl::StrCat(path, "/", name)));
  }
  for (int attempt = 0; attempt < kRemoveAttemptsMax; ++attempt) {
    if (rmdir(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
    if (errno != EBUSY) break;
    KillProcessesIn(path);
    PauseOneMillisecond();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("remove cgroup ", path));
}

// Makes the directory of `tag` in `hierarchy`, and those above it. ALREADY_EXISTS: it is there.
absl::Status MakeTagDirectory(const CgroupLayout& layout, const CgroupHierarchy& hierarchy,
                              const std::string& tag) {
  const std::string path = absl::StrCat(FloePath(hierarchy), "/", tag);
  const bool is_v2 = hierarchy.version == CgroupVersion::kV2;
  for (int attempt = 0; attempt < kClaimAttemptsMax; ++attempt) {
    if (is_v2) RETURN_IF_ERROR(EnableControllers(layout, hierarchy.mount_point));
    RETURN_IF_ERROR(MakeDirectory(FloePath(hierarchy)));
    const absl::Status enabled =
        is_v2 ? EnableControllers(layout, FloePath(hierarchy)) : absl::OkStatus();
    // Another agent removes floe/ when it is the last one to leave: make it again.
    if (absl::IsNotFound(enabled)) continue;
    RETURN_IF_ERROR(enabled);
    if (mkdir(path.c_str(), 0755) == 0) return absl::OkStatus();
    if (errno != ENOENT) break;
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("make cgroup ", path));
}

// Opens `path` and takes its lock. NOT_FOUND: no such directory. FAILED_PRECONDITION: locked by a
// living agent.
absl::StatusOr<UniqueFd> LockDirectory(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("lock ", path, ": in use"));
  }
  struct stat locked;
  struct stat named;
  // Between open and lock another agent may have removed the directory, and a third made it anew.
  if (fstat(fd.get(), &locked) != 0 || stat(path.c_str(), &named) != 0 ||
      locked.st_ino != named.st_ino || locked.st_dev != named.st_dev) {
    return absl::NotFoundError(absl::StrCat("lock ", path, ": replaced meanwhile"));
  }
  return fd;
}

}  // namespace

AgentCgroups::AgentCgroups(const CgroupLayout& layout, std::string tag)
    : layout_(layout), tag_(std::move(tag)) {}

absl::StatusOr<std::unique_ptr<AgentCgroups>> AgentCgroups::Create(const CgroupLayout& layout,
                                                                   const std::string& name) {
  const std::vector<CgroupHierarchy> hierarchies = DistinctHierarchies(layout);
  static std::atomic<int> counter = 0;
  for (int attempt = 0; attempt < kClaimAttemptsMax; ++attempt) {
    std::string tag = absl::StrCat(name, "-", getpid(), "-", ++counter);
    const std::string path = absl::StrCat(FloePath(hierarchies.front()), "/", tag);
    const absl::Status made = MakeTagDirectory(layout, hierarchies.front(), tag);
    if (absl::IsAlreadyExists(made)) continue;
    RETURN_IF_ERROR(made);
    absl::StatusOr<UniqueFd> lock = LockDirectory(path);
    if (!lock.ok()) continue;  // Swept away before it was locked: take another name.
    std::unique_ptr<AgentCgroups> cgroups(new AgentCgroups(layout, std::move(tag)));
    cgroups->trees_.push_back({hierarchies.front(), *std::move(lock)});
    RETURN_IF_ERROR(cgroups->OpenTrees());
    return cgroups;
  }
  return absl::ResourceExhaustedError(absl::StrCat("claim a cgroup tag for ", name));
}

// Makes and opens the tag's directories. REQUIRES: the first hierarchy's is there already.
absl::Status AgentCgroups::OpenTrees() {
  const std::vector<CgroupHierarchy> hierarchies = DistinctHierarchies(layout_);
  for (size_t i = 0; i < hierarchies.size(); ++i) {
    const std::string path = absl::StrCat(FloePath(hierarchies[i]), "/", tag_);
    if (i > 0) {
      RETURN_IF_ERROR(MakeTagDirectory(layout_, hierarchies[i], tag_));
      UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
      trees_.push_back({hierarchies[i], std::move(fd)});
    }
    if (hierarchies[i].version == CgroupVersion::kV2) {
      RETURN_IF_ERROR(EnableControllers(layout_, path));
    } else {
      v1_directory_fds_.push_back(trees_[i].tag_directory.get());
    }
  }
  return absl::OkStatus();
}

AgentCgroups::~AgentCgroups() {
  // The lock goes last, so that no sweep sees half of the tag.
  for (auto tree = trees_.rbegin(); tree != trees_.rend(); ++tree) {
    (void)RemoveTree(absl::StrCat(FloePath(tree->hierarchy), "/", tag_));
  }
  // Refused while another agent has a tag there.
  for (const Tree& tree : trees_) rmdir(FloePath(tree.hierarchy).c_str());
}

absl::Status AgentCgroups::MakeContainer(uint64_t number) {
  const std::string name = absl::StrCat(number);
  for (const Tree& tree : trees_) {
    if (mkdirat(tree.tag_directory.get(), name.c_str(), 0755) == 0) continue;
    const absl::Status status = absl::ErrnoToStatus(
        errno, absl::StrCat("make cgroup ", FloePath(tree.hierarchy), "/", tag_, "/", name));
    (void)RemoveContainer(number);
    return status;
  }
  return absl::OkStatus();
}

absl::Status AgentCgroups::RemoveContainer(uint64_t number) {
  absl::Status first_error;
  for (const Tree& tree : trees_) {
    first_error.Update(RemoveDirectoryAt(tree.tag_directory.get(), absl::StrCat(number)));
  }
  return first_error;
}

int AgentCgroups::directory_fd(CgroupController controller) const {
  const std::string& mount_point = layout_.of(controller).mount_point;
  const auto tree = std::find_if(trees_.begin(), trees_.end(), [&](const Tree& candidate) {
    return candidate.hierarchy.mount_point == mount_point;
  });
  return tree == trees_.end() ? -1 : tree->tag_directory.get();
}

absl::StatusOr<int> RemoveLeftOverCgroups(const CgroupLayout& layout) {
  const std::vector<CgroupHierarchy> hierarchies = DistinctHierarchies(layout);
  // All tags are listed before any lock is tried: a tag listed without its locked directory is
  // dead, because that directory is the first to be made and the last to be removed.
  std::set<std::string> tags;
  for (const CgroupHierarchy& hierarchy : hierarchies) {
    for (std::string& tag : SubdirectoriesOf(FloePath(hierarchy))) tags.insert(std::move(tag));
  }
  int dead_agents = 0;
  absl::Status first_error;
  for (const std::string& tag : tags) {
    const absl::StatusOr<UniqueFd> lock =
        LockDirectory(absl::StrCat(FloePath(hierarchies.front()), "/", tag));
    if (!lock.ok() && !absl::IsNotFound(lock.status())) continue;
    ++dead_agents;
    for (auto hierarchy = hierarchies.rbegin(); hierarchy != hierarchies.rend(); ++hierarchy) {
      first_error.Update(RemoveTree(absl::StrCat(FloePath(*hierarchy), "/", tag)));
    }
  }
  if (!first_error.ok()) return first_error;
  return dead_agents;
}

}  // namespace floe::node_agent
