// The agent's session against an orchestrator that the test plays: greeting, order, breaks, lease.

#include "node_agent/agent_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/node_agent/fake_orchestrator.h"

namespace floe::node_agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::seconds kPatience(20);

v1::SessionRequest Report(uint64_t environment) {
  v1::SessionRequest report;
  report.mutable_environment_stopped()->set_environment(environment);
  return report;
}

v1::SessionResponse Command(uint64_t environment) {
  v1::SessionResponse command;
  command.mutable_stop_environment()->set_environment(environment);
  return command;
}

class AgentSessionTest : public testing::Test {
 protected:
  AgentSessionTest() {
    options_.node_name = "node-a";
    options_.runtime_name = "fake";
    options_.memory_mib = 2'048;
    options_.process_incarnation = 77;
    options_.redial_delay_min = Duration::Milliseconds(1);
    options_.redial_delay_max = Duration::Milliseconds(20);
  }

  void Dial() {
    AgentSessionObserver observer;
    observer.held_environments = [this] {
      std::lock_guard lock(mutex_);
      return held_;
    };
    observer.on_command = [this](v1::SessionResponse command) {
      std::lock_guard lock(mutex_);
      commands_.push_back(command.stop_environment().environment());
      changed_.notify_all();
    };
    observer.on_unknown_environments = [this](const std::vector<uint64_t>& environments) {
      std::lock_guard lock(mutex_);
      unknown_ = environments;
      changed_.notify_all();
    };
    observer.on_session_lost = [this] {
      std::lock_guard lock(mutex_);
      ++sessions_lost_;
      changed_.notify_all();
    };
    observer.log = [this](absl::string_view line) {
      std::lock_guard lock(mutex_);
      log_ += std::string(line) + "\n";
      changed_.notify_all();
    };
    session_ =
        std::make_unique<AgentSession>(options_, std::move(observer), orchestrator_.Channel());
    session_->Dial();
  }

  template <typename Condition>
  void WaitFor(Condition condition) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience, condition))
        << log_;
  }
  void WaitForConnection() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!session_->IsConnected() && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    EXPECT_TRUE(session_->IsConnected());
  }
  std::vector<uint64_t> commands() {
    std::lock_guard lock(mutex_);
    return commands_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<uint64_t> held_;
  std::vector<uint64_t> commands_;
  std::vector<uint64_t> unknown_;
  int sessions_lost_ = 0;
  std::string log_;

  AgentSessionOptions options_;
  FakeOrchestrator orchestrator_;
  std::unique_ptr<AgentSession> session_;
};

// ---- Greeting.

