// Functions that misbehave, in real containers: what the caller is told, and that the next
// invocation works.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/functions/functions_fixture.h"

namespace floe {
namespace {

using live::InvokeOutcome;
using live::InvokeResult;
using testing::HasSubstr;

TEST_F(FunctionsTest, AGoodFunctionAnswersAndStaysWarm) {
  Start();
  Deploy("good");
  const InvokeResult first = Invoke("good", "hello");
  EXPECT_EQ(first.outcome, InvokeOutcome::kSuccess) << first.message << first.payload;
  EXPECT_EQ(first.payload, "\"hello\"");
  EXPECT_TRUE(first.cold_start);
  EXPECT_GT(first.init_duration, Duration());
  ExpectAnswer("good", "count", "2");
  ExpectAnswer("good", "count", "3");
  EXPECT_EQ(agent_->EnvironmentCount(), 1);
}

TEST_F(FunctionsTest, AnErrorThatTheFunctionReportsIsHandedOnAsItIs) {
  Start();
  Deploy("f");
  const InvokeResult result = Invoke("f", "fail");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.error_type, "Function.Told");
  EXPECT_EQ(result.payload, R"({"errorMessage":"as told","errorType":"Told"})");
  ExpectAnswer("f", "count", "2");  // An error of its own does not end the runtime.
}

// ---- The process ends.

TEST_F(FunctionsTest, ExitDuringAnInvocation) {
  Start();
  Deploy("f");
  ExpectError("f", "exit 0", "Runtime.ExitError", "Runtime exited without providing a reason");
  ExpectAnswer("f", "count", "1");
  ExpectError("f", "exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3");
  ExpectAnswer("f", "count", "1");
}

TEST_F(FunctionsTest, ASignalDuringAnInvocation) {
  Start();
  Deploy("f");
  ExpectError("f", "fault", "Runtime.ExitError",
              "Runtime exited with error: signal: segmentation fault");
  ExpectAnswer("f", "count", "1");
}

TEST_F(FunctionsTest, FilesInTmpSurviveTheEndOfTheProcess) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "mark", "new");
  ExpectError("f", "exit 3", "Runtime.ExitError", "Runtime exited with error: exit status 3");
  ExpectAnswer("f", "mark", "there");
}

TEST_F(FunctionsTest, AResponseCountsThoughTheProcessExitsAfterIt) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "respond and exit", "bye");
  ExpectAnswer("f", "count", "1");
}

TEST_F(FunctionsTest, ExitBeforeTheFirstInvocation) {
  Start();
  Deploy("zero", "exit 0");
  Deploy("one", "exit 1");
  for (int i = 0; i < 2; ++i) {
    ExpectError("zero", "hello", "Runtime.ExitError", "Runtime exited without providing a reason");
    ExpectError("one", "hello", "Runtime.ExitError", "Runtime exited with error: exit status 1");
  }
}

TEST_F(FunctionsTest, AnInitThatFailsOnceIsRepeatedInsideTheInvocation) {
  Start();
  Deploy("f", "exit 1 once");
  ExpectAnswer("f", "count", "1");
  ExpectAnswer("f", "count", "2");
}

TEST_F(FunctionsTest, AnInitErrorReachesTheCallerAsPosted) {
  Start();
  Deploy("f", "init error");
  const InvokeResult result = Invoke("f", "hello");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.error_type, "Runtime.ImportModuleError");
  EXPECT_EQ(result.payload,
            R"({"errorMessage":"no module","errorType":"Runtime.ImportModuleError"})");
}

// ---- Time.

TEST_F(FunctionsTest, AnInvocationThatNeverEndsTimesOut) {
  Start();
  Deploy("f", "serve", Duration::Seconds(1));
  ExpectAnswer("f", "count", "1");
  ExpectError("f", "hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds");
  ExpectAnswer("f", "count", "1");
  ExpectError("f", "spin", "Sandbox.Timedout", "Task timed out after 1.00 seconds");
  ExpectAnswer("f", "count", "1");
}

