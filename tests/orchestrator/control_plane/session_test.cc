// NodeService.Session as an agent sees it, over gRPC.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/orchestrator/control_plane/server_fixture.h"
#include "tests/orchestrator/control_plane/session_client.h"

namespace floe::control_plane {
namespace {

// Long enough that no lease ends while a test looks away, short enough to wait for.
constexpr SessionOptions kShortLease = {.heartbeat_interval = Duration::Milliseconds(20),
                                        .lease = Duration::Milliseconds(200)};

v1::SessionRequest Started(uint64_t sequence, uint64_t environment) {
  v1::SessionRequest message;
  message.set_sequence(sequence);
  message.mutable_environment_started()->set_environment(environment);
  return message;
}
v1::SessionRequest Ready(uint64_t sequence, uint64_t environment) {
  v1::SessionRequest message;
  message.set_sequence(sequence);
  message.mutable_environment_ready()->set_environment(environment);
  return message;
}
v1::SessionRequest Responded(uint64_t sequence, const v1::AssignInvocationCommand& assign,
                             const std::string& payload) {
  v1::SessionRequest message;
  message.set_sequence(sequence);
  message.mutable_invocation_responded()->set_environment(assign.environment());
  message.mutable_invocation_responded()->set_invocation(assign.invocation());
  message.mutable_invocation_responded()->mutable_result()->set_payload(payload);
  return message;
}
v1::SessionRequest Finished(uint64_t sequence, const v1::AssignInvocationCommand& assign) {
  v1::SessionRequest message;
  message.set_sequence(sequence);
  message.mutable_invocation_finished()->set_environment(assign.environment());
  message.mutable_invocation_finished()->set_invocation(assign.invocation());
  return message;
}

class SessionTest : public ServerTest {
 protected:
  // Callers that still wait are answered before what the answers go to is gone.
  ~SessionTest() override {
    server_.reset();
    orchestrator_.reset();
  }

  // The answer goes to `answer_` and counts.
  void Invoke(const std::string& name) {
    live::InvokeRequest request;
    request.function_name = name;
    orchestrator_->Invoke(std::move(request), [this](live::InvokeResult result) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        answer_ = std::move(result);
      }
      ++answers_;
    });
  }
  live::InvokeResult WaitForAnswers(int count) {
    EXPECT_TRUE(Eventually([&] { return answers_ >= count; })) << answers_ << " answers";
    const std::lock_guard<std::mutex> lock(mutex_);
    return answer_;
  }

  std::atomic<int> answers_ = 0;
  std::mutex mutex_;
  live::InvokeResult answer_;  // Guarded by mutex_.
};

TEST_F(SessionTest, AnAgentServesAnInvocationFromHelloToFreeze) {
  Start();
  CreateFunction("f");
  const auto agent = Dial();
  const v1::OrchestratorWelcome welcome = agent->Open(Hello("n1", 7));
  EXPECT_EQ(welcome.protocol_version(), 1u);
  EXPECT_NE(welcome.session(), 0u);
  EXPECT_FALSE(welcome.resumed());
  EXPECT_EQ(welcome.heartbeat_interval().seconds(), 1);
  EXPECT_EQ(welcome.lease().seconds(), 10);
  Invoke("f");
  const v1::SessionResponse start = agent->ReadCommand();
  EXPECT_EQ(start.sequence(), 1u);
  ASSERT_TRUE(start.has_start_environment()) << start.ShortDebugString();
  const uint64_t environment = start.start_environment().environment();
  agent->Write(Started(1, environment));
  agent->Write(Ready(2, environment));
  const v1::SessionResponse assign = agent->ReadCommand();
  EXPECT_EQ(assign.sequence(), 2u);
  EXPECT_EQ(assign.acknowledged(), 2u);
  ASSERT_TRUE(assign.has_assign_invocation()) << assign.ShortDebugString();
  agent->Write(Responded(3, assign.assign_invocation(), "\"pong\""));
  EXPECT_EQ(WaitForAnswers(1).payload, "\"pong\"");
  agent->Write(Finished(4, assign.assign_invocation()));
  EXPECT_TRUE(agent->ReadCommand().has_freeze_environment());
}

