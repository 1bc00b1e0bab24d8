// Finds out where this machine's cgroup hierarchies are mounted and which of them offers what.
//
// Three layouts exist: v1 (each controller has a hierarchy of its own), v2 (one hierarchy for all),
// and hybrid (v1 controllers plus a bare v2 mount, good for freezing and killing only). All that is
// known comes from /proc/self/mountinfo and the v2 root's cgroup.controllers; no path is assumed.

#ifndef FLOE_NODE_AGENT_LINUX_CGROUP_DISCOVERY_H_
#define FLOE_NODE_AGENT_LINUX_CGROUP_DISCOVERY_H_

#include <array>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe::node_agent {

// What a container needs of cgroups. Freezing counts as a controller here, as it does in v1.
enum class CgroupController { kMemory, kCpu, kPids, kFreezer };
inline constexpr int kCgroupControllerCount = 4;
// "memory", "cpu", "pids", "freezer".
absl::string_view CgroupControllerName(CgroupController controller);

enum class CgroupVersion { kV1, kV2 };

// One controller's hierarchy: the mount point of the hierarchy's root as this process sees it.
struct CgroupHierarchy {
  CgroupVersion version = CgroupVersion::kV1;
  std::string mount_point;
};

// Indexed by CgroupController.
struct CgroupLayout {
  std::array<CgroupHierarchy, kCgroupControllerCount> hierarchies;

  const CgroupHierarchy& of(CgroupController controller) const {
    return hierarchies[static_cast<size_t>(controller)];
  }
};

// Decides the layout. `v2_controllers` is the content of the v2 root's cgroup.controllers, given
// the mount point that `FindCgroup2Mount` returns. A controller that v1 and v2 both offer is taken
// from v2. NOT_FOUND names every controller that no writable hierarchy offers.
absl::StatusOr<CgroupLayout> DecideCgroupLayout(absl::string_view mountinfo,
                                                absl::string_view v2_controllers);

// The mount point of the v2 hierarchy in the text of a mountinfo file; empty if there is none.
std::string FindCgroup2Mount(absl::string_view mountinfo);

// Looks at the running machine.
absl::StatusOr<CgroupLayout> DiscoverCgroups();

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_CGROUP_DISCOVERY_H_
