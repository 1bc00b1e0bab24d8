#include "orchestrator/live/orchestrator.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/orchestrator/live/orchestrator_fixture.h"

namespace floe::live {
namespace {

using Command = v1::SessionResponse;

TEST_F(OrchestratorTest, FirstInvocationIsColdAndTheNextIsWarm) {
  StartWithFunction();
  const InvokeResult cold = Invoke("f");
  EXPECT_EQ(cold.outcome, InvokeOutcome::kSuccess) << cold.message;
  EXPECT_EQ(cold.payload, "{\"ok\":true}");
  EXPECT_TRUE(cold.cold_start);
  ASSERT_TRUE(WaitForIdle(1));
  const InvokeResult warm = Invoke("f");
  EXPECT_EQ(warm.outcome, InvokeOutcome::kSuccess) << warm.message;
  EXPECT_FALSE(warm.cold_start);
  EXPECT_NE(cold.request_id, warm.request_id);
  const Metrics metrics = orchestrator_->GetMetrics();
  EXPECT_EQ(metrics.invocations, 2u);
  EXPECT_EQ(metrics.cold_starts, 1u);
  EXPECT_EQ(metrics.nodes, 1);
}

TEST_F(OrchestratorTest, AnIdleEnvironmentIsFrozenWithTheInvocationItFinished) {
  StartWithFunction();
  EXPECT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  const auto frozen = agent_->WaitFor(Command::kFreezeEnvironment, 1);
  ASSERT_EQ(frozen.size(), 1u);
  EXPECT_EQ(frozen[0].freeze_environment().invocation(), 1u);
}

TEST_F(OrchestratorTest, LogLinesAreLambdas) {
  StartWithFunction();
  const InvokeResult cold = Invoke("f");
  EXPECT_EQ(cold.log_tail,
            "START RequestId: " + cold.request_id +
                " Version: $LATEST\nhello from the function\nEND RequestId: " + cold.request_id +
                "\nREPORT RequestId: " + cold.request_id +
                "\tDuration: 1.23 ms\tBilled Duration: 82 ms\tMemory Size: 128 MB\tMax Memory "
                "Used: 9 MB\tInit Duration: 80.00 ms\t\n");
}

TEST_F(OrchestratorTest, AnInvocationWithoutAFunctionIsNotFound) {
  Start();
  const InvokeResult result = Invoke("nobody");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionNotFound);
  EXPECT_EQ(result.message,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:$LATEST");
  EXPECT_EQ(result.request_id.size(), 36u);
}

TEST_F(OrchestratorTest, WithoutANodeInvocationsAreThrottledForCapacity) {
  Start();
  ASSERT_TRUE(orchestrator_->CreateFunction(Spec("f")).ok());
  const InvokeResult result = Invoke("f");
  EXPECT_EQ(result.outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(result.throttle_reason, ThrottleReason::kNoCapacity);
}

TEST_F(OrchestratorTest, ReservationOfZeroSwitchesTheFunctionOff) {
  StartWithFunction();
  ASSERT_TRUE(orchestrator_->SetReservedConcurrency("f", 0).ok());
  const InvokeResult off = Invoke("f");
  EXPECT_EQ(off.outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(off.throttle_reason, ThrottleReason::kReservedConcurrency);
  ASSERT_TRUE(orchestrator_->SetReservedConcurrency("f", std::nullopt).ok());
  EXPECT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  const Metrics metrics = orchestrator_->GetMetrics();
  EXPECT_EQ(metrics.throttles[static_cast<size_t>(ThrottleReason::kReservedConcurrency)], 1u);
  EXPECT_EQ(metrics.invocations, 1u);
}

TEST_F(OrchestratorTest, AccountConcurrencyThrottlesTheInvocationBeyondIt) {
  StartWithFunction({.scheduler = {.account_concurrency = 1, .unreserved_concurrency_min = 0}});
  agent_->SetBehaviour([](FakeAgent&, const Command& c) { return c.has_assign_invocation(); });
  std::future<InvokeResult> first = InvokeLater("f");
  const auto assigned = agent_->WaitFor(Command::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  const InvokeResult second = Invoke("f");
  EXPECT_EQ(second.outcome, InvokeOutcome::kThrottled);
  EXPECT_EQ(second.throttle_reason, ThrottleReason::kAccountConcurrency);
  agent_->Respond(assigned[0].assign_invocation(), "1");
  EXPECT_EQ(Get(first).payload, "1");
}

TEST_F(OrchestratorTest, ReservationsLeaveTheMinimumUnreserved) {
  StartWithFunction();
  ASSERT_TRUE(orchestrator_->CreateFunction(Spec("g")).ok());
  EXPECT_TRUE(orchestrator_->SetReservedConcurrency("f", 500).ok());
  EXPECT_TRUE(orchestrator_->SetReservedConcurrency("g", 400).ok());
  EXPECT_EQ(orchestrator_->unreserved_concurrency(), 100);
  const absl::Status refused = orchestrator_->SetReservedConcurrency("g", 401);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(refused.message(),
            "concurrency_reserved is 401; at most 400 can be reserved so that 100 stay unreserved");
  ASSERT_TRUE(orchestrator_->DeleteFunction("f").ok());
  EXPECT_TRUE(orchestrator_->SetReservedConcurrency("g", 900).ok());
}

TEST_F(OrchestratorTest, AnErrorOfTheFunctionIsGivenToTheCallerVerbatim) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent& agent, const Command& command) {
    if (!command.has_assign_invocation()) return false;
    agent.RespondError(command.assign_invocation(), "Runtime.Unknown", "{\"errorMessage\":\"x\"}");
    agent.Finished(command.assign_invocation());
    return true;
  });
  const InvokeResult result = Invoke("f");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.payload, "{\"errorMessage\":\"x\"}");
  EXPECT_EQ(result.error_type, "Runtime.Unknown");
  EXPECT_NE(result.log_tail.find("MB\tStatus: error\tError Type: Runtime.Unknown\n"),
            std::string::npos)
      << result.log_tail;
  EXPECT_EQ(orchestrator_->GetMetrics().function_errors, 1u);
}

struct Crash {
  v1::EnvironmentFailure failure;
  const char* type;
  const char* message;
  const char* body;
  const char* expected;  // "<id>" stands for the request id.
};

class OrchestratorCrashTest : public OrchestratorTest,
                              public ::testing::WithParamInterface<Crash> {};

TEST_P(OrchestratorCrashTest, TheCallerSeesWhatLambdaWouldShow) {
  StartWithFunction();
  const Crash crash = GetParam();
  agent_->SetBehaviour([crash](FakeAgent& agent, const Command& command) {
    if (!command.has_assign_invocation()) return false;
    const auto& assign = command.assign_invocation();
    agent.Failed(assign.environment(), assign.incarnation(), assign.invocation(), crash.failure,
                 crash.type, crash.message, crash.body);
    return true;
  });
  const InvokeResult result = Invoke("f");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  std::string expected = crash.expected;
  if (const size_t at = expected.find("<id>"); at != std::string::npos) {
    expected.replace(at, 4, result.request_id);
  }
  EXPECT_EQ(result.payload, expected);
  EXPECT_EQ(agent_->WaitFor(Command::kResetEnvironment, 1).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, OrchestratorCrashTest,
    ::testing::Values(
        Crash{v1::ENVIRONMENT_FAILURE_EXITED, "Runtime.ExitError",
              "Runtime exited with error: exit status 1", "",
              "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: <id> Error: "
              "Runtime exited with error: exit status 1\"}"},
        Crash{v1::ENVIRONMENT_FAILURE_EXITED, "Runtime.ExitError",
              "Runtime exited with error: signal: killed", "",
              "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: <id> Error: "
              "Runtime exited with error: signal: killed\"}"},
        Crash{v1::ENVIRONMENT_FAILURE_EXITED, "", "", "",
              "{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: <id> Error: "
              "Runtime exited without providing a reason\"}"},
        Crash{v1::ENVIRONMENT_FAILURE_OUT_OF_MEMORY, "", "", "",
              "{\"errorType\":\"Runtime.OutOfMemory\",\"errorMessage\":\"RequestId: <id> Error: "
              "Runtime exited with error: signal: killed\"}"},
        Crash{v1::ENVIRONMENT_FAILURE_INIT_ERROR, "Runtime.Unknown", "", "{\"mine\":1}",
              "{\"mine\":1}"}));

TEST_F(OrchestratorTest, AFailedInitIsRepeatedInsideTheInvocation) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent& agent, const Command& command) {
    if (command.has_start_environment()) {
      agent.Started(command.start_environment().environment());
      agent.Failed(command.start_environment().environment(), 0, 0,
                   v1::ENVIRONMENT_FAILURE_INIT_ERROR, "Runtime.Unknown", "", "{\"first\":1}");
      return true;
    }
    if (command.has_assign_invocation()) {
      EXPECT_EQ(command.assign_invocation().incarnation(), 1u);
      EXPECT_EQ(command.assign_invocation().payload(), "{\"n\":1}");
      agent.Failed(command.assign_invocation().environment(), 1,
                   command.assign_invocation().invocation(), v1::ENVIRONMENT_FAILURE_INIT_ERROR,
                   "Runtime.Unknown", "", "{\"second\":1}");
      return true;
    }
    return false;
  });
  const InvokeResult result = Invoke("f", "{\"n\":1}");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.payload, "{\"second\":1}");
}

