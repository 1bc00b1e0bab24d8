#include "node_agent/linux/kernel_mount.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace floe::node_agent {
namespace {

// MS_PRIVATE of <sys/mount.h>, which cannot be included beside <linux/mount.h>.
constexpr uint64_t kPropagationPrivate = 1 << 18;

}  // namespace

absl::Status MakeReadOnly(int mount_fd, uint64_t attributes) {
  mount_attr attr = {};
  attr.attr_set = MOUNT_ATTR_RDONLY | attributes;
  attr.propagation = kPropagationPrivate;
  if (syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) != 0) {
    return absl::ErrnoToStatus(errno, "mount_setattr");
  }
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> CloneMountReadOnly(const std::string& path) {
  const UniqueFd directory(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    const std::string text = absl::StrCat("open directory ", path);
    if (errno == ENOTDIR) return absl::InvalidArgumentError(text + ": not a directory");
    return absl::ErrnoToStatus(errno, text);
  }
  UniqueFd mount(static_cast<int>(syscall(SYS_open_tree, directory.get(), "",
                                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH)));
  if (!mount.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open_tree ", path));
  RETURN_IF_ERROR(MakeReadOnly(mount.get(), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  return mount;
}

absl::StatusOr<UniqueFd> MakeTmpfs(const std::string& size, uint64_t mount_attributes) {
  const UniqueFd context(static_cast<int>(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  if (!context.valid()) return absl::ErrnoToStatus(errno, "fsopen tmpfs");
  if (syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, "size", size.c_str(), 0) != 0 ||
      syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, "mode", "0755", 0) != 0 ||
      syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return absl::ErrnoToStatus(errno, "fsconfig tmpfs");
  }
  UniqueFd mount(
      static_cast<int>(syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, mount_attributes)));
  if (!mount.valid()) return absl::ErrnoToStatus(errno, "fsmount tmpfs");
  return mount;
}

absl::Status AttachMount(int mount_fd, int target_fd, const char* target) {
  const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (*target == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0);
  if (syscall(SYS_move_mount, mount_fd, "", target_fd, target, flags) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("move_mount ", target));
  }
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> OpenDirectoryInRoot(int root_fd, const std::string& path,
                                             bool allow_links) {
  open_how how = {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (allow_links ? 0 : RESOLVE_NO_SYMLINKS);
  UniqueFd fd(static_cast<int>(syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof(how))));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open directory ", path));
  return fd;
}

std::string MissingKernelCalls() {
  struct Call {
    absl::string_view name;
    int64_t number;
  };
  // Every one of these refuses the arguments -1 and 0; only a kernel without it says ENOSYS.
  constexpr Call kCalls[] = {
      {"clone3 (Linux 5.3)", SYS_clone3},
      {"pidfd_open (Linux 5.3)", SYS_pidfd_open},
      {"open_tree (Linux 5.2)", SYS_open_tree},
      {"move_mount (Linux 5.2)", SYS_move_mount},
      {"fsmount (Linux 5.2)", SYS_fsmount},
      {"openat2 (Linux 5.6)", SYS_openat2},
      {"mount_setattr (Linux 5.12)", SYS_mount_setattr},
  };
  std::string missing;
  for (const Call& call : kCalls) {
    if (syscall(static_cast<long>(call.number), -1, 0, 0, 0, 0) == -1 && errno == ENOSYS) {
      absl::StrAppend(&missing, missing.empty() ? "" : ", ", call.name);
    }
  }
  // The arguments above would close descriptors: an empty range is refused instead.
  if (syscall(SYS_close_range, 1, 0, 0) == -1 && errno == ENOSYS) {
    absl::StrAppend(&missing, missing.empty() ? "" : ", ", "close_range (Linux 5.9)");
  }
  return missing;
}

}  // namespace floe::node_agent
