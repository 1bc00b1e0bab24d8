// What a daemon or a lone node agent is told when it starts.

#ifndef FLOE_DAEMON_DAEMON_OPTIONS_H_
#define FLOE_DAEMON_DAEMON_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/live/orchestrator.h"

namespace floe {

enum class ContainerRuntimeKind {
  kLinux,    // Floe's own containers; needs root.
  kProcess,  // Plain child processes; isolates nothing.
};

// Files in PEM for mutual TLS. All three or none.
struct TlsFiles {
  std::string certificate;
  std::string private_key;
  std::string client_ca;  // Signs the certificates of those who may connect (or serve).
  bool empty() const { return certificate.empty() && private_key.empty() && client_ca.empty(); }
};

// Writes one line of a function's output. Any thread, one call at a time per environment.
using OutputSink = std::function<void(EnvironmentId environment, absl::string_view line)>;

// The embedded or lone node agent's part of the options.
struct NodeOptions {
  std::string name = "local";  // 1 to 63 of [a-z0-9-].
  ContainerRuntimeKind runtime = ContainerRuntimeKind::kLinux;
  std::string state_directory;  // For unpacked images; created. Required.
  int64_t memory_mib = 0;       // Offered to environments; 0: what the machine has.
  int containers_ahead = 16;    // Network namespaces and cgroups made ahead of need.
  OutputSink output;            // Null: functions' output is only in invocations' logs.
};

struct DaemonOptions {
  live::OrchestratorOptions orchestrator;
  NodeOptions node;
  bool embedded_agent = true;
  // "HOST:PORT", port 0 for a free one; empty: not served. Other than loopback is refused.
  std::string front_door = "127.0.0.1:9000";
  std::string http_trigger = "127.0.0.1:9080";
  int http_threads = 1;
  // gRPC: "unix:/path" or "HOST:PORT". Other than Unix sockets and loopback needs `tls`.
  std::vector<std::string> control;
  TlsFiles tls;
  // How long a node may be silent before its environments count as lost; 100 ms to 24 h.
  Duration lease = Duration::Seconds(10);
  // For zip functions: the root file system below /var/task. Empty: zip functions are refused.
  std::string base_root;
  // What API Gateway allows a function behind the HTTP trigger.
  Duration integration_limit = Duration::Seconds(29);
};

}  // namespace floe

#endif  // FLOE_DAEMON_DAEMON_OPTIONS_H_