TEST_F(AgentSessionTest, SaysWhoItIsAndWhatItHolds) {
  held_ = {3, 4};
  Dial();
  const v1::AgentHello hello = orchestrator_.WaitForHello(0);
  EXPECT_EQ(hello.protocol_version(), 1U);
  EXPECT_EQ(hello.node_name(), "node-a");
  EXPECT_EQ(hello.incarnation(), 77U);
  EXPECT_EQ(hello.memory_mib(), 2'048);
  EXPECT_THAT(hello.environments(), ElementsAre(3, 4));
  EXPECT_EQ(hello.session(), 0U);
  EXPECT_EQ(hello.runtime(), "fake");
  WaitForConnection();
}

TEST_F(AgentSessionTest, HandsOnWhichEnvironmentsNobodyKnows) {
  held_ = {3, 4};
  orchestrator_.SetUnknown([](uint64_t environment) { return environment == 4; });
  Dial();
  WaitFor([this] { return !unknown_.empty(); });
  EXPECT_THAT(unknown_, ElementsAre(4));
}

TEST_F(AgentSessionTest, DialsOnWhileTheOrchestratorIsOutOfReach) {
  orchestrator_.SetReachable(false);
  Dial();
  WaitFor([this] { return log_.find("not reachable") != std::string::npos; });
  EXPECT_FALSE(session_->IsConnected());
  orchestrator_.SetReachable(true);
  WaitForConnection();
}

TEST_F(AgentSessionTest, DoesNotTakeAWelcomeThatItCannotKeep) {
  const std::vector<std::pair<std::string, void (*)(v1::SessionResponse&)>> cases = {
      {"protocol version 2",
       [](v1::SessionResponse& m) { m.mutable_welcome()->set_protocol_version(2); }},
      {"no welcome", [](v1::SessionResponse& m) { m.mutable_heartbeat(); }},
      {"names no session", [](v1::SessionResponse& m) { m.mutable_welcome()->set_session(0); }},
      {"not asked for", [](v1::SessionResponse& m) { m.mutable_welcome()->set_resumed(true); }},
      {"a lease of", [](v1::SessionResponse& m) { m.mutable_welcome()->clear_lease(); }},
      {"a heartbeat each",
       [](v1::SessionResponse& m) { m.mutable_welcome()->clear_heartbeat_interval(); }},
  };
  size_t hellos = 0;
  for (const auto& [words, change] : cases) {
    SCOPED_TRACE(words);
    orchestrator_.SetWelcome(change);
    Dial();
    WaitFor([this, &words = words] { return log_.find(words) != std::string::npos; });
    EXPECT_FALSE(session_->IsConnected());
    session_.reset();
    log_.clear();
    ++hellos;
  }
  EXPECT_GE(hellos, 6U);
}

// ---- Commands and reports.

TEST_F(AgentSessionTest, CommandsArriveInOrder) {
  for (uint64_t i = 1; i <= 100; ++i) orchestrator_.Send(Command(i));
  Dial();
  WaitFor([this] { return commands_.size() == 100; });
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(commands()[i], i + 1);
}

TEST_F(AgentSessionTest, ReportsLeaveInOrder) {
  Dial();
  WaitForConnection();
  for (uint64_t i = 1; i <= 1'000; ++i) session_->Send(Report(i));
  for (uint64_t i = 1; i <= 1'000; ++i) {
    ASSERT_EQ(orchestrator_.NextReport().environment_stopped().environment(), i);
  }
}

TEST_F(AgentSessionTest, ReportsWithoutASessionAreDropped) {
  orchestrator_.SetReachable(false);
  Dial();
  session_->Send(Report(1));
  orchestrator_.SetReachable(true);
  WaitForConnection();
  session_->Send(Report(2));
  EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 2U);
}

TEST_F(AgentSessionTest, SendsHeartbeatsWhenItHasNothingToSay) {
  orchestrator_.SetLease(Duration::Milliseconds(5), Duration::Seconds(60));
  Dial();
  orchestrator_.WaitForHeartbeats(3);
}

TEST_F(AgentSessionTest, AcknowledgesManyCommandsWithoutWaitingForTheHeartbeat) {
  orchestrator_.SetLease(Duration::Minutes(10), Duration::Minutes(20));
  options_.acknowledgements_owed_max = 4;
  for (uint64_t i = 1; i <= 4; ++i) orchestrator_.Send(Command(i));
  Dial();
  EXPECT_TRUE(orchestrator_.WaitForAcknowledgement());
}

// ---- Broken connections.

TEST_F(AgentSessionTest, AResumedSessionRepeatsWhatWasNotAcknowledged) {
  orchestrator_.SetAcknowledges(false);
  Dial();
  WaitForConnection();
  for (uint64_t i = 1; i <= 10; ++i) session_->Send(Report(i));
  for (uint64_t i = 1; i <= 10; ++i) orchestrator_.NextReport();
  orchestrator_.Disconnect();
  const v1::AgentHello hello = orchestrator_.WaitForHello(1);
  EXPECT_EQ(hello.session(), 1'001U);
  EXPECT_EQ(hello.incarnation(), 77U);
  session_->Send(Report(11));
  EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 11U);
}

TEST_F(AgentSessionTest, NothingIsLostOrDoubledHoweverOftenTheConnectionBreaks) {
  Dial();
  WaitForConnection();
  constexpr uint64_t kMessages = 200;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    session_->Send(Report(i));
    orchestrator_.Send(Command(i));
    if (i % 40 == 0) orchestrator_.Disconnect();
  }
  for (uint64_t i = 1; i <= kMessages; ++i) {
    ASSERT_EQ(orchestrator_.NextReport().environment_stopped().environment(), i);
  }
  WaitFor([this] { return commands_.size() >= kMessages; });
  ASSERT_EQ(commands().size(), kMessages);
  for (uint64_t i = 0; i < kMessages; ++i) EXPECT_EQ(commands()[i], i + 1);
  EXPECT_EQ(sessions_lost_, 0);
}

TEST_F(AgentSessionTest, ASessionThatIsNotResumedCountsFromOneAgain) {
  orchestrator_.SetResumes(false);
  Dial();
  WaitForConnection();
  session_->Send(Report(1));
  EXPECT_EQ(orchestrator_.NextReport().sequence(), 1U);
  orchestrator_.Disconnect();
  orchestrator_.WaitForHello(1);
  WaitForConnection();
  orchestrator_.Send(Command(9));
  WaitFor([this] { return commands_.size() == 1; });
  session_->Send(Report(2));
  const v1::SessionRequest report = orchestrator_.NextReport();
  EXPECT_EQ(report.sequence(), 1U);
  EXPECT_EQ(report.environment_stopped().environment(), 2U);
}

