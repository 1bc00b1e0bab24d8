// What fails: starts, init phases, invocations, runtimes, nodes; and what is reported late or
// twice.

#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr InvocationId kFirst{1};
constexpr InvocationId kSecond{2};
constexpr Duration kNanosecond = Duration::Nanoseconds(1);

class SchedulerFailureTest : public SchedulerTest {
 protected:
  SchedulerFailureTest() {
    Use({.keep_alive = Duration::Minutes(10),
         .init_limit = Duration::Seconds(10),
         .start_limit = Duration::Seconds(60)});
    Deploy(kThumbnailer, {.timeout = Duration::Seconds(3)});
  }
};

TEST_F(SchedulerFailureTest, AStartThatFailsFailsItsInvocation) {
  const EnvironmentId environment = Start(kFirst);

  EXPECT_THAT(Step(EnvironmentStartFailed{environment}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kStartFailed})));
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
}

TEST_F(SchedulerFailureTest, AStartMayTakeOneNanosecondLessThanItsLimit) {
  const EnvironmentId environment = Start(kFirst);

  EXPECT_THAT(StepAt(Duration::Seconds(60) - kNanosecond, EnvironmentStarted{environment}),
              IsEmpty());
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.initializing = 1}));
}

TEST_F(SchedulerFailureTest, AStartThatTakesItsLimitIsGivenUp) {
  const EnvironmentId environment = Start(kFirst);

  EXPECT_THAT(StepAt(Duration::Seconds(60), EnvironmentStarted{environment}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kStartFailed}),
                          Action(StopEnvironment{environment, StopReason::kStartTimedOut})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.stopping = 1}));
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
}

TEST_F(SchedulerFailureTest, AStartThatFailsAfterItWasGivenUpLeavesNothing) {
  const EnvironmentId environment = Start(kFirst);
  StepAt(Duration::Seconds(60), DeadlineReached{});

  EXPECT_THAT(Step(EnvironmentStartFailed{environment}), IsEmpty());
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
}

TEST_F(SchedulerFailureTest, AnInitPhaseMayTakeOneNanosecondLessThanItsLimit) {
  const EnvironmentId environment = StartInit(kFirst);

  const Actions actions =
      StepAt(Duration::Seconds(10) - kNanosecond, EnvironmentReady{environment});

  EXPECT_EQ(Only<AssignInvocation>(actions).incarnation, 0u);
}

TEST_F(SchedulerFailureTest, AnInitPhaseThatTakesItsLimitIsRepeatedInsideTheInvocation) {
  const EnvironmentId environment = StartInit(kFirst);

  // The report comes too late: it is about a runtime that has just been killed.
  EXPECT_THAT(
      StepAt(Duration::Seconds(10), EnvironmentReady{environment, 0}),
      ElementsAre(Action(ResetEnvironment{environment, 1}),
                  Action(AssignInvocation{environment, kFirst, At(Duration::Seconds(13)), 1})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.busy = 1}));
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
}

TEST_F(SchedulerFailureTest, AnInitPhaseThatFailsIsRepeatedInsideTheInvocation) {
  const EnvironmentId environment = StartInit(kFirst);

  EXPECT_THAT(
      StepAt(Duration::Seconds(2), EnvironmentFailed{environment, 0, FailureCause::kInitError}),
      ElementsAre(Action(ResetEnvironment{environment, 1}),
                  Action(AssignInvocation{environment, kFirst, At(Duration::Seconds(5)), 1})));
}

TEST_F(SchedulerFailureTest, ARepeatedInitMayReportThatItIsReady) {
  const EnvironmentId environment = StartInit(kFirst);
  Step(EnvironmentFailed{environment, 0, FailureCause::kInitError});

  EXPECT_THAT(Step(EnvironmentReady{environment, 1}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 0u);
  EXPECT_THAT(Step(InvocationFinished{environment, kFirst}),
              ElementsAre(Action(FreezeEnvironment{environment})));
}

TEST_F(SchedulerFailureTest, ARepeatedInitThatFailsFailsTheInvocation) {
  const EnvironmentId environment = StartInit(kFirst);
  Step(EnvironmentFailed{environment, 0, FailureCause::kInitError});

  EXPECT_THAT(Step(EnvironmentFailed{environment, 1, FailureCause::kRuntimeExited}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kRuntimeExited}),
                          Action(ResetEnvironment{environment, 2})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.reset = 1}));
}

TEST_F(SchedulerFailureTest, TheTimeOutCountsFromTheAssignment) {
  const EnvironmentId environment = StartBusy(kFirst);

  EXPECT_THAT(StepAt(Duration::Seconds(3) - kNanosecond, DeadlineReached{}), IsEmpty());
  EXPECT_THAT(StepAt(Duration::Seconds(3), DeadlineReached{}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kTimedOut}),
                          Action(ResetEnvironment{environment, 1})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.reset = 1}));
}

TEST_F(SchedulerFailureTest, AResultAtTheVeryInstantOfTheTimeOutIsLate) {
  const EnvironmentId environment = StartBusy(kFirst);

  const Actions actions = StepAt(Duration::Seconds(3), InvocationFinished{environment, kFirst});

  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0], Action(FailInvocation{kFirst, FailureCause::kTimedOut}));
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
}