TEST_F(OrchestratorTest, AnEnvironmentThatCannotBeMadeFailsItsInvocationWithTheReason) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent& agent, const Command& command) {
    v1::SessionRequest report;
    auto& failed = *report.mutable_environment_start_failed();
    failed.set_environment(command.start_environment().environment());
    failed.set_error_type("Runtime.InvalidEntrypoint");
    failed.set_error_message("exec /nothing: No such file or directory");
    agent.Report(std::move(report));
    return true;
  });
  const InvokeResult result = Invoke("f");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.payload,
            "{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: " +
                result.request_id + " Error: exec /nothing: No such file or directory\"}");
  EXPECT_TRUE(orchestrator_->ListEnvironments().empty());
}

TEST_F(OrchestratorTest, AnInvocationPastItsTimeoutIsAnsweredAndItsLateResponseDropped) {
  FunctionSpec spec = Spec("f");
  spec.timeout = Duration::Seconds(1);
  StartWithFunction({}, spec);
  agent_->SetBehaviour([](FakeAgent&, const Command& c) { return c.has_assign_invocation(); });
  const InvokeResult result = Invoke("f");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.payload, "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: " +
                                result.request_id + " Error: Task timed out after 1.00 seconds\"}");
  EXPECT_GE(result.run_duration, Duration::Seconds(1));
  EXPECT_NE(result.log_tail.find("\tStatus: timeout\n"), std::string::npos) << result.log_tail;
  const auto assigned = agent_->WaitFor(Command::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  agent_->Respond(assigned[0].assign_invocation(), "late");
  EXPECT_EQ(agent_->WaitFor(Command::kResetEnvironment, 1).size(), 1u);
}