TEST_F(SessionTest, AResumedSessionSendsAgainWhatTheAgentDoesNotHave) {
  Start();
  CreateFunction("f");
  auto agent = Dial();
  const uint64_t session = agent->Open(Hello("n1", 7)).session();
  Invoke("f");
  const uint64_t environment = agent->ReadCommand().start_environment().environment();
  agent->Write(Started(1, environment));
  agent->Write(Ready(2, environment));
  ASSERT_TRUE(agent->ReadCommand().has_assign_invocation());
  // The start command arrived, the assignment is lost with the connection.
  agent->Break();
  agent = Dial();
  v1::SessionRequest hello = Hello("n1", 7, session);
  hello.set_acknowledged(1);
  hello.mutable_hello()->add_environments(environment);
  hello.mutable_hello()->add_environments(4'711);
  agent->Write(hello);
  const v1::SessionResponse first = agent->Read();
  ASSERT_TRUE(first.has_welcome()) << first.ShortDebugString();
  EXPECT_TRUE(first.welcome().resumed());
  EXPECT_EQ(first.welcome().session(), session);
  EXPECT_EQ(first.acknowledged(), 2u);
  ASSERT_EQ(first.welcome().unknown_environments_size(), 1);
  EXPECT_EQ(first.welcome().unknown_environments(0), 4'711u);
  const v1::SessionResponse assign = agent->ReadCommand();
  ASSERT_TRUE(assign.has_assign_invocation()) << assign.ShortDebugString();
  EXPECT_EQ(assign.sequence(), 2u);
  // Reports that the orchestrator has seen are dropped, the new one counts.
  agent->Write(Started(1, environment));
  agent->Write(Ready(2, environment));
  agent->Write(Responded(3, assign.assign_invocation(), "1"));
  agent->Write(Responded(3, assign.assign_invocation(), "2"));
  EXPECT_EQ(WaitForAnswers(1).payload, "1");
  EXPECT_EQ(orchestrator_->GetMetrics().stale_events, 0u);
}

TEST_F(SessionTest, CommandsGivenWhileTheConnectionIsDownArriveAfterTheResume) {
  Start();
  CreateFunction("f");
  auto agent = Dial();
  const uint64_t session = agent->Open(Hello("n1", 7)).session();
  agent->Break();
  Invoke("f");
  ASSERT_TRUE(Eventually([&] { return orchestrator_->ListEnvironments().size() == 1; }));
  agent = Dial();
  EXPECT_TRUE(agent->Open(Hello("n1", 7, session)).resumed());
  EXPECT_TRUE(agent->ReadCommand().has_start_environment());
}

TEST_F(SessionTest, ANewConnectionTakesOverFromOneThatStillLooksAlive) {
  Start();
  CreateFunction("f");
  const auto old_connection = Dial();
  const uint64_t session = old_connection->Open(Hello("n1", 7)).session();
  const auto agent = Dial();
  EXPECT_TRUE(agent->Open(Hello("n1", 7, session)).resumed());
  EXPECT_EQ(old_connection->Status().error_code(), grpc::StatusCode::ABORTED);
  Invoke("f");
  EXPECT_TRUE(agent->ReadCommand().has_start_environment());
}

TEST_F(SessionTest, ANodeThatIsSilentForItsLeaseIsLost) {
  Start({.sessions = kShortLease});
  CreateFunction("f");
  const auto agent = Dial();
  const uint64_t session = agent->Open(Hello("n1", 7)).session();
  Invoke("f");
  ASSERT_TRUE(agent->ReadCommand().has_start_environment());
  ASSERT_TRUE(WaitForNodes(0));
  EXPECT_EQ(WaitForAnswers(1).outcome, live::InvokeOutcome::kServiceError);
  EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  const auto again = Dial();
  v1::SessionRequest hello = Hello("n1", 7, session);
  hello.set_acknowledged(1);
  hello.mutable_hello()->add_environments(5);
  const v1::OrchestratorWelcome welcome = again->Open(hello);
  EXPECT_FALSE(welcome.resumed());
  EXPECT_NE(welcome.session(), session);
  ASSERT_EQ(welcome.unknown_environments_size(), 1);
  EXPECT_EQ(welcome.unknown_environments(0), 5u);
}

TEST_F(SessionTest, HeartbeatsKeepTheLeaseAndAreAnswered) {
  Start({.sessions = kShortLease});
  const auto agent = Dial();
  EXPECT_EQ(agent->Open(Hello("n1", 7)).lease().nanos(), 200'000'000);
  // Each heartbeat read is 20 ms later than the one before: twenty are twice the lease.
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(agent->Read().has_heartbeat());
    v1::SessionRequest heartbeat;
    heartbeat.mutable_heartbeat();
    ASSERT_TRUE(agent->Write(heartbeat));
  }
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 1);
}

TEST_F(SessionTest, AnAgentThatWasStartedAgainReplacesItsOldSelf) {
  Start();
  CreateFunction("f");
  auto agent = Dial();
  const uint64_t session = agent->Open(Hello("n1", 7)).session();
  Invoke("f");
  ASSERT_TRUE(agent->ReadCommand().has_start_environment());
  agent->Break();
  agent = Dial();
  v1::OrchestratorWelcome welcome;
  // The orchestrator may need a moment to see that the old connection is gone.
  ASSERT_TRUE(Eventually([&] {
    agent = Dial();
    welcome = agent->Open(Hello("n1", 8));
    return welcome.session() != 0;
  }));
  EXPECT_FALSE(welcome.resumed());
  EXPECT_NE(welcome.session(), session);
  EXPECT_EQ(WaitForAnswers(1).outcome, live::InvokeOutcome::kServiceError);
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 1);
  EXPECT_TRUE(orchestrator_->ListEnvironments().empty());
}

