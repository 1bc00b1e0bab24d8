#include "node_agent/linux/seccomp_filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {
namespace {

// Refused with EPERM whatever the arguments. Names that a machine does not have are skipped.
constexpr const char* kRefused[] = {
    // Mounts, roots, namespaces.
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "unshare",
    "setns",
    "open_tree",
    "open_tree_attr",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "statmount",
    "listmount",
    // Other processes.
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "kcmp",
    "pidfd_getfd",
    // Large kernel interfaces.
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "fanotify_init",
    "fanotify_mark",
    "lookup_dcookie",
    "open_by_handle_at",
    "quotactl",
    "quotactl_fd",
    "modify_ldt",
    "move_pages",
    "migrate_pages",
    "mbind",
    "set_mempolicy",
    "set_mempolicy_home_node",
    // The machine.
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "settimeofday",
    "stime",
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "clock_adjtime64",
    "adjtimex",
    "syslog",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "vhangup",
    "nfsservctl",
    "_sysctl",
    "sysfs",
    "uselib",
    "ustat",
    "bdflush",
    "vm86",
    "vm86old",
};

// Flags of clone that make namespaces. CLONE_NEWTIME is not one: clone reads that bit as a signal.
constexpr uint64_t kNamespaceFlags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                        CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};

// Asks for the present personality.
constexpr uint64_t kPersonalityQuery = 0xffffffff;

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

absl::Status Add(scmp_filter_ctx filter, uint32_t action, const char* name,
                 std::vector<scmp_arg_cmp> conditions = {}) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number == __NR_SCMP_ERROR || number < 0) return absl::OkStatus();
  const int error = seccomp_rule_add_array(
      filter, action, number, static_cast<unsigned>(conditions.size()), conditions.data());
  if (error == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(-error, absl::StrCat("seccomp rule for ", name));
}

absl::Status AddRules(scmp_filter_ctx filter) {
  for (const char* name : kRefused) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ERRNO(EPERM), name));
  }
  RETURN_IF_ERROR(Add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3"));
  for (const uint64_t flag : kNamespaceFlags) {
    RETURN_IF_ERROR(
        Add(filter, SCMP_ACT_ERRNO(EPERM), "clone", {SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)}));
  }
  // Terminal input injection and the console's selection, which can type into another session.
  for (const uint64_t request : {0x5412, 0x541c}) {
    RETURN_IF_ERROR(Add(filter, SCMP_ACT_ERRNO(EPERM), "ioctl",
                        {SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, request)}));
  }
  // Asking for the personality is fine, changing it is not: it can switch address randomisation
  // off.
  return Add(filter, SCMP_ACT_ERRNO(EPERM), "personality",
             {SCMP_A0(SCMP_CMP_NE, kPersonalityQuery)});
}

}  // namespace

absl::StatusOr<std::vector<sock_filter>> BuildSeccompFilter() {
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return absl::ResourceExhaustedError("seccomp: make a filter");
  // A tree instead of a list: a few comparisons per call instead of a hundred.
  if (const int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2); error != 0) {
    return absl::ErrnoToStatus(-error, "seccomp: choose the tree layout");
  }
  RETURN_IF_ERROR(AddRules(filter.get()));
  const UniqueFd file(memfd_create("floe-seccomp", MFD_CLOEXEC));
  if (!file.valid()) return absl::ErrnoToStatus(errno, "seccomp: memfd_create");
  if (const int error = seccomp_export_bpf(filter.get(), file.get()); error != 0) {
    return absl::ErrnoToStatus(-error, "seccomp: export the filter");
  }
  struct stat status;
  if (fstat(file.get(), &status) != 0) return absl::ErrnoToStatus(errno, "seccomp: fstat");
  std::vector<sock_filter> code(static_cast<size_t>(status.st_size) / sizeof(sock_filter));
  const ssize_t want = static_cast<ssize_t>(code.size() * sizeof(sock_filter));
  if (pread(file.get(), code.data(), static_cast<size_t>(want), 0) != want) {
    return absl::InternalError("seccomp: read the filter back");
  }
  return code;
}

}  // namespace floe::node_agent
