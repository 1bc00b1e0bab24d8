// Every command and every report of the agent, with containers and an orchestrator that the test
// plays.

#include "node_agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "tests/node_agent/agent_fixture.h"

namespace floe::node_agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using Kind = ProcessExit::Kind;

using AgentTest = AgentFixture;

int64_t EpochMilliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// ---- Start.

TEST_F(AgentTest, MakesTheContainerThatTheCommandDescribes) {
  StartAgent();
  orchestrator_.Send(StartCommand(7));

  const auto container = runtime_.WaitForContainer(0);
  EXPECT_THAT(container->spec.arguments, ElementsAre("/entry"));
  EXPECT_THAT(container->spec.variables, Contains("COLOUR=blue"));
  EXPECT_EQ(container->spec.memory_mib, 256);
  const v1::SessionRequest report = orchestrator_.NextReport();
  EXPECT_EQ(report.environment_started().environment(), 7U);
  EXPECT_TRUE(report.environment_started().has_create_duration());
  EXPECT_EQ(agent_->EnvironmentCount(), 1);
}

TEST_F(AgentTest, ReportsReadyWhenTheRuntimeAsksForItsFirstInvocation) {
  StartAgent();
  orchestrator_.Send(StartCommand(7));
  const auto container = runtime_.WaitForContainer(0);
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_started());

  const Next next = AskForNext(*container);

  const v1::SessionRequest report = orchestrator_.NextReport();
  EXPECT_EQ(report.environment_ready().environment(), 7U);
  EXPECT_EQ(report.environment_ready().incarnation(), 0U);
  EXPECT_GT(FromProto(report.environment_ready().init_duration()), Duration());
  StopAndWait(7);
}

TEST_F(AgentTest, ReportsStartedBeforeReadyHoweverFastTheRuntimeIs) {
  StartAgent();
  runtime_.HoldRuns();
  orchestrator_.Send(StartCommand(7));
  const auto container = runtime_.WaitForContainer(0);
  runtime_.WaitForHeldRun();
  EXPECT_EQ(RuntimeApiClient(container->port).FailInit("Runtime.Bad", "{}"), 202);

  runtime_.ReleaseRuns();

  EXPECT_TRUE(orchestrator_.NextReport().has_environment_started());
  EXPECT_TRUE(orchestrator_.NextReport().has_environment_failed());
}

TEST_F(AgentTest, ReportsWhyAnEnvironmentCouldNotBeStarted) {
  StartAgent();
  const auto expect_failure = [this](const std::string& type, const std::string& message) {
    const v1::EnvironmentStartFailedReport report =
        orchestrator_.NextReport().environment_start_failed();
    EXPECT_EQ(report.error_type(), type);
    EXPECT_THAT(report.error_message(), testing::HasSubstr(message));
    EXPECT_EQ(agent_->EnvironmentCount(), 0);
    EXPECT_EQ(runtime_.live(), 0);
  };
  orchestrator_.Send(StartCommand(1, "/missing"));
  expect_failure("Sandbox.Failure", "/missing");
  orchestrator_.Send(StartCommand(2, "/empty"));
  expect_failure("Runtime.InvalidEntrypoint", "entrypoint");

  runtime_.FailCreate(absl::ResourceExhaustedError("no room"));
  orchestrator_.Send(StartCommand(3));
  expect_failure("Sandbox.Failure", "no room");
  runtime_.FailCreate(absl::OkStatus());

  runtime_.FailRun(absl::NotFoundError("run /entry: no such file"));
  orchestrator_.Send(StartCommand(4));
  expect_failure("Runtime.InvalidEntrypoint", "/entry");
  runtime_.FailRun(absl::PermissionDeniedError("run /entry: not executable"));
  orchestrator_.Send(StartCommand(5));
  expect_failure("Runtime.InvalidEntrypoint", "not executable");
  runtime_.FailRun(absl::InternalError("clone3"));
  orchestrator_.Send(StartCommand(6));
  expect_failure("Sandbox.Failure", "clone3");

  v1::SessionResponse no_directory = StartCommand(7);
  no_directory.mutable_start_environment()->set_working_directory("/nowhere/at/all");
  runtime_.FailRun(absl::NotFoundError("change to /nowhere/at/all: no such directory"));
  orchestrator_.Send(no_directory);
  expect_failure("Runtime.InvalidWorkingDir", "/nowhere/at/all");

  v1::SessionResponse no_code = StartCommand(8);
  no_code.mutable_start_environment()->clear_code();
  orchestrator_.Send(no_code);
  expect_failure("Sandbox.Failure", "no source");
}