TEST_F(OrchestratorTest, ALostNodeFailsItsInvocationsAndForgetsItsEnvironments) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent&, const Command& c) { return c.has_assign_invocation(); });
  std::future<InvokeResult> future = InvokeLater("f");
  ASSERT_EQ(agent_->WaitFor(Command::kAssignInvocation, 1).size(), 1u);
  agent_->Leave();
  const InvokeResult result = Get(future);
  EXPECT_EQ(result.outcome, InvokeOutcome::kServiceError);
  EXPECT_EQ(result.message, "run invocation: node local is lost");
  EXPECT_TRUE(orchestrator_->ListEnvironments().empty());
  EXPECT_EQ(orchestrator_->GetMetrics().nodes, 0);
  ASSERT_TRUE(agent_->Join().ok());
  agent_->SetBehaviour(nullptr);
  EXPECT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
}

TEST_F(OrchestratorTest, AnUpdateRetiresIdleEnvironmentsAndRunsTheNewCode) {
  StartWithFunction();
  ASSERT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  ASSERT_TRUE(WaitForIdle(1));
  FunctionSpec changed = Spec("f");
  changed.code_path = "/srv/other";
  const auto before = orchestrator_->GetFunction("f");
  const auto after = orchestrator_->UpdateFunction(changed);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_NE(before->revision_id, after->revision_id);
  EXPECT_EQ(before->id, after->id);
  ASSERT_EQ(agent_->WaitFor(Command::kStopEnvironment, 1).size(), 1u);
  const InvokeResult result = Invoke("f");
  EXPECT_TRUE(result.cold_start);
  const auto started = agent_->WaitFor(Command::kStartEnvironment, 2);
  ASSERT_EQ(started.size(), 2u);
  EXPECT_EQ(started[1].start_environment().code().root_directory(), "/srv/other");
}

TEST_F(OrchestratorTest, ADeletedFunctionIsGoneAndItsNumberServesTheNext) {
  StartWithFunction();
  ASSERT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  ASSERT_TRUE(orchestrator_->DeleteFunction("f").ok());
  EXPECT_EQ(Invoke("f").outcome, InvokeOutcome::kFunctionNotFound);
  EXPECT_EQ(orchestrator_->DeleteFunction("f").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(orchestrator_->GetFunction("f").status().code(), absl::StatusCode::kNotFound);
  const auto next = orchestrator_->CreateFunction(Spec("g"));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->id, FunctionId{0});
  EXPECT_EQ(Invoke("g").outcome, InvokeOutcome::kSuccess);
  EXPECT_EQ(orchestrator_->FunctionCounts("f"), EnvironmentCounts{});
}

