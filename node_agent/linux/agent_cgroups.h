// The cgroup directories of one agent: <hierarchy>/floe/<tag>/<number>, the same tree in every
// hierarchy in use.
//
// Guarantees:
//  - a tag belongs to one living agent: the agent holds a lock (flock) on the tag's directory in
//  the
//    first hierarchy, which the kernel releases when the agent dies, however it dies;
//  - left-overs of dead agents are found by that lock alone, so neither a reused process id nor
//  another
//    pid namespace can make a living agent look dead;
//  - removing left-overs kills every process in them first and never touches anything outside
//  floe/.

#ifndef FLOE_NODE_AGENT_LINUX_AGENT_CGROUPS_H_
#define FLOE_NODE_AGENT_LINUX_AGENT_CGROUPS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/linux/cgroup_discovery.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// Thread-safe: immutable after Create.
class AgentCgroups {
 public:
  // Claims a new tag that begins with `name` and makes its directories.
  // PERMISSION_DENIED, FAILED_PRECONDITION: the kernel refuses; the text names the directory.
  static absl::StatusOr<std::unique_ptr<AgentCgroups>> Create(const CgroupLayout& layout,
                                                              const std::string& name);
  // Removes the tag's directories and, with SIGKILL, whatever is still in them.
  ~AgentCgroups();
  AgentCgroups(const AgentCgroups&) = delete;
  AgentCgroups& operator=(const AgentCgroups&) = delete;

  // Makes the directories of container `number`.
  absl::Status MakeContainer(uint64_t number);
  // Removes them. REQUIRES: no process is left in them. FAILED_PRECONDITION: still busy.
  absl::Status RemoveContainer(uint64_t number);

  // The tag's directory in the hierarchy of `controller`.
  int directory_fd(CgroupController controller) const;
  CgroupVersion version(CgroupController controller) const {
    return layout_.of(controller).version;
  }
  // One descriptor per v1 hierarchy that processes must join; v2 is joined by clone3.
  const std::vector<int>& v1_directory_fds() const { return v1_directory_fds_; }
  const std::string& tag() const { return tag_; }

 private:
  // A hierarchy in use; co-mounted controllers share one.
  struct Tree {
    CgroupHierarchy hierarchy;
    UniqueFd tag_directory;
  };

  AgentCgroups(const CgroupLayout& layout, std::string tag);
  absl::Status OpenTrees();

  const CgroupLayout layout_;
  const std::string tag_;
  std::vector<Tree> trees_;  // The first one carries the lock.
  std::vector<int> v1_directory_fds_;
};

// Kills the processes and removes the directories that dead agents left behind. Returns how many
// dead agents there were. Living agents, of this process or another, are left alone.
absl::StatusOr<int> RemoveLeftOverCgroups(const CgroupLayout& layout);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_AGENT_CGROUPS_H_