TEST_F(SchedulerFailureTest, AResetEnvironmentServesTheNextInvocationInItsNewIncarnation) {
  const EnvironmentId environment = StartBusy(kFirst);
  Step(EnvironmentFailed{environment, 0, FailureCause::kOutOfMemory});

  EXPECT_THAT(
      StepAt(Duration::Seconds(1), InvocationArrived{kSecond, kThumbnailer}),
      ElementsAre(Action(AssignInvocation{environment, kSecond, At(Duration::Seconds(4)), 1})));
}

TEST_F(SchedulerFailureTest, AnIdleEnvironmentIsPreferredToOneThatWasReset) {
  const EnvironmentId idle = StartBusy(kFirst);
  const EnvironmentId reset = StartBusy(kSecond);
  Step(InvocationFinished{idle, kFirst});
  Step(EnvironmentFailed{reset, 0, FailureCause::kRuntimeExited});

  const Actions third = Step(InvocationArrived{InvocationId{3}, kThumbnailer});
  EXPECT_EQ(Only<AssignInvocation>(third).environment, idle);
  const Actions fourth = Step(InvocationArrived{InvocationId{4}, kThumbnailer});
  EXPECT_EQ(Only<AssignInvocation>(fourth).environment, reset);
}

TEST_F(SchedulerFailureTest, AnEnvironmentThatDiesWhileIdleIsResetAndKeepsItsKeepAlive) {
  const EnvironmentId environment = StartIdle(kFirst);

  EXPECT_THAT(
      StepAt(Duration::Minutes(4), EnvironmentFailed{environment, 0, FailureCause::kOutOfMemory}),
      ElementsAre(Action(ResetEnvironment{environment, 1})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.reset = 1}));
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Minutes(10)));
}

TEST_F(SchedulerFailureTest, AnEnvironmentWhoseInvocationFailedIsKeptForKeepAlive) {
  const EnvironmentId environment = StartBusy(kFirst);
  StepAt(Duration::Seconds(1), EnvironmentFailed{environment, 0, FailureCause::kRuntimeExited});

  EXPECT_THAT(StepAt(Duration::Seconds(601), DeadlineReached{}),
              ElementsAre(Action(StopEnvironment{environment, StopReason::kIdleTooLong})));
}

TEST_F(SchedulerFailureTest, AnEnvironmentThatVanishesFailsItsInvocation) {
  const EnvironmentId environment = StartBusy(kFirst);

  EXPECT_THAT(Step(EnvironmentStopped{environment}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kRuntimeExited})));
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
}

TEST_F(SchedulerFailureTest, AnIdleEnvironmentThatVanishesIsForgotten) {
  const EnvironmentId environment = StartIdle(kFirst);

  EXPECT_THAT(Step(EnvironmentStopped{environment}), IsEmpty());
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(SchedulerFailureTest, ALostNodeFailsItsInvocationsInRowOrder) {
  StartBusy(kFirst);
  Start(kSecond);
  const EnvironmentId idle = StartInit(InvocationId{3});
  Step(EnvironmentReady{idle});
  Step(InvocationFinished{idle, InvocationId{3}});

  EXPECT_THAT(Step(NodeLost{kNode}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kNodeLost}),
                          Action(FailInvocation{kSecond, FailureCause::kNodeLost})));
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(SchedulerFailureTest, ALateReportOfAnEarlierIncarnationIsCountedAndDropped) {
  const EnvironmentId environment = StartBusy(kFirst);
  Step(EnvironmentFailed{environment, 0, FailureCause::kRuntimeExited});
  Step(InvocationArrived{kSecond, kThumbnailer});

  EXPECT_THAT(Step(EnvironmentFailed{environment, 0, FailureCause::kRuntimeExited}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.busy = 1}));
}

TEST_F(SchedulerFailureTest, AResultOfAnotherInvocationIsCountedAndDropped) {
  const EnvironmentId environment = StartBusy(kFirst);

  EXPECT_THAT(Step(InvocationFinished{environment, kSecond}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().invocation_reports, 1u);
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.busy = 1}));
}

TEST_F(SchedulerFailureTest, AResultThatComesTwiceIsCountedAndDropped) {
  const EnvironmentId environment = StartIdle(kFirst);

  EXPECT_THAT(Step(InvocationFinished{environment, kFirst}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
}

TEST_F(SchedulerFailureTest, AReportOfNoEnvironmentIsCountedAndDropped) {
  EXPECT_THAT(Step(EnvironmentReady{EnvironmentId{}, 0}), IsEmpty());
  EXPECT_THAT(Step(EnvironmentStopped{EnvironmentId{.row = 7, .generation = 1}}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 2u);
}

TEST_F(SchedulerFailureTest, AStoppingEnvironmentListensToNothingButItsEnd) {
  const EnvironmentId environment = StartIdle(kFirst);
  StepAt(Duration::Minutes(10), DeadlineReached{});

  EXPECT_THAT(Step(EnvironmentReady{environment, 0}), IsEmpty());
  EXPECT_THAT(Step(EnvironmentFailed{environment, 0, FailureCause::kRuntimeExited}), IsEmpty());
  EXPECT_THAT(Step(InvocationFinished{environment, kFirst}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 3u);
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.stopping = 1}));
}

}  // namespace
}  // namespace floe
