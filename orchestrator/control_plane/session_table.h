// All sessions by node name: who is admitted, who may resume, whose lease is over.
//
//   no session of that name                      a new one; the node joins
//   same process, same session number            resumed
//   same process, another number                 the agent has lost its session: a new one
//   another process, the old one not connected   the agent was started again: a new one
//   another process, the old one connected       a clash of names: ALREADY_EXISTS
//
// "A new one" removes the old node first: its environments are unknown to the new process.
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_TABLE_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_TABLE_H_

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "orchestrator/control_plane/node_session.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/floe/v1/node.pb.h"
#include "proto/session/reliable_stream.h"

namespace floe::control_plane {

struct SessionOptions {
  Duration heartbeat_interval = Duration::Seconds(1);
  Duration lease = Duration::Seconds(10);
  int64_t hello_environments_max = 65'536;
  session::ReliableStreamLimits commands;
};

class SessionTable {
 public:
  // `orchestrator` outlives the table.
  SessionTable(const SessionOptions& options, live::Orchestrator* orchestrator);
  ~SessionTable();

  // Judges the first message of a connection and attaches the connection to its session.
  // The errors of NodeService.Session.
  absl::StatusOr<std::shared_ptr<NodeSession>> Admit(const v1::SessionRequest& first,
                                                     const std::shared_ptr<SessionWire>& wire);
  // Removes every node and ends every connection; later ones are refused. May be repeated.
  void Close();

 private:
  absl::Status CheckHello(const v1::SessionRequest& first) const;
  // REQUIRES, for both: admission_mutex_ held.
  absl::StatusOr<std::shared_ptr<NodeSession>> Open(const v1::AgentHello& hello);
  void Remove(const std::shared_ptr<NodeSession>& session, const absl::Status& status);
  void KeepTime();

  const SessionOptions options_;
  live::Orchestrator* const orchestrator_;

  // Held while nodes join and leave, so that of one name the old leaves before the new joins.
  // Sessions never ask for it, and the orchestrator calls back nobody but sessions.
  std::mutex admission_mutex_;
  std::map<std::string, std::shared_ptr<NodeSession>> by_name_;  // Guarded by admission_mutex_.
  bool closed_ = false;                                          // Guarded by admission_mutex_.

  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool session_over_ = false;  // Guarded by wake_mutex_.
  bool ended_ = false;         // Guarded by wake_mutex_.
  std::thread timekeeper_;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_TABLE_H_