TEST_F(FunctionsTest, AFunctionThatNeverAsksRunsIntoTheInitLimitAndThenTheTimeout) {
  options_.scheduler.init_limit = Duration::Milliseconds(500);
  Start();
  Deploy("f", "hang", Duration::Seconds(1));
  ExpectError("f", "hello", "Sandbox.Timedout", "Task timed out after 1.00 seconds");
}

TEST_F(FunctionsTest, AnInitThatHangsOnceIsRepeatedInsideTheInvocation) {
  options_.scheduler.init_limit = Duration::Milliseconds(500);
  Start();
  Deploy("f", "hang once");
  ExpectAnswer("f", "count", "1");
}

// ---- The Runtime API.

TEST_F(FunctionsTest, AskingTwiceGivesTheSameInvocationAgain) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "ask twice", "same");
  ExpectAnswer("f", "count", "2");
}

TEST_F(FunctionsTest, TheFirstOfTwoAnswersCounts) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "answer twice", "first");
  ExpectAnswer("f", "saved", "second answer 403");
}

TEST_F(FunctionsTest, AnAnswerToAnotherRequestIsRefused) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "answer the wrong id", "wrong id 400");
  ExpectAnswer("f", "count", "2");
}

TEST_F(FunctionsTest, AnAnswerThatIsTooLargeIsAnErrorOfTheFunction) {
  Start();
  Deploy("f");
  const InvokeResult result = Invoke("f", "answer too much");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.error_type, "Function.ResponseSizeTooLarge");
  EXPECT_THAT(result.payload, HasSubstr("exceeded maximum allowed payload size (6291556 bytes)."));
  ExpectAnswer("f", "saved", "too much 413");
}

TEST_F(FunctionsTest, NonsenseOnTheRuntimeApiHarmsNobody) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "talk nonsense", "closed");
  ExpectAnswer("f", "count", "2");
}

// ---- Resources.

TEST_F(FunctionsTest, ChildrenThatAreLeftBehindAreKeptWithTheEnvironmentAndGoWithIt) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "leave children", "left");
  ExpectAnswer("f", "count", "2");
  ExpectError("f", "leave children and exit", "Runtime.ExitError",
              "Runtime exited with error: exit status 1");
  ExpectAnswer("f", "leave children", "left");
  StopAgent();  // Whoever stayed would keep a cgroup from being removed.
}

TEST_F(FunctionsTest, AFullTmpIsTheFunctionsOwnProblem) {
  Start();
  Deploy("f", "serve", Duration::Seconds(60), 1'769);
  ExpectAnswer("f", "fill tmp", "no space");
  ExpectAnswer("f", "count", "2");
}

TEST_F(FunctionsTest, TakingAllMemoryEndsTheRuntimeAndNothingElse) {
  Start();
  Deploy("greedy", "serve", Duration::Seconds(60), 512);
  Deploy("neighbour");
  ExpectAnswer("neighbour", "count", "1");
  ExpectError("greedy", "take all memory", "Runtime.OutOfMemory",
              "Runtime exited with error: signal: killed");
  ExpectAnswer("greedy", "count", "1");
  ExpectAnswer("neighbour", "count", "2");
}

TEST_F(FunctionsTest, ForkingIsRefusedAtTheLimit) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "fork until refused", "refused");
  ExpectAnswer("f", "count", "2");
}

TEST_F(FunctionsTest, ForkingWithoutEndTimesOutAndIsCleanedUp) {
  Start();
  Deploy("f", "serve", Duration::Seconds(2));
  ExpectError("f", "fork without end", "Sandbox.Timedout", "Task timed out after 2.00 seconds");
  // A thousand processes take their time to die; an invocation that comes meanwhile may time out
  // too.
  InvokeResult result = Invoke("f", "count");
  for (int attempt = 0; attempt < 20 && result.outcome != InvokeOutcome::kSuccess; ++attempt) {
    EXPECT_EQ(result.error_type, "Sandbox.Timedout");
    result = Invoke("f", "count");
  }
  EXPECT_EQ(result.payload, "\"1\"");
}