TEST_F(OrchestratorTest, FunctionsAreListedByName) {
  Start();
  for (const char* name : {"zeta", "alpha", "mid"}) {
    ASSERT_TRUE(orchestrator_->CreateFunction(Spec(name)).ok());
  }
  const std::vector<FunctionRecord> records = orchestrator_->ListFunctions();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].spec.name, "alpha");
  EXPECT_EQ(records[1].spec.name, "mid");
  EXPECT_EQ(records[2].spec.name, "zeta");
  EXPECT_EQ(orchestrator_->CreateFunction(Spec("mid")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(orchestrator_->UpdateFunction(Spec("other")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(OrchestratorTest, TheFunctionBeyondTheLimitIsRefused) {
  Start({.functions_max = 1});
  ASSERT_TRUE(orchestrator_->CreateFunction(Spec("a")).ok());
  EXPECT_EQ(orchestrator_->CreateFunction(Spec("b")).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(OrchestratorTest, AgentsAreToldEverythingThatAnEnvironmentNeeds) {
  FunctionSpec spec = Spec("f");
  spec.variables = {{"MINE", "1"}, {"TZ", "Europe/Berlin"}};
  spec.memory_mib = 256;
  spec.entry_point = {"/bin/run"};
  spec.command = {"a", "b"};
  spec.working_directory = "/work";
  StartWithFunction({}, spec);
  ASSERT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  const auto started = agent_->WaitFor(Command::kStartEnvironment, 1);
  ASSERT_EQ(started.size(), 1u);
  const v1::StartEnvironmentCommand& command = started[0].start_environment();
  EXPECT_EQ(command.function_name(), "f");
  EXPECT_EQ(command.memory_mib(), 256);
  EXPECT_EQ(command.tmp_mib(), 512);
  EXPECT_EQ(command.network(), v1::FUNCTION_NETWORK_ISOLATED);
  EXPECT_EQ(command.entry_point(0), "/bin/run");
  EXPECT_EQ(command.command_size(), 2);
  EXPECT_EQ(command.working_directory(), "/work");
  const std::vector<std::string> lines(command.variables().begin(), command.variables().end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "MINE=1"), lines.end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "TZ=Europe/Berlin"), lines.end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256"),
            lines.end());
  const auto assigned = agent_->WaitFor(Command::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  const v1::AssignInvocationCommand& assign = assigned[0].assign_invocation();
  EXPECT_EQ(assign.invoked_function_arn(), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(assign.content_type(), "application/json");
  EXPECT_EQ(assign.payload(), "{}");
  EXPECT_EQ(assign.request_id().size(), 36u);
  EXPECT_EQ(assign.time_left().seconds(), 2);  // Of 3 s, a little has passed.
}

TEST_F(OrchestratorTest, AnotherNodeCannotSpeakForAnEnvironment) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent&, const Command& c) { return c.has_assign_invocation(); });
  FakeAgent other(orchestrator_.get(), "other", 1);
  ASSERT_TRUE(other.Join().ok());
  std::future<InvokeResult> future = InvokeLater("f");
  const auto assigned = agent_->WaitFor(Command::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  const auto& assign = assigned[0].assign_invocation();
  other.Respond(assign, "forged");
  other.Failed(assign.environment(), 0, assign.invocation(), v1::ENVIRONMENT_FAILURE_EXITED,
               "forged", "forged", "forged");
  agent_->Respond(assign, "true");
  EXPECT_EQ(Get(future).payload, "true");
}

TEST_F(OrchestratorTest, EnvironmentsThatNobodyKnowsAreNamed) {
  StartWithFunction();
  ASSERT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  const std::vector<EnvironmentView> views = orchestrator_->ListEnvironments();
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].function_name, "f");
  EXPECT_EQ(views[0].node_name, "local");
  const uint64_t known = views[0].id.packed();
  EXPECT_EQ(orchestrator_->UnknownEnvironments(agent_->node(), {known, 77}),
            std::vector<uint64_t>({77}));
  EXPECT_EQ(orchestrator_->UnknownEnvironments(NodeId{9}, {known}), std::vector<uint64_t>({known}));
}

TEST_F(OrchestratorTest, NodeNamesAreUniqueAndChecked) {
  StartWithFunction({.nodes_max = 2});
  FakeAgent twin(orchestrator_.get(), "local");
  EXPECT_EQ(twin.Join().code(), absl::StatusCode::kAlreadyExists);
  FakeAgent bad(orchestrator_.get(), "Not Good");
  EXPECT_EQ(bad.Join().code(), absl::StatusCode::kInvalidArgument);
  FakeAgent small(orchestrator_.get(), "small", 0);
  EXPECT_EQ(small.Join().code(), absl::StatusCode::kInvalidArgument);
  FakeAgent second(orchestrator_.get(), "second");
  EXPECT_TRUE(second.Join().ok());
  FakeAgent third(orchestrator_.get(), "third");
  EXPECT_EQ(third.Join().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(OrchestratorTest, WatchersSeeOneLinePerChange) {
  Start();
  std::mutex mutex;
  std::vector<std::string> lines;
  const auto watch = orchestrator_->Watch([&](const WatchEvent& event) {
    const std::lock_guard<std::mutex> lock(mutex);
    lines.push_back(event.text);
  });
  ASSERT_TRUE(watch.ok());
  agent_ = std::make_unique<FakeAgent>(orchestrator_.get(), "local");
  ASSERT_TRUE(agent_->Join().ok());
  ASSERT_TRUE(orchestrator_->CreateFunction(Spec("f")).ok());
  ASSERT_EQ(Invoke("f").outcome, InvokeOutcome::kSuccess);
  ASSERT_TRUE(WaitForIdle(1));
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return lines.size() == 6;
  }));
  orchestrator_->Unwatch(*watch);
  const std::string environment = "environment 0.1 of f ";
  const std::vector<std::string> expected = {
      "node local joined with 4096 MiB", "function f deployed", environment + "starting",
      environment + "initializing",      environment + "busy",  environment + "idle"};
  EXPECT_EQ(lines, expected);
}

TEST_F(OrchestratorTest, TheWatcherBeyondTheLimitIsRefused) {
  Start({.watchers_max = 1});
  const auto first = orchestrator_->Watch([](const WatchEvent&) {});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(orchestrator_->Watch([](const WatchEvent&) {}).status().code(),
            absl::StatusCode::kResourceExhausted);
  orchestrator_->Unwatch(*first);
  EXPECT_TRUE(orchestrator_->Watch([](const WatchEvent&) {}).ok());
}

TEST_F(OrchestratorTest, ShuttingDownAnswersEveryCaller) {
  StartWithFunction();
  agent_->SetBehaviour([](FakeAgent&, const Command&) { return true; });
  std::vector<std::future<InvokeResult>> futures;
  for (int i = 0; i < 10; ++i) futures.push_back(InvokeLater("f"));
  ASSERT_EQ(agent_->WaitFor(Command::kStartEnvironment, 10).size(), 10u);
  agent_->Abandon();
  orchestrator_.reset();
  for (std::future<InvokeResult>& future : futures) {
    const InvokeResult result = Get(future);
    EXPECT_EQ(result.outcome, InvokeOutcome::kServiceError);
    EXPECT_EQ(result.message, "run invocation: the orchestrator is shutting down");
  }
}

TEST_F(OrchestratorTest, TheInvocationBeyondTheLimitInFlightIsRefused) {
  StartWithFunction({.invocations_in_flight_max = 1});
  agent_->SetBehaviour([](FakeAgent&, const Command&) { return true; });
  std::future<InvokeResult> first = InvokeLater("f");
  const InvokeResult second = Invoke("f");
  EXPECT_EQ(second.outcome, InvokeOutcome::kServiceError);
  EXPECT_EQ(second.message,
            "run invocation: there are 1 invocations in flight, which is the limit");
  agent_->Leave();
  EXPECT_EQ(Get(first).outcome, InvokeOutcome::kServiceError);
}

TEST_F(OrchestratorTest, APayloadAtTheLimitPassesAndOneByteMoreDoesNot) {
  StartWithFunction();
  EXPECT_EQ(Invoke("f", std::string(kPayloadBytesMax, 'x')).outcome, InvokeOutcome::kSuccess);
  const InvokeResult result = Invoke("f", std::string(kPayloadBytesMax + 1, 'x'));
  EXPECT_EQ(result.outcome, InvokeOutcome::kServiceError);
  EXPECT_EQ(result.message, "payload has 6291557 bytes; the limit is 6291556");
}

TEST(OrchestratorOptionsTest, OptionsOutOfRangeAreNamed) {
  const auto bad = Orchestrator::Create({.nodes_max = 0});
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bad.status().message(), "option nodes_max is 0; the least is 1");
  EXPECT_FALSE(Orchestrator::Create({.journal_path = "/nowhere/at/all"}).ok());
}

}  // namespace
}  // namespace floe::live
