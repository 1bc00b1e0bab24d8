// Finds the processes that belong together without any help of the kernel's: by session, by parent,
// and by a mark in the environment that they were started with. A process that leaves the session,
// loses its parent and clears its environment is not found.

#ifndef FLOE_NODE_AGENT_CONTAINER_PROCESS_TREE_H_
#define FLOE_NODE_AGENT_CONTAINER_PROCESS_TREE_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/time.h"

namespace floe::node_agent {

// Thread-compatible.
class ProcessTree {
 public:
  // `mark` is NAME=value, a variable that only processes of this tree have.
  explicit ProcessTree(std::string mark) : mark_(std::move(mark)) {}

  const std::string& mark() const { return mark_; }
  // The session that the processes start in is the one of `leader`.
  void SetLeader(pid_t leader) { leader_ = leader; }

  // Returns when every process is dead. DEADLINE_EXCEEDED after `limit`.
  absl::Status Kill(Duration limit) const;
  // Returns when every process is stopped. DEADLINE_EXCEEDED after `limit`.
  absl::Status Stop(Duration limit) const;
  void Continue() const;

 private:
  struct Member {
    pid_t pid = 0;
    char state = 'R';  // As in /proc/<pid>/stat.
  };
  // Without those that are dead and only wait to be reaped.
  std::vector<Member> Members() const;

  const std::string mark_;
  pid_t leader_ = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_PROCESS_TREE_H_
