// Threads that start processes.
//
// Guarantees:
//  - a started process is killed by the kernel when the launcher, or the whole agent, goes: its
//  parent
//    is a launcher thread, and these live as long as the launcher;
//  - no other thread's root directory, working directory or namespaces are touched;
//  - when Launch returns a process, it has executed the entrypoint; otherwise none is left.

#ifndef FLOE_NODE_AGENT_LINUX_LAUNCHER_H_
#define FLOE_NODE_AGENT_LINUX_LAUNCHER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/linux/child.h"
#include "node_agent/linux/mount_namespace.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

struct LaunchRequest {
  ChildPlan plan;
  int output_fd = -1;  // What becomes 1 and 2 of the process.
  // CLONE_NEW* flags of the namespaces that are made for this process alone.
  uint64_t new_namespaces = 0;
  int v2_cgroup_fd = -1;          // -1: the agent's.
  int network_namespace_fd = -1;  // -1: the agent's.
  // At most one of the two. `mount_namespace_fd`: enter this one. `new_root`: build one from it;
  // its descriptor comes back in Launched, without the /proc of the process.
  int mount_namespace_fd = -1;
  const PreparedRoot* new_root = nullptr;
};

struct Launched {
  UniqueFd pidfd;
  pid_t pid = 0;
  UniqueFd mount_namespace;
};

// Thread-safe.
class Launcher {
 public:
  // `template_mount_namespace` may be invalid if no request names a mount namespace.
  static absl::StatusOr<std::unique_ptr<Launcher>> Create(int threads,
                                                          UniqueFd template_mount_namespace);
  // Waits for launches that are under way. Processes started earlier die.
  ~Launcher();
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  // Carries the request out on one of the threads and waits for it.
  absl::StatusOr<Launched> Launch(const LaunchRequest& request);

 private:
  struct Job {
    const LaunchRequest* request;
    absl::StatusOr<Launched> result = absl::UnknownError("not launched");
    bool done = false;
    std::condition_variable finished;
  };
  class Worker;

  Launcher(UniqueFd template_mount_namespace, UniqueFd agent_pidfd);
  void Serve(Worker& worker);

  const UniqueFd template_mount_namespace_;
  const UniqueFd agent_pidfd_;
  std::mutex mutex_;  // Guards jobs_ and stopping_.
  std::condition_variable wake_;
  std::deque<Job*> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_LAUNCHER_H_
