// Starts a child with clone3 that shares this process's memory until it executes a program, so that
// the cost does not grow with the agent's memory.

#ifndef FLOE_NODE_AGENT_LINUX_CLONE_PROCESS_H_
#define FLOE_NODE_AGENT_LINUX_CLONE_PROCESS_H_

#include <linux/sched.h>
#include <sys/types.h>

#include <cstddef>

namespace floe::node_agent {

// Whether the child shares the caller's memory. Not in sanitizer builds, whose bookkeeping of
// memory and threads does not survive it, nor on machines whose entry code is not written; there
// the child gets a copy, and only what lies in shared mappings comes back.
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) || \
    __has_feature(memory_sanitizer)
inline constexpr bool kChildSharesMemory = false;
#else
inline constexpr bool kChildSharesMemory = true;
#endif
#else
inline constexpr bool kChildSharesMemory = true;
#endif
#else
inline constexpr bool kChildSharesMemory = false;
#endif

// Runs `entry(argument)` in a new child on `stack` and returns, once the child has executed a
// program or exited, its process id or a negative errno. CLONE_VFORK, the memory flags and the
// stack are added to `args`. `entry` must not return, must only make system calls, and sees the
// caller's thread-local storage. REQUIRES: all signals are blocked; `stack` is not in use by
// another thread.
pid_t CloneProcess(clone_args args, void (*entry)(void*), void* argument, char* stack,
                   size_t stack_bytes);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CLONE_PROCESS_H_
