// A node agent in memory: takes commands on a thread of its own and reports what a well-behaved
// agent would, unless a test tells it otherwise. Thread-safe.

#ifndef FLOE_TESTS_ORCHESTRATOR_LIVE_FAKE_AGENT_H_
#define FLOE_TESTS_ORCHESTRATOR_LIVE_FAKE_AGENT_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::live {

class FakeAgent final : public NodeLink {
 public:
  // What to do with a command: true when it is dealt with, false for the usual behaviour.
  using Behaviour = std::function<bool(FakeAgent&, const v1::SessionResponse&)>;

  FakeAgent(Orchestrator* orchestrator, std::string name, int64_t memory_mib = 4'096);
  // Leaves first, if Leave was not called.
  ~FakeAgent() override;

  absl::Status Join();
  void Leave();
  // The orchestrator is about to go: the agent does not speak to it any more.
  void Abandon() { joined_ = false; }
  NodeId node() const { return node_; }
  void SetBehaviour(Behaviour behaviour);

  void Send(v1::SessionResponse command) override;
  void Report(v1::SessionRequest report) { orchestrator_->OnReport(node_, std::move(report)); }

  // Reports of a well-behaved agent.
  void Started(uint64_t environment);
  void Ready(uint64_t environment, uint32_t incarnation);
  void Respond(const v1::AssignInvocationCommand& assign, const std::string& payload);
  void RespondError(const v1::AssignInvocationCommand& assign, const std::string& type,
                    const std::string& body);
  void Finished(const v1::AssignInvocationCommand& assign);
  void Failed(uint64_t environment, uint32_t incarnation, uint64_t invocation,
              v1::EnvironmentFailure failure, const std::string& type, const std::string& message,
              const std::string& body);
  void Stopped(uint64_t environment);

  // Every command so far.
  std::vector<v1::SessionResponse> commands() const;
  // Waits, up to a generous limit, until `count` commands of this kind have come; they are
  // returned.
  std::vector<v1::SessionResponse> WaitFor(v1::SessionResponse::MessageCase kind, size_t count);

 private:
  void Run();
  void Usual(const v1::SessionResponse& command);

  Orchestrator* const orchestrator_;
  const std::string name_;
  const int64_t memory_mib_;
  NodeId node_;
  bool joined_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  Behaviour behaviour_;
  std::deque<v1::SessionResponse> queue_;
  std::vector<v1::SessionResponse> commands_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace floe::live

#endif  // FLOE_TESTS_ORCHESTRATOR_LIVE_FAKE_AGENT_H_
