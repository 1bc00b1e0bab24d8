// Network namespaces with nothing but loopback, and the Runtime API's listening sockets.
//
// Guarantees:
//  - a namespace holds one interface, lo, which is up, and reaches no other namespace;
//  - the listener was opened inside, so it is reachable from inside at kRuntimeApiAddress and from
//    nowhere else, although this process, outside, owns it;
//  - a namespace lives as long as a descriptor or a process holds it, and is never used twice.

#ifndef FLOE_NODE_AGENT_LINUX_NETWORK_NAMESPACE_H_
#define FLOE_NODE_AGENT_LINUX_NETWORK_NAMESPACE_H_

#include <string>

#include "absl/status/statusor.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

inline constexpr char kRuntimeApiAddress[] = "127.0.0.1:9001";

struct NetworkNamespace {
  UniqueFd descriptor;
  UniqueFd runtime_api_listener;
};

// Makes one on the calling thread, which is back in its own namespace afterwards.
absl::StatusOr<NetworkNamespace> MakeNetworkNamespace();

struct LoopbackListener {
  UniqueFd listener;
  std::string address;  // "127.0.0.1:port".
};

// Listens on 127.0.0.1 in the caller's namespace; port 0 is a free one.
absl::StatusOr<LoopbackListener> ListenOnLoopback(int port);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_NETWORK_NAMESPACE_H_
