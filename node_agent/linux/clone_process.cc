#include "node_agent/linux/clone_process.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace floe::node_agent {
namespace {

#if defined(__x86_64__)

// The child starts on its own stack at the instruction after the system call, where nothing of the
// caller's frame may be used: it goes straight to `entry`.
[[maybe_unused]] int64_t CloneAndEnter(const clone_args* args, void (*entry)(void*),
                                       void* argument) {
  register void (*entry_register)(void*) asm("r12") = entry;
  register void* argument_register asm("r13") = argument;
  int64_t result = SYS_clone3;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(args), "S"(sizeof(clone_args)), "r"(entry_register), "r"(argument_register)
      : "rcx", "r11", "cc", "memory");
  return result;
}

#elif defined(__aarch64__)

[[maybe_unused]] int64_t CloneAndEnter(const clone_args* args, void (*entry)(void*),
                                       void* argument) {
  register int64_t number asm("x8") = SYS_clone3;
  register int64_t result asm("x0") = reinterpret_cast<int64_t>(args);
  register size_t size asm("x1") = sizeof(clone_args);
  register void (*entry_register)(void*) asm("x9") = entry;
  register void* argument_register asm("x10") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x10\n\t"
      "blr x9\n\t"
      "brk #1\n"
      "1:"
      : "+r"(result)
      : "r"(number), "r"(size), "r"(entry_register), "r"(argument_register)
      : "cc", "memory");
  return result;
}

#else

[[maybe_unused]] int64_t CloneAndEnter(const clone_args*, void (*)(void*), void*) {
  return -ENOSYS;
}

#endif

}  // namespace

pid_t CloneProcess(clone_args args, void (*entry)(void*), void* argument, char* stack,
                   size_t stack_bytes) {
  args.flags |= CLONE_VFORK;
  if constexpr (kChildSharesMemory) {
    args.flags |= CLONE_VM;
    args.stack = reinterpret_cast<uintptr_t>(stack);
    args.stack_size = stack_bytes;
    return static_cast<pid_t>(CloneAndEnter(&args, entry, argument));
  }
  const int64_t result = syscall(SYS_clone3, &args, sizeof(args));
  if (result == 0) {
    entry(argument);
    _exit(127);
  }
  return static_cast<pid_t>(result < 0 ? -errno : result);
}

}  // namespace floe::node_agent
