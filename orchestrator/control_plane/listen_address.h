// Where the control plane may listen.
//
// Guarantees: without TLS nothing but Unix sockets and loopback addresses is accepted, and only
// numeric ones, so no resolver decides who can reach functions and nodes.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_LISTEN_ADDRESS_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace floe::control_plane {

struct ListenAddress {
  bool is_unix = false;
  bool is_loopback = false;
  std::string grpc_address;  // As gRPC wants it.
  std::string unix_path;     // With is_unix.
};

// "unix:/absolute/path", "127.0.0.1:PORT", "[::1]:PORT" or another numeric address; port 0 takes a
// free one. INVALID_ARGUMENT with the form that is expected.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_LISTEN_ADDRESS_H_
