// The agent's end of its session with the orchestrator: dials, greets, resumes, keeps the lease.
//
// Commands and reports survive broken connections: session::ReliableStream numbers and repeats
// them. What does not survive is the lease. When the orchestrator has been silent for so long, the
// session is over: its reports are dropped and the owner is told to give up its environments.

#ifndef FLOE_NODE_AGENT_AGENT_SESSION_H_
#define FLOE_NODE_AGENT_AGENT_SESSION_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "grpcpp/channel.h"
#include "proto/floe/v1/node.grpc.pb.h"
#include "proto/floe/v1/node.pb.h"
#include "proto/session/completions.h"
#include "proto/session/reliable_stream.h"

namespace floe::node_agent {

inline constexpr uint32_t kProtocolVersion = 1;

struct AgentSessionOptions {
  std::string node_name;
  std::string runtime_name;
  int64_t memory_mib = 0;
  uint64_t process_incarnation = 0;
  Duration redial_delay_min = Duration::Milliseconds(50);
  Duration redial_delay_max = Duration::Seconds(2);
  Duration welcome_limit = Duration::Seconds(10);
  // Commands taken over before the orchestrator is told without waiting for a report to go along.
  uint64_t acknowledgements_owed_max = 64;
  session::ReliableStreamLimits reports;
  // For a channel inside the process; they outlive the session. Null: a queue and a thread of its
  // own.
  std::shared_ptr<session::Completions> completions;
};

// Called without a lock held. None may block.
struct AgentSessionObserver {
  // The environments that exist now, for hello. On the session's thread.
  std::function<std::vector<uint64_t>()> held_environments;
  // Commands, in order, each once; one call at a time.
  std::function<void(v1::SessionResponse command)> on_command;
  // Environments of hello that the orchestrator does not know. Before the commands of the
  // connection.
  std::function<void(const std::vector<uint64_t>& environments)> on_unknown_environments;
  // The session is over and cannot be resumed. On the session's thread.
  std::function<void()> on_session_lost;
  std::function<void(absl::string_view line)> log;
};

// Thread-safe.
class AgentSession {
 public:
  AgentSession(const AgentSessionOptions& options, AgentSessionObserver observer,
               std::shared_ptr<grpc::Channel> channel);
  ~AgentSession();
  AgentSession(const AgentSession&) = delete;
  AgentSession& operator=(const AgentSession&) = delete;

  // Starts dialling, for ever. Once.
  void Dial();
  // Queues a report. Dropped when there is no session: nobody would know what it is about.
  void Send(v1::SessionRequest report);
  // Tells the orchestrator that the agent leaves, and ends the connection; no observer call comes
  // afterwards. May be repeated.
  void Shutdown();
  bool IsConnected() const;

 private:
  class Connection;

  enum class Link {
    kDown,      // No connection.
    kGreeting,  // Hello is on its way.
    kUp,        // Welcomed.
    kEnding,    // To be closed: nothing is read or written any more.
    kClosed,    // gRPC has finished with it.
  };

  // The session's thread.
  void Run();
  void Connect();
  // Keeps the connection going until it is closed. Whether it was welcomed.
  bool Serve();
  void Pause(Duration delay);
  // Ends the session when the lease is over or the peer has broken it.
  void GiveUpIfLost(std::unique_lock<std::mutex>& lock);
  void EndConnection(std::unique_lock<std::mutex>& lock);
  Duration Jittered(Duration delay);

  // Calls of the connection, on any thread. OnMessage is false when the connection must end.
  bool OnMessage(v1::SessionResponse message);
  void OnReadsEnded();
  void OnWritten();
  void OnClosed(const grpc::Status& status);
  bool TakeGreeting(std::unique_lock<std::mutex> lock, const v1::SessionResponse& message);

  // Writes what is due, from any thread. Takes the lock over, because gRPC is called without it.
  void WriteIfDue(std::unique_lock<std::mutex> lock);

  // Below: mutex_ is held.
  absl::Status CheckWelcome(const v1::SessionResponse& message) const;
  absl::Status BeginOrResume(const v1::SessionResponse& message);
  // kGap is an error here.
  absl::StatusOr<session::Receipt> Receive(const v1::SessionResponse& message);
  // The next message to write, if one is due and none is under way.
  std::shared_ptr<const v1::SessionRequest> TakeNextWrite();
  Instant NextWake() const;

  const AgentSessionOptions options_;
  const AgentSessionObserver observer_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::NodeService::Stub> stub_;
  const std::shared_ptr<session::Completions> own_completions_;  // Null when they are shared.
  const std::shared_ptr<session::Completions> completions_;

  // Of the session's thread.
  std::minstd_rand jitter_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  Link link_ = Link::kDown;
  bool is_shut_down_ = false;
  bool has_said_leaving_ = false;
  Instant leave_until_;        // With is_shut_down_: when the connection ends, heard or not.
  bool was_welcomed_ = false;  // The present or last connection was.
  bool is_writing_ = false;
  // The session's thread sleeps until the write under way ends; every other end lets it sleep on.
  bool awaits_write_end_ = false;
  bool is_heartbeat_due_ = false;
  bool is_session_broken_ = false;
  std::string last_close_;  // Why the last connection ended; said once while it stays the same.
  std::shared_ptr<Connection> connection_;
  uint64_t session_ = 0;                                               // 0: none.
  std::optional<session::ReliableStream<v1::SessionRequest>> stream_;  // Present with a session.
  Duration heartbeat_interval_ = Duration::Infinite();
  Duration lease_ = Duration::Infinite();
  Instant dialled_at_;
  Instant heard_at_;
  Instant written_at_;

  std::thread thread_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_AGENT_SESSION_H_