TEST_F(AgentTest, RefusesEnvironmentsBeyondItsLimit) {
  options_.environments_max = 1;
  StartAgent();
  orchestrator_.Send(StartCommand(1));
  EXPECT_TRUE(orchestrator_.NextReport().has_environment_started());
  orchestrator_.Send(StartCommand(2));
  EXPECT_EQ(orchestrator_.NextReport().environment_start_failed().error_type(), "Sandbox.Failure");
  StopAndWait(1);
  orchestrator_.Send(StartCommand(3));
  EXPECT_EQ(orchestrator_.NextReport().environment_started().environment(), 3U);
}

TEST_F(AgentTest, LeavesOutAStartThatIsStoppedBeforeItsTurn) {
  options_.start_threads = 1;
  StartAgent();
  runtime_.HoldRuns();
  orchestrator_.Send(StartCommand(1));
  runtime_.WaitForHeldRun();
  orchestrator_.Send(StartCommand(2));
  orchestrator_.Send(StopCommand(2));
  orchestrator_.Send(AssignCommand(99, 1));  // Answered at once: the commands before are queued.
  EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 99U);

  runtime_.ReleaseRuns();

  std::vector<v1::SessionRequest> reports = {orchestrator_.NextReport(),
                                             orchestrator_.NextReport()};
  if (reports[0].has_environment_stopped()) std::swap(reports[0], reports[1]);
  EXPECT_EQ(reports[0].environment_started().environment(), 1U);
  EXPECT_EQ(reports[1].environment_stopped().environment(), 2U);
  EXPECT_EQ(agent_->EnvironmentCount(), 1);
  EXPECT_EQ(runtime_.live(), 1);
}

// ---- Invocations.

TEST_F(AgentTest, HandsTheInvocationToTheRuntimeAndItsResponseBack) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.Write(*container, "written during init\n");
  const int64_t assigned_at = EpochMilliseconds();
  orchestrator_.Send(AssignCommand(7, 5));

  const RuntimeApiClient::Response offer = next.get();
  EXPECT_EQ(offer.status, 200);
  EXPECT_EQ(offer.body, "{\"n\":5}");
  EXPECT_EQ(offer.Header("Lambda-Runtime-Aws-Request-Id"), RequestId(5));
  const int64_t deadline = std::stoll(offer.Header("Lambda-Runtime-Deadline-Ms"));
  EXPECT_GE(deadline, assigned_at + 3'000);
  EXPECT_LE(deadline, EpochMilliseconds() + 3'000);

  runtime_.Write(*container, "hello\n");
  EXPECT_EQ(Respond(*container, 5, "\"answer\""), 202);

  const v1::InvocationRespondedReport report = orchestrator_.NextReport().invocation_responded();
  EXPECT_EQ(report.environment(), 7U);
  EXPECT_EQ(report.invocation(), 5U);
  EXPECT_EQ(report.result().payload(), "\"answer\"");
  EXPECT_FALSE(report.result().streamed());
  EXPECT_GT(FromProto(report.metrics().run_duration()), Duration());
  EXPECT_TRUE(report.metrics().has_init_duration());
  EXPECT_EQ(report.metrics().memory_used_max_mib(), 42);
  EXPECT_EQ(report.metrics().log_tail(), "hello\n");
  EXPECT_FALSE(report.metrics().log_truncated());

  next = AskForNext(*container);
  const v1::InvocationFinishedReport finished = orchestrator_.NextReport().invocation_finished();
  EXPECT_EQ(finished.environment(), 7U);
  EXPECT_EQ(finished.invocation(), 5U);
  EXPECT_GT(FromProto(finished.post_response_duration()), Duration());
  StopAndWait(7);
}

TEST_F(AgentTest, OnlyTheFirstInvocationHasAnInitDuration) {
  StartAgent();
  auto [container, next] = BringUp(7);
  RunInvocation(*container, next, 7, 1);
  orchestrator_.Send(AssignCommand(7, 2));
  ASSERT_EQ(next.get().status, 200);
  Respond(*container, 2);
  EXPECT_FALSE(orchestrator_.NextReport().invocation_responded().metrics().has_init_duration());
}

TEST_F(AgentTest, HandsOnTheErrorThatTheRuntimePosts) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(AssignCommand(7, 5));
  ASSERT_EQ(next.get().status, 200);
  const std::string body = R"({"errorMessage":"no","errorType":"Sad"})";
  EXPECT_EQ(RuntimeApiClient(container->port).Fail(RequestId(5), "Function.Sad", body), 202);

  const v1::InvocationRespondedReport report = orchestrator_.NextReport().invocation_responded();
  EXPECT_EQ(report.invocation(), 5U);
  EXPECT_EQ(report.error().error_type(), "Function.Sad");
  EXPECT_EQ(report.error().body(), body);
}