TEST_F(FunctionsTest, AFloodOfOutputIsCutAndHarmsNobody) {
  Start();
  Deploy("f");
  ExpectAnswer("f", "flood the log", "flooded");
  const InvokeResult result = Invoke("f", "count");
  EXPECT_EQ(result.payload, "\"2\"");
  EXPECT_LE(result.log_tail.size(), 4'096U);
}

// ---- Code that cannot be run.

TEST_F(FunctionsTest, AnEntrypointThatDoesNotExist) {
  Start();
  live::FunctionSpec spec = Spec("f");
  spec.entry_point = {"/no/such/program"};
  Deploy(spec);
  for (int i = 0; i < 2; ++i) {
    const InvokeResult result = Invoke("f", "hello");
    EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
    EXPECT_EQ(result.error_type, "Runtime.InvalidEntrypoint");
    EXPECT_THAT(result.payload, HasSubstr("/no/such/program"));
  }
}

TEST_F(FunctionsTest, AnEntrypointThatIsNoProgram) {
  Start();
  std::ofstream(root_ + "/text") << "only words";
  std::filesystem::permissions(root_ + "/text", std::filesystem::perms(0755));
  std::ofstream(root_ + "/closed") << "not executable";
  std::filesystem::permissions(root_ + "/closed", std::filesystem::perms(0644));
  for (const char* name : {"text", "closed"}) {
    live::FunctionSpec spec = Spec(name);
    spec.entry_point = {std::string("/") + name};
    Deploy(spec);
    EXPECT_EQ(Invoke(name, "hello").error_type, "Runtime.InvalidEntrypoint") << name;
  }
}

TEST_F(FunctionsTest, AWorkingDirectoryThatDoesNotExist) {
  Start();
  live::FunctionSpec spec = Spec("f");
  spec.working_directory = "/nowhere";
  Deploy(spec);
  EXPECT_EQ(Invoke("f", "hello").error_type, "Runtime.InvalidWorkingDir");
}

TEST_F(FunctionsTest, AnImageThatIsNone) {
  Start();
  std::ofstream(directory_ + "/image.tar") << "this is no archive";
  live::FunctionSpec spec = Spec("f");
  spec.source = live::CodeSource::kOciImage;
  spec.code_path = directory_ + "/image.tar";
  Deploy(spec);
  const InvokeResult result = Invoke("f", "hello");
  EXPECT_EQ(result.outcome, InvokeOutcome::kFunctionError);
  EXPECT_EQ(result.error_type, "Sandbox.Failure");
  EXPECT_THAT(result.payload, HasSubstr("image.tar"));
}

// ---- Many.

TEST_F(FunctionsTest, AHundredEnvironmentsStartTogetherAndAreGoneWithTheAgent) {
  constexpr int kEnvironments = 100;
  Start();
  Deploy("f", "serve", Duration::Seconds(60), 128);
  std::atomic<int> succeeded = 0;
  std::atomic<int> answered = 0;
  for (int i = 0; i < kEnvironments; ++i) {
    live::InvokeRequest request;
    request.function_name = "f";
    request.payload = "\"mark\"";
    orchestrator_->Invoke(std::move(request), [&](const InvokeResult& result) {
      if (result.outcome == InvokeOutcome::kSuccess) ++succeeded;
      ++answered;
      answered.notify_all();
    });
  }
  for (int seen = answered; seen < kEnvironments; seen = answered) answered.wait(seen);
  EXPECT_EQ(succeeded, kEnvironments);
  EXPECT_GT(agent_->EnvironmentCount(), 1);
  StopAgent();
}

}  // namespace
}  // namespace floe
