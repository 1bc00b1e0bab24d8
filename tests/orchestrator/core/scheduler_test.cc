// The ordinary life of environments: started, initialised, reused, frozen, stopped.

#include "orchestrator/core/scheduler.h"

#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LifeCycleTest : public SchedulerTest {
 protected:
  LifeCycleTest() {
    Use({.keep_alive = Duration::Minutes(10)});
    Deploy(kThumbnailer, {.timeout = Duration::Seconds(3)});
  }
};

TEST_F(LifeCycleTest, StartsAnEnvironmentForTheFirstInvocation) {
  const StartEnvironment start =
      Only<StartEnvironment>(Step(InvocationArrived{InvocationId{1}, kThumbnailer}));

  EXPECT_EQ(start.function, kThumbnailer);
  EXPECT_EQ(start.node, kNode);
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.starting = 1}));
}

TEST_F(LifeCycleTest, AssignsTheInvocationOnceTheRuntimeIsReady) {
  const EnvironmentId environment = Start(InvocationId{1});
  EXPECT_THAT(StepAt(Duration::Seconds(1), EnvironmentStarted{environment}), IsEmpty());
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.initializing = 1}));

  const Actions actions = StepAt(Duration::Seconds(2), EnvironmentReady{environment});

  // The time-out of 3 s runs from here: the init phase does not count.
  EXPECT_THAT(actions, ElementsAre(Action(AssignInvocation{environment, InvocationId{1},
                                                           At(Duration::Seconds(5)), 0})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.busy = 1}));
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(5)));
}

TEST_F(LifeCycleTest, FreezesAnEnvironmentThatHasFinished) {
  const EnvironmentId environment = StartBusy(InvocationId{1});

  EXPECT_THAT(Step(InvocationFinished{environment, InvocationId{1}}),
              ElementsAre(Action(FreezeEnvironment{environment})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.idle = 1}));
}

TEST_F(LifeCycleTest, ReusesAnIdleEnvironmentInsteadOfStartingAnother) {
  const EnvironmentId warm = StartIdle(InvocationId{1});

  EXPECT_THAT(
      StepAt(Duration::Seconds(7), InvocationArrived{InvocationId{2}, kThumbnailer}),
      ElementsAre(Action(AssignInvocation{warm, InvocationId{2}, At(Duration::Seconds(10)), 0})));
}

TEST_F(LifeCycleTest, ReusesAnEnvironmentOneNanosecondBeforeItsKeepAliveEnds) {
  const EnvironmentId warm = StartIdle(InvocationId{1});

  const Actions actions = StepAt(Duration::Minutes(10) - Duration::Nanoseconds(1),
                                 InvocationArrived{InvocationId{2}, kThumbnailer});

  EXPECT_EQ(Only<AssignInvocation>(actions).environment, warm);
}

TEST_F(LifeCycleTest, StopsAnEnvironmentThatWasIdleForExactlyKeepAlive) {
  const EnvironmentId warm = StartIdle(InvocationId{1});

  const Actions actions =
      StepAt(Duration::Minutes(10), InvocationArrived{InvocationId{2}, kThumbnailer});

  ASSERT_EQ(actions.size(), 2u) << testing::PrintToString(actions);
  EXPECT_EQ(actions[0], Action(StopEnvironment{warm, StopReason::kIdleTooLong}));
  EXPECT_TRUE(std::holds_alternative<StartEnvironment>(actions[1]));
}

TEST_F(LifeCycleTest, WantsToBeWokenAtTheEndOfTheKeepAlive) {
  const EnvironmentId warm = StartIdle(InvocationId{1});
  ASSERT_EQ(scheduler_.NextDeadline(), At(Duration::Minutes(10)));

  EXPECT_THAT(StepAt(Duration::Minutes(10), DeadlineReached{}),
              ElementsAre(Action(StopEnvironment{warm, StopReason::kIdleTooLong})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.stopping = 1}));
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());

  EXPECT_THAT(Step(EnvironmentStopped{warm}), IsEmpty());
  EXPECT_EQ(scheduler_.counts(), EnvironmentCounts{});
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 0u);
}

TEST_F(LifeCycleTest, GivesARowAwayUnderAnotherGeneration) {
  const EnvironmentId first = Start(InvocationId{1});
  Step(EnvironmentStartFailed{first});

  const EnvironmentId second = Start(InvocationId{2});

  EXPECT_EQ(second.row, first.row);
  EXPECT_NE(second.generation, first.generation);
  EXPECT_THAT(Step(EnvironmentStarted{first}), IsEmpty());
  EXPECT_EQ(scheduler_.stale_events().environment_reports, 1u);
}

TEST_F(LifeCycleTest, FailsAnInvocationOfAFunctionThatIsNotThere) {
  EXPECT_THAT(Step(InvocationArrived{InvocationId{1}, kMailer}),
              ElementsAre(Action(FailInvocation{InvocationId{1}, FailureCause::kStartFailed})));
  EXPECT_EQ(scheduler_.stale_events().unknown_functions, 1u);
}

}  // namespace
}  // namespace floe