TEST_F(SessionTest, ASecondAgentOfTheSameNameIsRefusedWhileTheFirstIsConnected) {
  Start();
  const auto first = Dial();
  ASSERT_NE(first->Open(Hello("n1", 7)).session(), 0u);
  const auto second = Dial();
  second->Write(Hello("n1", 8));
  const grpc::Status refused = second->Status();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::ALREADY_EXISTS) << refused.error_message();
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 1);
}

TEST_F(SessionTest, AnotherProtocolVersionIsRefused) {
  Start();
  const auto agent = Dial();
  v1::SessionRequest hello = Hello("n1", 7);
  hello.mutable_hello()->set_protocol_version(2);
  agent->Write(hello);
  const grpc::Status refused = agent->Status();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.error_message(),
            "open session: the agent speaks protocol version 2, the orchestrator 1");
}

TEST_F(SessionTest, ABadHelloIsRefused) {
  Start();
  v1::SessionRequest no_hello;
  no_hello.mutable_heartbeat();
  v1::SessionRequest bad_name = Hello("Not Good", 7);
  v1::SessionRequest no_incarnation = Hello("n1", 0);
  v1::SessionRequest no_memory = Hello("n1", 7);
  no_memory.mutable_hello()->set_memory_mib(0);
  for (const v1::SessionRequest& first : {no_hello, bad_name, no_incarnation, no_memory}) {
    const auto agent = Dial();
    agent->Write(first);
    EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << first.ShortDebugString();
  }
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 0);
}

TEST_F(SessionTest, TheNodeBeyondTheLimitIsRefused) {
  Start({}, {.nodes_max = 1});
  const auto first = Dial();
  ASSERT_NE(first->Open(Hello("n1", 7)).session(), 0u);
  const auto second = Dial();
  second->Write(Hello("n2", 8));
  EXPECT_EQ(second->Status().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(SessionTest, AnAgentThatLeavesIsNotWaitedFor) {
  Start({.sessions = {.lease = Duration::Hours(1)}});
  const auto agent = Dial();
  ASSERT_NE(agent->Open(Hello("n1", 7)).session(), 0u);
  v1::SessionRequest leaving;
  leaving.mutable_leaving();
  agent->Write(leaving);
  EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(WaitForNodes(0));
}

TEST_F(SessionTest, ABrokenPeerLosesItsSession) {
  Start();
  v1::SessionRequest gap = Started(2, 1);
  v1::SessionRequest unnumbered = Started(0, 1);
  v1::SessionRequest bad_acknowledgement = Started(1, 1);
  bad_acknowledgement.set_acknowledged(99);
  for (const v1::SessionRequest& message : {gap, unnumbered, bad_acknowledgement}) {
    const auto agent = Dial();
    ASSERT_NE(agent->Open(Hello("n1", 7)).session(), 0u);
    agent->Write(message);
    EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::INVALID_ARGUMENT)
        << message.ShortDebugString();
    EXPECT_TRUE(WaitForNodes(0));
  }
}

TEST_F(SessionTest, AnAgentThatDoesNotAcknowledgeLosesItsSession) {
  SessionOptions options;
  options.commands.messages_max = 3;
  Start({.sessions = options});
  CreateFunction("f");
  const auto agent = Dial();
  ASSERT_NE(agent->Open(Hello("n1", 7)).session(), 0u);
  for (int i = 0; i < 4; ++i) Invoke("f");
  EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  WaitForAnswers(4);
  EXPECT_TRUE(WaitForNodes(0));
}

TEST_F(SessionTest, ManyReportsAreAcknowledgedWithoutWaitingForAHeartbeat) {
  Start();
  const auto agent = Dial();
  ASSERT_NE(agent->Open(Hello("n1", 7)).session(), 0u);
  for (uint64_t i = 1; i <= 64; ++i) ASSERT_TRUE(agent->Write(Started(i, 1)));
  const v1::SessionResponse heartbeat = agent->Read();
  EXPECT_TRUE(heartbeat.has_heartbeat()) << heartbeat.ShortDebugString();
  EXPECT_GE(heartbeat.acknowledged(), 1u);
}

TEST_F(SessionTest, ShuttingDownEndsSessionsAndRemovesTheirNodes) {
  Start();
  const auto agent = Dial();
  ASSERT_NE(agent->Open(Hello("n1", 7)).session(), 0u);
  server_->Shutdown(Duration::Seconds(5));
  EXPECT_EQ(agent->Status().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 0);
}

}  // namespace
}  // namespace floe::control_plane