TEST_F(AgentTest, ForwardsOutputLineByLine) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.Write(*container, "one\ntwo\nthr");
  StopAndWait(7);
  EXPECT_THAT(lines(), ElementsAre("7: one", "7: two", "7: thr"));
}

// ---- Failures.

TEST_F(AgentTest, ReportsARuntimeThatEndsDuringInit) {
  StartAgent();
  orchestrator_.Send(StartCommand(7));
  const auto container = runtime_.WaitForContainer(0);
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_started());

  runtime_.Exit(*container, {Kind::kExited, 1});

  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.environment(), 7U);
  EXPECT_EQ(report.incarnation(), 0U);
  EXPECT_EQ(report.failure(), v1::ENVIRONMENT_FAILURE_EXITED);
  EXPECT_EQ(report.error_type(), "Runtime.ExitError");
  EXPECT_EQ(report.error_message(), "Runtime exited with error: exit status 1");
  EXPECT_EQ(report.invocation(), 0U);
  EXPECT_FALSE(report.has_metrics());
}

TEST_F(AgentTest, ReportsARuntimeThatEndsDuringAnInvocation) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(AssignCommand(7, 5));
  ASSERT_EQ(next.get().status, 200);
  runtime_.Write(*container, "last words");

  runtime_.Exit(*container, {Kind::kSignaled, SIGSEGV});

  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.error_message(), "Runtime exited with error: signal: segmentation fault");
  EXPECT_EQ(report.invocation(), 5U);
  EXPECT_EQ(report.metrics().log_tail(), "last words");
  EXPECT_TRUE(report.metrics().has_init_duration());
}

TEST_F(AgentTest, ReportsOutOfMemoryAsSuch) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.Exit(*container, {Kind::kOutOfMemory, SIGKILL});
  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.failure(), v1::ENVIRONMENT_FAILURE_OUT_OF_MEMORY);
  EXPECT_EQ(report.error_type(), "Runtime.OutOfMemory");
  StopAndWait(7);
}

TEST_F(AgentTest, ReportsAnInitErrorOnceThoughTheRuntimeExitsToo) {
  StartAgent();
  orchestrator_.Send(StartCommand(7));
  const auto container = runtime_.WaitForContainer(0);
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_started());
  EXPECT_EQ(RuntimeApiClient(container->port).FailInit("Runtime.NoHandler", "{\"a\":1}"), 202);
  runtime_.Exit(*container, {Kind::kExited, 1});

  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.failure(), v1::ENVIRONMENT_FAILURE_INIT_ERROR);
  EXPECT_EQ(report.error_type(), "Runtime.NoHandler");
  EXPECT_EQ(report.error_body(), "{\"a\":1}");
  StopAndWait(7);
}

TEST_F(AgentTest, ARuntimeMayRespondAndThenEnd) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(AssignCommand(7, 5));
  ASSERT_EQ(next.get().status, 200);
  Respond(*container, 5);
  runtime_.Exit(*container, {Kind::kExited, 0});

  EXPECT_TRUE(orchestrator_.NextReport().has_invocation_responded());
  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.error_message(), "Runtime exited without providing a reason");
}

// ---- Freeze.

TEST_F(AgentTest, FreezesWhenIdleAndThawsForTheNextInvocation) {
  StartAgent();
  auto [container, next] = BringUp(7);
  RunInvocation(*container, next, 7, 1);
  orchestrator_.Send(FreezeCommand(7, 1));
  runtime_.WaitForCall(*container, "freeze");
  RunInvocation(*container, next, 7, 2);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "freeze", "thaw"));
  StopAndWait(7);
}

TEST_F(AgentTest, SkipsTheFreezeAfterAnotherInvocationOrDuringOne) {
  StartAgent();
  auto [container, next] = BringUp(7);
  RunInvocation(*container, next, 7, 1);
  orchestrator_.Send(AssignCommand(7, 2));
  orchestrator_.Send(FreezeCommand(7, 1));
  orchestrator_.Send(FreezeCommand(7, 2));
  ASSERT_EQ(next.get().status, 200);
  Respond(*container, 2);
  ASSERT_TRUE(orchestrator_.NextReport().has_invocation_responded());
  StopAndWait(7);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "destroy"));
}