TEST_F(AgentSessionTest, RepeatedCommandsTakeEffectOnce) {
  Dial();
  WaitForConnection();
  v1::SessionResponse command = Command(5);
  command.set_sequence(1);
  orchestrator_.SendRaw(command);
  orchestrator_.SendRaw(command);
  command = Command(6);
  command.set_sequence(2);
  orchestrator_.SendRaw(command);
  WaitFor([this] { return commands_.size() == 2; });
  EXPECT_THAT(commands(), ElementsAre(5, 6));
}

// ---- The end of a session.

TEST_F(AgentSessionTest, ASkippedCommandEndsTheSession) {
  Dial();
  WaitForConnection();
  v1::SessionResponse command = Command(5);
  command.set_sequence(2);
  orchestrator_.SendRaw(command);
  WaitFor([this] { return sessions_lost_ == 1; });
  EXPECT_THAT(commands(), IsEmpty());
  EXPECT_EQ(orchestrator_.WaitForHello(1).session(), 0U);
}

TEST_F(AgentSessionTest, AnAcknowledgementOfWhatWasNeverSentEndsTheSession) {
  Dial();
  WaitForConnection();
  v1::SessionResponse message;
  message.mutable_heartbeat();
  message.set_acknowledged(1);
  orchestrator_.SendRaw(message);
  WaitFor([this] { return sessions_lost_ == 1; });
  EXPECT_EQ(orchestrator_.WaitForHello(1).session(), 0U);
}

TEST_F(AgentSessionTest, MoreReportsThanTheLimitWithoutAcknowledgementEndTheSession) {
  orchestrator_.SetAcknowledges(false);
  options_.reports.messages_max = 3;
  Dial();
  WaitForConnection();
  for (uint64_t i = 1; i <= 3; ++i) session_->Send(Report(i));
  for (uint64_t i = 1; i <= 3; ++i) orchestrator_.NextReport();
  EXPECT_EQ(sessions_lost_, 0);
  session_->Send(Report(4));
  WaitFor([this] { return sessions_lost_ == 1; });
  EXPECT_THAT(log_, HasSubstr("unacknowledged"));
}

TEST_F(AgentSessionTest, TheLeaseEndsTheSessionWhenTheOrchestratorIsOutOfReach) {
  orchestrator_.SetLease(Duration::Milliseconds(20), Duration::Milliseconds(200));
  Dial();
  WaitForConnection();
  orchestrator_.SetReachable(false);
  WaitFor([this] { return sessions_lost_ == 1; });
  orchestrator_.SetReachable(true);
  EXPECT_EQ(orchestrator_.WaitForHello(1).session(), 0U);
  WaitForConnection();
}

TEST_F(AgentSessionTest, ASilentOrchestratorIsDialledAgainBeforeTheLeaseIsOver) {
  // The agent's first heartbeat, which would be answered, is due after half of the lease.
  orchestrator_.SetLease(Duration::Milliseconds(900), Duration::Milliseconds(1'000));
  Dial();
  WaitForConnection();
  EXPECT_EQ(orchestrator_.WaitForHello(1).session(), 1'001U);
  EXPECT_EQ(sessions_lost_, 0);
}

TEST_F(AgentSessionTest, ShutdownTellsTheOrchestratorThatTheAgentLeaves) {
  Dial();
  WaitForConnection();
  session_->Send(Report(1));
  session_->Shutdown();
  orchestrator_.WaitForLeaving();
}

TEST_F(AgentSessionTest, ShutdownDoesNotWaitForAnOrchestratorThatIsGone) {
  Dial();
  WaitForConnection();
  orchestrator_.SetReachable(false);
  orchestrator_.WaitForDisconnect();
  session_->Shutdown();
  EXPECT_FALSE(session_->IsConnected());
}

TEST_F(AgentSessionTest, ShutdownMayBeRepeatedAndSendsNothingMore) {
  Dial();
  WaitForConnection();
  session_->Shutdown();
  session_->Shutdown();
  session_->Send(Report(1));
  EXPECT_FALSE(session_->IsConnected());
  orchestrator_.WaitForDisconnect();
  EXPECT_TRUE(orchestrator_.HasNoReport());
}

}  // namespace
}  // namespace floe::node_agent
