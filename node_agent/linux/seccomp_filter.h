// The system calls that code in a container may not make.
//
// Guarantees (the calls fail, the caller lives on):
//  - no new namespace, mount or root: EPERM, and ENOSYS for clone3, whose flags a filter cannot
//  see, so
//    that C libraries fall back to clone;
//  - no look into other processes: ptrace, process_vm_*, kcmp, pidfd_getfd;
//  - no kernel interface that unprivileged code has no need of and past holes came from: bpf,
//    perf_event_open, userfaultfd, keys, io_uring, modules, kexec, and their like;
//  - a program for another instruction set of the same machine is killed at its first call.

#ifndef FLOE_NODE_AGENT_LINUX_SECCOMP_FILTER_H_
#define FLOE_NODE_AGENT_LINUX_SECCOMP_FILTER_H_

#include <linux/filter.h>

#include <vector>

#include "absl/status/statusor.h"

namespace floe::node_agent {

// Builds the filter as the kernel wants it. The cost is a millisecond or so: build it once.
absl::StatusOr<std::vector<sock_filter>> BuildSeccompFilter();

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_SECCOMP_FILTER_H_