// It is thawed all the same: a freeze that took too long may come true later.
TEST_F(AgentTest, AnEnvironmentThatCannotBeFrozenServesOn) {
  StartAgent();
  auto [container, next] = BringUp(7);
  RunInvocation(*container, next, 7, 1);
  runtime_.FailFreeze(absl::InternalError("write cgroup.freeze"));
  orchestrator_.Send(FreezeCommand(7, 1));
  RunInvocation(*container, next, 7, 2);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "freeze", "thaw"));
  StopAndWait(7);
}

TEST_F(AgentTest, AnEnvironmentThatCannotBeThawedFailsTheInvocation) {
  StartAgent();
  auto [container, next] = BringUp(7);
  RunInvocation(*container, next, 7, 1);
  orchestrator_.Send(FreezeCommand(7, 1));
  runtime_.FailThaw(absl::InternalError("write cgroup.freeze"));
  orchestrator_.Send(AssignCommand(7, 2));
  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.error_type(), "Sandbox.Failure");
  EXPECT_EQ(report.invocation(), 2U);
  StopAndWait(7);
}

// ---- Reset.

TEST_F(AgentTest, AResetKillsTheRuntimeAndTheNextInvocationStartsItAgain) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(AssignCommand(7, 1));
  ASSERT_EQ(next.get().status, 200);
  orchestrator_.Send(ResetCommand(7, 1));
  orchestrator_.Send(AssignCommand(7, 2, /*incarnation=*/1));

  // The first next finds the invocation waiting, and both go up.
  EXPECT_EQ(AskInRun(*container, 2).body, "{\"n\":2}");
  const v1::EnvironmentReadyReport ready = orchestrator_.NextReport().environment_ready();
  EXPECT_EQ(ready.incarnation(), 1U);
  EXPECT_EQ(Respond(*container, 2), 202);
  const v1::InvocationRespondedReport report = orchestrator_.NextReport().invocation_responded();
  EXPECT_EQ(report.invocation(), 2U);
  EXPECT_FALSE(report.metrics().has_init_duration());
  EXPECT_GE(FromProto(report.metrics().run_duration()), FromProto(ready.init_duration()));
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "kill", "run"));
}

TEST_F(AgentTest, AResetSuppressesWhatTheEarlierRuntimeStillSays) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(AssignCommand(7, 1));
  ASSERT_EQ(next.get().status, 200);
  orchestrator_.Send(ResetCommand(7, 1));
  runtime_.WaitForCall(*container, "kill");
  runtime_.Exit(*container, {Kind::kExited, 1});
  Respond(*container, 1);
  StopAndWait(7);  // Nothing came before.
}

TEST_F(AgentTest, AnInvocationThatCrossesTheReportOfAFailureIsLeftToIt) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.Exit(*container, {Kind::kExited, 1});
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_failed());
  orchestrator_.Send(AssignCommand(7, 1, /*incarnation=*/0));
  StopAndWait(7);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "destroy"));
}

TEST_F(AgentTest, AnInvocationOfALaterIncarnationImpliesTheReset) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.Exit(*container, {Kind::kExited, 1});
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_failed());
  orchestrator_.Send(AssignCommand(7, 1, /*incarnation=*/1));
  EXPECT_EQ(AskInRun(*container, 2).body, "{\"n\":1}");
  EXPECT_EQ(orchestrator_.NextReport().environment_ready().incarnation(), 1U);
  EXPECT_THAT(runtime_.Calls(*container), ElementsAre("run", "kill", "run"));
}

TEST_F(AgentTest, ARuntimeThatCannotBeStartedAgainFailsTheInvocation) {
  StartAgent();
  auto [container, next] = BringUp(7);
  orchestrator_.Send(ResetCommand(7, 1));
  runtime_.WaitForCall(*container, "kill");
  runtime_.FailRun(absl::PermissionDeniedError("run /entry: not executable"));
  orchestrator_.Send(AssignCommand(7, 1, /*incarnation=*/1));
  const v1::EnvironmentFailedReport report = orchestrator_.NextReport().environment_failed();
  EXPECT_EQ(report.error_type(), "Runtime.InvalidEntrypoint");
  EXPECT_EQ(report.incarnation(), 1U);
  EXPECT_EQ(report.invocation(), 1U);

  runtime_.FailRun(absl::OkStatus());
  orchestrator_.Send(ResetCommand(7, 2));
  orchestrator_.Send(AssignCommand(7, 2, /*incarnation=*/2));
  EXPECT_EQ(AskInRun(*container, 2).body, "{\"n\":2}");
}

