// Floe in one object: orchestrator, control plane, front door, HTTP trigger and one node agent,
// wired together in this process. It is what `floe serve` runs and what a test harness embeds.
//
//   ASSIGN_OR_RETURN(auto floe, Daemon::Start({.state_directory = "/tmp/floe-test",
//                                              .front_door = "127.0.0.1:0"}));
//   floe->orchestrator().CreateFunction({.name = "hello", ...});
//   ... POST http://127.0.0.1:<floe->front_door_port()>/2015-03-31/functions/hello/invocations
//
// Thread-safe. Destroying it closes the connections of HTTP clients, answers callers of
// Orchestrator::Invoke with an error, stops every environment and leaves nothing behind but the
// state directory's image store.

#ifndef FLOE_DAEMON_DAEMON_H_
#define FLOE_DAEMON_DAEMON_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "daemon/daemon_options.h"
#include "orchestrator/live/orchestrator.h"

namespace floe {

class Daemon {
 public:
  // Everything listens when it returns. The error names the part that could not start.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DaemonOptions& options);
  virtual ~Daemon() = default;

  virtual live::Orchestrator& orchestrator() = 0;
  virtual int front_door_port() const = 0;    // 0: not served.
  virtual int http_trigger_port() const = 0;  // 0: not served.
  virtual int control_port() const = 0;       // Of the first TCP address; 0: none.
  // OK once the embedded agent has its session; DEADLINE_EXCEEDED after `limit`.
  virtual absl::Status WaitForNode(Duration limit) = 0;
};

// A node agent alone, for an orchestrator elsewhere.
class LoneAgent {
 public:
  // Dials `orchestrator` ("unix:/path" or "HOST:PORT"), over mutual TLS when `tls` is given.
  static absl::StatusOr<std::unique_ptr<LoneAgent>> Start(const NodeOptions& options,
                                                          const std::string& orchestrator,
                                                          const TlsFiles& tls);
  virtual ~LoneAgent() = default;
  virtual bool IsConnected() const = 0;
};

}  // namespace floe

#endif  // FLOE_DAEMON_DAEMON_H_
