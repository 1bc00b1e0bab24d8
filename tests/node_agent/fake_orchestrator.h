// A NodeService that the test plays: it says what the test says, and keeps what the agent reports.

#ifndef FLOE_TESTS_NODE_AGENT_FAKE_ORCHESTRATOR_H_
#define FLOE_TESTS_NODE_AGENT_FAKE_ORCHESTRATOR_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "proto/floe/v1/node.grpc.pb.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::node_agent {

// Thread-safe. Waits give up after 20 s and then return an empty message, which fails the test.
class FakeOrchestrator : private v1::NodeService::Service {
 public:
  FakeOrchestrator();
  ~FakeOrchestrator() override;

  std::shared_ptr<grpc::Channel> Channel();

  // ---- How it behaves; before the agent comes, or between connections.
  void SetLease(Duration heartbeat_interval, Duration lease);
  // Whether a session that an agent names is resumed; else every one is new.
  void SetResumes(bool resumes);
  // Refuses connections, and ends the present one.
  void SetReachable(bool reachable);
  void SetAcknowledges(bool acknowledges);
  // Which of hello's environments it does not know. At first: none is unknown.
  void SetUnknown(std::function<bool(uint64_t environment)> is_unknown);
  // Changes the welcome before it is sent.
  void SetWelcome(std::function<void(v1::SessionResponse&)> change);

  // ---- Down.
  // Numbers the command and sends it now, or when an agent is there.
  void Send(v1::SessionResponse command);
  // Sends exactly this to the agent that is there.
  void SendRaw(const v1::SessionResponse& message);
  // Breaks the connection; the agent may come back at once.
  void Disconnect();

  // ---- Up.
  // The next report, in order and each once; also checks the numbers.
  v1::SessionRequest NextReport();
  // Whether no report is there that NextReport has not given out.
  bool HasNoReport();
  v1::AgentHello WaitForHello(size_t index);
  void WaitForHeartbeats(int64_t count);
  // Waits until the agent has acknowledged every command sent.
  bool WaitForAcknowledgement();
  void WaitForDisconnect();
  // Waits until the agent has said that it leaves.
  void WaitForLeaving();

 private:
  using Stream = grpc::ServerReaderWriter<v1::SessionResponse, v1::SessionRequest>;

  grpc::Status Session(grpc::ServerContext* context, Stream* stream) override;
  bool Welcome(const v1::SessionRequest& hello, Stream* stream);
  void Take(v1::SessionRequest message, Stream* stream);
  bool WaitFor(std::unique_lock<std::mutex>& lock, const std::function<bool()>& condition);

  std::mutex mutex_;
  std::condition_variable changed_;
  Duration heartbeat_interval_ = Duration::Seconds(5);
  Duration lease_ = Duration::Seconds(30);
  bool resumes_ = true;
  bool is_reachable_ = true;
  bool acknowledges_ = true;
  std::function<bool(uint64_t)> is_unknown_;
  std::function<void(v1::SessionResponse&)> change_welcome_;

  uint64_t session_ = 0;
  uint64_t sessions_ = 0;
  std::vector<v1::SessionResponse> commands_;  // Of the session; [i] has number i + 1.
  uint64_t acknowledged_ = 0;                  // Commands that the agent has taken over.
  uint64_t received_ = 0;                      // Reports of the session.
  std::deque<v1::SessionRequest> reports_;
  std::vector<v1::AgentHello> hellos_;
  int64_t heartbeats_ = 0;
  bool has_left_ = false;
  Stream* stream_ = nullptr;  // Welcomed.
  grpc::ServerContext* context_ = nullptr;

  std::unique_ptr<grpc::Server> server_;
};

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_FAKE_ORCHESTRATOR_H_
