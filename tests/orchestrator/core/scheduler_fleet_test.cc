// Functions deployed anew and removed, nodes that come and go, and the ends of lives.

#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr InvocationId kFirst{1};
constexpr InvocationId kSecond{2};
constexpr InvocationId kThird{3};
constexpr Duration kNanosecond = Duration::Nanoseconds(1);

class SchedulerFleetTest : public SchedulerTest {
 protected:
  SchedulerFleetTest() {
    Use({.keep_alive = Duration::Minutes(10)});
    Deploy(kThumbnailer);
  }
};

TEST_F(SchedulerFleetTest, ANewRevisionStopsIdleThenResetEnvironmentsOldestFirst) {
  const EnvironmentId a = StartBusy(kFirst);
  const EnvironmentId b = StartBusy(kSecond);
  const EnvironmentId c = StartBusy(kThird);
  Step(EnvironmentFailed{a, 0, FailureCause::kRuntimeExited});
  Step(InvocationFinished{c, kThird});
  Step(InvocationFinished{b, kSecond});

  EXPECT_THAT(Step(FunctionDeployed{kThumbnailer, {}}),
              ElementsAre(Action(StopEnvironment{c, StopReason::kFunctionChanged}),
                          Action(StopEnvironment{b, StopReason::kFunctionChanged}),
                          Action(StopEnvironment{a, StopReason::kFunctionChanged})));
}

TEST_F(SchedulerFleetTest, ABusyEnvironmentOfAnEarlierRevisionStopsWhenItFinishes) {
  const EnvironmentId environment = StartBusy(kFirst);
  EXPECT_THAT(Step(FunctionDeployed{kThumbnailer, {}}), IsEmpty());

  EXPECT_THAT(Step(InvocationFinished{environment, kFirst}),
              ElementsAre(Action(StopEnvironment{environment, StopReason::kFunctionChanged})));
}

TEST_F(SchedulerFleetTest, ABusyEnvironmentOfAnEarlierRevisionStopsWhenItFails) {
  const EnvironmentId environment = StartBusy(kFirst);
  Step(FunctionDeployed{kThumbnailer, {}});

  EXPECT_THAT(Step(EnvironmentFailed{environment, 0, FailureCause::kOutOfMemory}),
              ElementsAre(Action(FailInvocation{kFirst, FailureCause::kOutOfMemory}),
                          Action(StopEnvironment{environment, StopReason::kFunctionChanged})));
}

TEST_F(SchedulerFleetTest, AnEnvironmentThatStartsServesItsInvocationUnderItsOwnTimeOut) {
  Deploy(kThumbnailer, {.timeout = Duration::Seconds(3)});
  const EnvironmentId environment = StartInit(kFirst);
  Step(FunctionDeployed{kThumbnailer, {.timeout = Duration::Seconds(9)}});

  EXPECT_THAT(
      Step(EnvironmentReady{environment}),
      ElementsAre(Action(AssignInvocation{environment, kFirst, At(Duration::Seconds(3)), 0})));
  EXPECT_THAT(Step(InvocationFinished{environment, kFirst}),
              ElementsAre(Action(StopEnvironment{environment, StopReason::kFunctionChanged})));
}

TEST_F(SchedulerFleetTest, ARemovedFunctionFinishesWhatRunsAndTakesNothingMore) {
  const EnvironmentId busy = StartBusy(kFirst);
  const EnvironmentId starting = Start(kSecond);
  EXPECT_THAT(Step(FunctionRemoved{kThumbnailer}), IsEmpty());

  EXPECT_THAT(Step(InvocationArrived{kThird, kThumbnailer}),
              ElementsAre(Action(FailInvocation{kThird, FailureCause::kStartFailed})));
  EXPECT_THAT(Step(InvocationFinished{busy, kFirst}),
              ElementsAre(Action(StopEnvironment{busy, StopReason::kFunctionChanged})));
  Step(EnvironmentStarted{starting});
  EXPECT_EQ(Only<AssignInvocation>(Step(EnvironmentReady{starting})).invocation, kSecond);
  EXPECT_EQ(scheduler_.stale_events().unknown_functions, 1u);
}

TEST_F(SchedulerFleetTest, ARemovedFunctionGivesItsReservationBack) {
  Deploy(kMailer, {.concurrency_reserved = 7});
  StartBusy(kFirst, kMailer);
  ASSERT_EQ(scheduler_.claimed_concurrency(), 7);

  Step(FunctionRemoved{kMailer});

  EXPECT_EQ(scheduler_.claimed_concurrency(), 1);  // What still runs.
}

TEST_F(SchedulerFleetTest, AFunctionNumberMayBeUsedAgainAfterRemoval) {
  const EnvironmentId old = StartBusy(kFirst);
  Step(FunctionRemoved{kThumbnailer});
  Deploy(kThumbnailer);

  EXPECT_THAT(Step(InvocationFinished{old, kFirst}),
              ElementsAre(Action(StopEnvironment{old, StopReason::kFunctionChanged})));
  EXPECT_NE(Start(kSecond), old);
}

