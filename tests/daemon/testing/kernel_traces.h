// What the kernel shows of a node's containers, found without asking Floe.

#ifndef FLOE_TESTS_DAEMON_TESTING_KERNEL_TRACES_H_
#define FLOE_TESTS_DAEMON_TESTING_KERNEL_TRACES_H_

#include <sys/types.h>

#include <set>
#include <string>

namespace floe::test {

// Living processes in cgroups of the node `name`.
std::set<pid_t> ContainerProcesses(const std::string& name);
// Those of `processes` that still run; a zombie does not.
std::set<pid_t> StillRunning(const std::set<pid_t>& processes);
// Cgroup directories of agents of the node `name`, in every hierarchy.
std::set<std::string> AgentCgroups(const std::string& name);
// Directories named floe/ without any agent's directory in them.
std::set<std::string> EmptyFloeCgroups();
// Mount points in this process's mount namespace, which is the host's for `floe serve`.
std::multiset<std::string> HostMounts();
// Names in /run/netns.
std::set<std::string> NamedNetworkNamespaces();
// Network namespaces that these processes are in, and that any process is in.
std::set<std::string> NetworkNamespacesOf(const std::set<pid_t>& processes);
std::set<std::string> NetworkNamespacesInUse();

}  // namespace floe::test

#endif  // FLOE_TESTS_DAEMON_TESTING_KERNEL_TRACES_H_