TEST_F(AgentTest, AnEnvironmentWhoseProcessesCannotBeKilledIsStopped) {
  StartAgent();
  auto [container, next] = BringUp(7);
  runtime_.FailKill(absl::InternalError("a process will not die"));
  orchestrator_.Send(ResetCommand(7, 1));
  EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 7U);
  EXPECT_EQ(agent_->EnvironmentCount(), 0);
}

// ---- Stop.

TEST_F(AgentTest, StopsAnEnvironmentInEveryState) {
  StartAgent();
  auto [idle, idle_next] = BringUp(1, 0);
  auto [busy, busy_next] = BringUp(2, 1);
  orchestrator_.Send(AssignCommand(2, 9));
  ASSERT_EQ(busy_next.get().status, 200);
  auto [reset, reset_next] = BringUp(3, 2);
  orchestrator_.Send(ResetCommand(3, 1));
  orchestrator_.Send(StartCommand(4));
  ASSERT_TRUE(orchestrator_.NextReport().has_environment_started());
  for (const uint64_t environment : {1, 2, 3, 4}) StopAndWait(environment);
  EXPECT_EQ(agent_->EnvironmentCount(), 0);
  EXPECT_EQ(runtime_.live(), 0);
  EXPECT_EQ(RuntimeApiClient(idle->port).Next().status, 0);  // Nobody listens.
}

TEST_F(AgentTest, TellsThatAnEnvironmentItDoesNotHoldIsGone) {
  StartAgent();
  for (const v1::SessionResponse& command :
       {StopCommand(5), AssignCommand(5, 1), FreezeCommand(5, 1), ResetCommand(5, 1)}) {
    orchestrator_.Send(command);
    EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 5U);
  }
}

TEST_F(AgentTest, StopsAnEnvironmentThatIsOrderedMoreThanItCanQueue) {
  orchestrator_.SetLease(Duration::Milliseconds(10), Duration::Seconds(60));
  StartAgent();
  runtime_.HoldRuns();
  orchestrator_.Send(StartCommand(1));
  runtime_.WaitForHeldRun();
  for (int i = 0; i <= 300; ++i) orchestrator_.Send(ResetCommand(1, 1));
  ASSERT_TRUE(orchestrator_.WaitForAcknowledgement());
  runtime_.ReleaseRuns();
  EXPECT_TRUE(orchestrator_.NextReport().has_environment_started());
  EXPECT_EQ(orchestrator_.NextReport().environment_stopped().environment(), 1U);
}

TEST_F(AgentTest, DestroyingTheAgentStopsEveryEnvironment) {
  StartAgent();
  for (uint64_t environment = 1; environment <= 20; ++environment) {
    orchestrator_.Send(StartCommand(environment));
  }
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(orchestrator_.NextReport().has_environment_started());
  EXPECT_EQ(runtime_.live(), 20);
  agent_.reset();
  EXPECT_EQ(runtime_.live(), 0);
}

TEST_F(AgentTest, DestroyingTheAgentWaitsForStartsUnderWay) {
  StartAgent();
  runtime_.HoldRuns();
  orchestrator_.Send(StartCommand(1));
  runtime_.WaitForHeldRun();
  auto destroyed = std::async(std::launch::async, [this] { agent_.reset(); });
  runtime_.ReleaseRuns();
  destroyed.get();
  EXPECT_EQ(runtime_.live(), 0);
}

// ---- Options.

TEST_F(AgentTest, RefusesOptionsOutOfRange) {
  const auto code_of = [this](auto change) {
    AgentOptions options;
    change(options);
    return Agent::Create(options, orchestrator_.Channel(), &runtime_, &images_).status().code();
  };
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code_of([](AgentOptions& o) { o.node_name = ""; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.node_name = "Node"; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.node_name = std::string(64, 'a'); }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.node_name = std::string(63, 'a'); }),
            absl::StatusCode::kOk);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.memory_mib = -1; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.environments_max = 0; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.start_threads = 0; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.http_threads = 257; }), kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.redial_delay_max = Duration::Milliseconds(49); }),
            kInvalid);
  EXPECT_EQ(code_of([](AgentOptions& o) { o.welcome_limit = Duration(); }), kInvalid);
}

}  // namespace
}  // namespace floe::node_agent
