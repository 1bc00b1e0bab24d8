// One agent's session, whatever connections carry it: commands wait here until the agent has them,
// reports leave here for the orchestrator, once and in order.
//
// A session outlives its connections. When a new connection takes over while the old one is not
// quite gone, it waits for the old one's end, so that reports of the two never overlap.
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SESSION_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/time.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/floe/v1/node.pb.h"
#include "proto/session/reliable_stream.h"

namespace floe::control_plane {

// Of proto/floe/v1/node.proto.
inline constexpr uint32_t kProtocolVersion = 1;

enum class WireEnd {
  kGraceful,  // The peer gets a moment to take the status.
  kAtOnce,    // The peer is believed to be gone.
};

// A connection as its session sees it. Both calls may come on any thread, also after the end.
class SessionWire {
 public:
  virtual ~SessionWire() = default;
  // There may be something to write: ask NodeSession::NextToWrite.
  virtual void Wake() = 0;
  // Ends the connection with this status. Detach follows, soon whatever the peer does.
  virtual void End(absl::Status status, WireEnd end) = 0;
};

class NodeSession final : public live::NodeLink {
 public:
  struct Options {
    std::string node_name;
    uint64_t number = 0;       // Of the session, for a later resume.
    uint64_t incarnation = 0;  // Of the agent's process.
    Duration heartbeat_interval;
    Duration lease;
    session::ReliableStreamLimits limits;
    // Reports that the agent has not been told about, beyond which it is told at once.
    uint64_t acknowledgements_owed_max = 64;
    // The session has just become over; called with no lock held, on any thread.
    std::function<void()> on_over;
  };

  // `orchestrator` outlives the session.
  NodeSession(Options options, live::Orchestrator* orchestrator);

  const std::string& node_name() const { return options_.node_name; }
  uint64_t number() const { return options_.number; }
  uint64_t incarnation() const { return options_.incarnation; }
  // The node that the orchestrator knows it by. Set once, before Attach.
  NodeId node() const { return node_; }
  void SetNode(NodeId node) { node_ = node; }
  bool IsConnected() const;

  // Makes `wire` the session's connection, at once or after the present one's end. `hello` is what
  // came on it; `resumed` tells whether the session existed before.
  void Attach(std::shared_ptr<SessionWire> wire, const v1::SessionRequest& hello, bool resumed,
              Instant now);
  // The connection has ended; none of its calls is under way.
  void Detach(const SessionWire* wire, Instant now);

  // The next message for the connection; null when there is none or it is not the session's.
  std::shared_ptr<const v1::SessionResponse> NextToWrite(const SessionWire* wire, Instant now);
  // Takes a message that came in after hello. An error ends the connection; so does leaving.
  absl::Status OnMessage(const SessionWire* wire, v1::SessionRequest message, Instant now);

  // From the orchestrator.
  void Send(v1::SessionResponse command) override;

  // Sends a heartbeat when one is due. False: the session is over, by silence of the length of the
  // lease or by a fault of the peer.
  bool Tick(Instant now);
  // Ends the connection; the session is over.
  void End(const absl::Status& status);

 private:
  struct Candidate {
    std::shared_ptr<SessionWire> wire;
    uint64_t acknowledged = 0;
    v1::OrchestratorWelcome welcome;
  };

  // REQUIRES, for all: mutex_ held.
  absl::Status Use(Candidate candidate, Instant now);
  // Marks the session as over; true when it was not before.
  bool SetOver(absl::Status why);

  const Options options_;
  live::Orchestrator* const orchestrator_;
  NodeId node_;

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  session::ReliableStream<v1::SessionResponse> stream_;
  std::shared_ptr<SessionWire> wire_;
  std::optional<Candidate> candidate_;              // Takes over when wire_ has ended.
  std::optional<v1::OrchestratorWelcome> welcome_;  // To be written before anything else.
  bool heartbeat_due_ = false;
  Instant heard_at_;
  Instant written_at_;
  bool over_ = false;
  absl::Status over_because_;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SESSION_H_
