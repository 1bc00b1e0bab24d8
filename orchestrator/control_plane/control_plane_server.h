// The gRPC server of an orchestrator: NodeService for agents, ControlService for programs.
//
//   ASSIGN_OR_RETURN(auto server, ControlPlaneServer::Create(
//       {.listen_addresses = {"unix:/run/floe/control.sock"}}, orchestrator.get()));
//
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_PLANE_SERVER_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_PLANE_SERVER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "grpcpp/channel.h"
#include "orchestrator/control_plane/session_table.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/session/completions.h"

namespace floe::control_plane {

// PEM files for mutual TLS: callers must show a certificate that `ca_path` vouches for.
struct TlsFiles {
  std::string certificate_path;
  std::string key_path;
  std::string ca_path;
};

class ControlPlaneServer {
 public:
  struct Options {
    // Each "unix:/path", or a numeric address with a port ("127.0.0.1:0", "[::1]:7070"). Addresses
    // that other machines can reach need `tls`. May be empty: then only InProcessChannel works.
    std::vector<std::string> listen_addresses;
    // All three set, or none. With them every TCP address speaks mutual TLS; Unix sockets are
    // guarded by their permissions (owner only).
    TlsFiles tls;
    SessionOptions sessions;
    size_t watch_events_max = 4'096;  // Unread, per watcher.
  };

  // INVALID_ARGUMENT: an address is malformed, or not local and there is no TLS. UNAVAILABLE: an
  // address is taken. NOT_FOUND and the like: a TLS file cannot be read.
  // `orchestrator` outlives the server.
  static absl::StatusOr<std::unique_ptr<ControlPlaneServer>> Create(
      const Options& options, live::Orchestrator* orchestrator);
  // As Shutdown with a second.
  virtual ~ControlPlaneServer() = default;

  // A channel to all services inside the process.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;
  // The shortest way to NodeService, for an agent inside the process whose session uses these
  // completions and ends before Shutdown.
  struct EmbeddedLink {
    std::shared_ptr<grpc::Channel> channel;
    std::shared_ptr<session::Completions> completions;
  };
  virtual EmbeddedLink LinkForEmbeddedAgent() = 0;
  // Of the first TCP address; 0 when there is none.
  virtual int port() const = 0;
  // Ends sessions (their nodes leave) and watchers, lets calls under way finish for up to `limit`,
  // then cancels them. May be repeated.
  virtual void Shutdown(Duration limit) = 0;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_PLANE_SERVER_H_
