#include "node_agent/linux/mount_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/linux/kernel_mount.h"

namespace floe::node_agent {
namespace {

constexpr uint64_t kAttrNoSuid = 0x2;  // MOUNT_ATTR_* of <linux/mount.h>.
constexpr uint64_t kAttrNoExec = 0x8;
// One inode per page: as many empty files as could hold a page each.
constexpr int64_t kInodesPerMib = 256;

struct DeviceNode {
  const char* name;
  unsigned major;
  unsigned minor;
};
constexpr DeviceNode kDevices[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                                   {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

struct DeviceLink {
  const char* name;
  const char* target;
};
constexpr DeviceLink kLinks[] = {{"fd", "/proc/self/fd"},
                                 {"stdin", "/proc/self/fd/0"},
                                 {"stdout", "/proc/self/fd/1"},
                                 {"stderr", "/proc/self/fd/2"}};

absl::StatusOr<UniqueFd> MakeDeviceDirectory() {
  ASSIGN_OR_RETURN(UniqueFd devices, MakeTmpfs("64k", kAttrNoSuid | kAttrNoExec));
  for (const DeviceNode& node : kDevices) {
    if (mknodat(devices.get(), node.name, S_IFCHR | 0666, makedev(node.major, node.minor)) != 0 ||
        fchmodat(devices.get(), node.name, 0666, 0) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("make device ", node.name));
    }
  }
  for (const DeviceLink& link : kLinks) {
    if (symlinkat(link.target, devices.get(), link.name) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("link /dev/", link.name));
    }
  }
  RETURN_IF_ERROR(MakeReadOnly(devices.get(), kAttrNoSuid | kAttrNoExec));
  return devices;
}

// Makes the root of the calling thread that of its mount namespace, also when the process lives in
// a chroot: a directory that is no mount can neither be made private nor be left with pivot_root.
absl::Status LeaveChroot(int namespaces) {
  if (unshare(CLONE_FS) != 0) return absl::ErrnoToStatus(errno, "unshare root directory");
  const UniqueFd current(openat(namespaces, "mnt", O_RDONLY | O_CLOEXEC));
  if (!current.valid() || setns(current.get(), CLONE_NEWNS) != 0) {
    return absl::ErrnoToStatus(errno, "go to the root of the mount namespace");
  }
  return absl::OkStatus();
}

// Leaves the calling thread in a new mount namespace that holds `root` and nothing else.
// REQUIRES: the thread's root is that of its mount namespace.
absl::Status ReplaceWholeMountTree(int root) {
  if (unshare(CLONE_NEWNS) != 0) return absl::ErrnoToStatus(errno, "unshare mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return absl::ErrnoToStatus(errno, "make mounts private");
  }
  RETURN_IF_ERROR(AttachMount(root, AT_FDCWD, "/"));
  if (fchdir(root) != 0) return absl::ErrnoToStatus(errno, "change to the new root");
  // With both paths the same, the old root lies on top of the new one, from where it is detached.
  if (syscall(SYS_pivot_root, ".", ".") != 0) return absl::ErrnoToStatus(errno, "pivot_root");
  if (umount2(".", MNT_DETACH) != 0) return absl::ErrnoToStatus(errno, "detach the old root");
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> MakeTemplateOnThisThread() {
  const UniqueFd namespaces(open("/proc/thread-self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!namespaces.valid()) return absl::ErrnoToStatus(errno, "open /proc/thread-self/ns");
  ASSIGN_OR_RETURN(const UniqueFd devices, MakeDeviceDirectory());
  ASSIGN_OR_RETURN(const UniqueFd root, MakeTmpfs("16k", kAttrNoSuid | kAttrNoExec));
  if (mkdirat(root.get(), "dev", 0755) != 0) return absl::ErrnoToStatus(errno, "make /dev");
  RETURN_IF_ERROR(LeaveChroot(namespaces.get()));
  RETURN_IF_ERROR(ReplaceWholeMountTree(root.get()));
  RETURN_IF_ERROR(AttachMount(devices.get(), root.get(), "dev"));
  RETURN_IF_ERROR(MakeReadOnly(root.get(), kAttrNoSuid | kAttrNoExec));
  UniqueFd result(openat(namespaces.get(), "mnt", O_RDONLY | O_CLOEXEC));
  if (!result.valid()) return absl::ErrnoToStatus(errno, "open the template mount namespace");
  return result;
}

absl::Status CheckMountPoint(int root, const std::string& path, bool allow_links) {
  const absl::StatusOr<UniqueFd> directory = OpenDirectoryInRoot(root, path, allow_links);
  if (directory.ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("use root: no directory at mount point ", path));
}

}  // namespace

absl::StatusOr<UniqueFd> MakeTemplateMountNamespace() {
  // A thread of its own: the caller's root and namespace must stay what they are.
  absl::StatusOr<UniqueFd> result = UniqueFd();
  std::thread([&result] { result = MakeTemplateOnThisThread(); }).join();
  return result;
}

absl::StatusOr<PreparedRoot> PrepareRoot(const std::string& root_directory, int64_t tmp_mib) {
  PreparedRoot prepared = {.tmp_mib = tmp_mib};
  ASSIGN_OR_RETURN(prepared.root, CloneMountReadOnly(root_directory));
  for (const char* path : {"/proc", "/dev", "/tmp"}) {
    RETURN_IF_ERROR(CheckMountPoint(prepared.root.get(), path, /*allow_links=*/false));
  }
  return prepared;
}

absl::Status PrepareMount(const std::string& host_directory, const std::string& target,
                          PreparedRoot& root) {
  ASSIGN_OR_RETURN(UniqueFd mount, CloneMountReadOnly(host_directory));
  RETURN_IF_ERROR(CheckMountPoint(root.root.get(), target, /*allow_links=*/true));
  root.mounts.push_back({.mount = std::move(mount), .target = target});
  return absl::OkStatus();
}

absl::Status EnterNewMountNamespace(int template_namespace, const PreparedRoot& root) {
  if (setns(template_namespace, CLONE_NEWNS) != 0) {
    return absl::ErrnoToStatus(errno, "enter the template mount namespace");
  }
  if (unshare(CLONE_NEWNS) != 0) return absl::ErrnoToStatus(errno, "copy the template");
  const int root_fd = root.root.get();
  // On top of the template's root, whose own /dev this thread, still below, can reach.
  RETURN_IF_ERROR(AttachMount(root_fd, AT_FDCWD, "/"));
  ASSIGN_OR_RETURN(const UniqueFd dev, OpenDirectoryInRoot(root_fd, "/dev", false));
  if (syscall(SYS_move_mount, AT_FDCWD, "/dev", dev.get(), "", 0x40 /* T_EMPTY_PATH */) != 0) {
    return absl::ErrnoToStatus(errno, "move /dev into the root");
  }
  for (const PreparedMount& mount : root.mounts) {
    ASSIGN_OR_RETURN(const UniqueFd target, OpenDirectoryInRoot(root_fd, mount.target, true));
    RETURN_IF_ERROR(AttachMount(mount.mount.get(), target.get(), ""));
  }
  if (fchdir(root_fd) != 0 || chroot(".") != 0) {
    return absl::ErrnoToStatus(errno, "change to the container's root");
  }
  const std::string options =
      absl::StrCat("mode=1777,size=", root.tmp_mib, "m,nr_inodes=", root.tmp_mib * kInodesPerMib);
  if (::mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, "mount /tmp");
  }
  return absl::OkStatus();
}

}  // namespace floe::node_agent