TEST_F(SchedulerFleetTest, WhatNamesNoFunctionOrNodeIsCountedAndDropped) {
  EXPECT_THAT(Step(FunctionRemoved{kMailer}), IsEmpty());
  EXPECT_THAT(Step(ReservedConcurrencySet{kMailer, 1}), IsEmpty());
  EXPECT_THAT(Step(NodeLost{NodeId{9}}), IsEmpty());
  EXPECT_THAT(Step(FunctionDeployed{FunctionId{kFunctionsMax}, {}}), IsEmpty());
  EXPECT_THAT(Step(NodeJoined{NodeId{kNodesMax}, 1}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().unknown_functions, 5u);
  EXPECT_EQ(scheduler_.counts(FunctionId{kFunctionsMax}), EnvironmentCounts{});
}

TEST_F(SchedulerFleetTest, TheLastFunctionAndNodeNumbersAreGood) {
  Deploy(FunctionId{kFunctionsMax - 1});
  Step(NodeJoined{NodeId{kNodesMax - 1}, int64_t{1} << 21});

  const Actions actions = Step(InvocationArrived{kFirst, FunctionId{kFunctionsMax - 1}});

  EXPECT_EQ(Only<StartEnvironment>(actions).node, NodeId{kNodesMax - 1});
}

TEST_F(SchedulerFleetTest, ANodeThatReturnsHasAllItsRoom) {
  Step(NodeJoined{kNode, 128});
  Start(kFirst);
  Step(NodeLost{kNode});
  Step(NodeJoined{kNode, 128});

  Start(kSecond);
}

TEST_F(SchedulerFleetTest, ANodeMayShrinkBelowWhatItHolds) {
  const EnvironmentId environment = Start(kFirst);
  Step(NodeJoined{kNode, 100});
  EXPECT_EQ(Only<ThrottleInvocation>(Step(InvocationArrived{kSecond, kThumbnailer})).reason,
            ThrottleReason::kNoCapacity);

  Step(EnvironmentStartFailed{environment});
  Step(NodeJoined{kNode, 128});
  Start(kThird);
}

class SchedulerLifetimeTest : public SchedulerTest {
 protected:
  SchedulerLifetimeTest() {
    Use({.keep_alive = Duration::Minutes(10), .lifetime_max = Duration::Minutes(60)});
    Deploy(kThumbnailer, {.timeout = Duration::Minutes(15)});
  }
};

TEST_F(SchedulerLifetimeTest, AnIdleEnvironmentStopsWhenItsLifeIsOver) {
  const EnvironmentId environment = StartBusy(kFirst);
  StepAt(Duration::Minutes(14), InvocationFinished{environment, kFirst});
  for (int minute = 23; minute < 60; minute += 9) {
    StepAt(Duration::Minutes(minute), InvocationArrived{kSecond, kThumbnailer});
    Step(InvocationFinished{environment, kSecond});
  }

  EXPECT_THAT(StepAt(Duration::Minutes(60) - kNanosecond, DeadlineReached{}), IsEmpty());
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Minutes(60)));
  EXPECT_THAT(StepAt(Duration::Minutes(60), InvocationArrived{kThird, kThumbnailer})[0],
              Action(StopEnvironment{environment, StopReason::kLifetimeOver}));
}

TEST_F(SchedulerLifetimeTest, ABusyEnvironmentStopsWhenItFinishesAfterItsLife) {
  const EnvironmentId environment = StartIdle(kFirst);
  for (int minute = 9; minute < 60; minute += 9) {
    StepAt(Duration::Minutes(minute), InvocationArrived{kSecond, kThumbnailer});
    if (minute < 54) Step(InvocationFinished{environment, kSecond});
  }
  EXPECT_THAT(StepAt(Duration::Minutes(60), DeadlineReached{}), IsEmpty());

  EXPECT_THAT(StepAt(Duration::Minutes(61), InvocationFinished{environment, kSecond}),
              ElementsAre(Action(StopEnvironment{environment, StopReason::kLifetimeOver})));
}

TEST_F(SchedulerLifetimeTest, DeadlinesOfOneInstantComeInTheOrderTheyWereMade) {
  // The life of the first and the keep-alive of the second both end at minute 60.
  const EnvironmentId first = StartIdle(kFirst);
  for (int minute = 9; minute < 54; minute += 9) {
    StepAt(Duration::Minutes(minute), InvocationArrived{kFirst, kThumbnailer});
    Step(InvocationFinished{first, kFirst});
  }
  StepAt(Duration::Minutes(50), InvocationArrived{kSecond, kThumbnailer});
  const EnvironmentId second = StartIdle(kThird);
  StepAt(Duration::Minutes(59), InvocationFinished{first, kSecond});

  EXPECT_THAT(StepAt(Duration::Minutes(60), DeadlineReached{}),
              ElementsAre(Action(StopEnvironment{first, StopReason::kLifetimeOver}),
                          Action(StopEnvironment{second, StopReason::kIdleTooLong})));
}

}  // namespace
}  // namespace floe
