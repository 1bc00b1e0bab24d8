/* What a function might try, one experiment per command. Linked statically, for roots without a C
 * library. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void Report(const char* name, long result) {
  printf("%s %s\n", name, result == -1 ? strerrorname_np(errno) : "done");
}

static int TryCalls(void) {
  char arguments[256] = {0};
  Report("mount", mount("none", "/tmp", "tmpfs", 0, ""));
  Report("umount", umount2("/tmp", MNT_DETACH));
  Report("chroot", chroot("/tmp"));
  Report("unshare-user", unshare(CLONE_NEWUSER));
  Report("unshare-net", unshare(CLONE_NEWNET));
  Report("clone-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
  Report("clone3", syscall(SYS_clone3, arguments, 64));
  Report("setns", setns(0, 0));
  Report("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
  Report("bpf", syscall(SYS_bpf, 0, arguments, sizeof(arguments)));
  Report("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
  Report("perf_event_open", syscall(SYS_perf_event_open, arguments, 0, -1, -1, 0));
  Report("userfaultfd", syscall(SYS_userfaultfd, 0));
  Report("io_uring_setup", syscall(SYS_io_uring_setup, 1, arguments));
  Report("open_by_handle_at", syscall(SYS_open_by_handle_at, 0, arguments, 0));
  Report("personality", syscall(SYS_personality, 0x0040000));
  Report("sethostname", sethostname("x", 1));
  Report("mknod-device", mknod("/tmp/null", 0020666, 0x103));
  Report("mkfifo", mknod("/tmp/fifo", 0010666, 0));
  Report("fork", fork());
  return 0;
}

/* Forks until the kernel refuses; the children wait to be killed. */
static int ForkMax(void) {
  int made = 0;
  while (1) {
    const pid_t child = fork();
    if (child == 0) {
      while (1) pause();
    }
    if (child < 0) break;
    ++made;
  }
  printf("%d processes, then %s\n", made + 1, strerrorname_np(errno));
  return 0;
}

static void ForkForEver(void) {
  while (1) {
    if (fork() < 0) usleep(1000);
  }
}

static int UseMemory(long mib) {
  for (long i = 0; i < mib; ++i) {
    char* block = malloc(1 << 20);
    if (block == NULL) return 2;
    memset(block, 1, 1 << 20);
  }
  printf("used %ld MiB\n", mib);
  return 0;
}

int main(int argc, char** argv) {
  const char* command = argc > 1 ? argv[1] : "pause";
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(command, "pause") == 0) {
    while (1) pause();
  }
  if (strcmp(command, "ready") == 0) {
    puts("ready");
    while (1) pause();
  }
  if (strcmp(command, "spin") == 0) {
    volatile long turns = 0;
    while (1) ++turns;
  }
  if (strcmp(command, "calls") == 0) return TryCalls();
  if (strcmp(command, "fork-max") == 0) return ForkMax();
  if (strcmp(command, "fork-for-ever") == 0) ForkForEver();
  if (strcmp(command, "memory") == 0) return UseMemory(argc > 2 ? atol(argv[2]) : 1);
  if (strcmp(command, "fault") == 0) {
    volatile int* nowhere = NULL;
    *nowhere = 1;
  }
  if (strcmp(command, "memory-in-child") == 0) {
    const pid_t child = fork();
    if (child == 0) return UseMemory(atol(argv[2]));
    while (kill(child, 0) == 0) usleep(1000);
    return 7;
  }
  return 64;
}
