// Late binding: what waits is served by whatever comes first.

#include "base/time.h"
#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SchedulerLateBindingTest : public SchedulerTest {
 protected:
  SchedulerLateBindingTest() {
    Use({.account_concurrency = 5, .binding_rule = BindingRule::kLate});
    Deploy(kThumbnailer);
  }
};

TEST_F(SchedulerLateBindingTest, AnEnvironmentThatFinishesTakesTheOneThatWaits) {
  const EnvironmentId busy = StartBusy(InvocationId{1});
  const EnvironmentId fresh = StartInit(InvocationId{2});

  const Actions actions = Step(InvocationFinished{busy, InvocationId{1}});

  EXPECT_EQ(Only<AssignInvocation>(actions).environment, busy);
  EXPECT_EQ(Only<AssignInvocation>(actions).invocation, InvocationId{2});
  // The one that was started for it has nothing to do.
  EXPECT_THAT(Step(EnvironmentReady{fresh}), ElementsAre(Action(FreezeEnvironment{fresh})));
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.busy = 1, .idle = 1}));
}

TEST_F(SchedulerLateBindingTest, AFreshEnvironmentTakesTheOneThatWaitsLongest) {
  StartInit(InvocationId{1});
  const EnvironmentId second = StartInit(InvocationId{2});

  EXPECT_EQ(Only<AssignInvocation>(Step(EnvironmentReady{second})).invocation, InvocationId{1});
}

TEST_F(SchedulerLateBindingTest, AnInvocationCountsOnceWhetherItWaitsOrRuns) {
  const EnvironmentId first = StartInit(InvocationId{1});
  StartInit(InvocationId{2});
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);
  EXPECT_EQ(scheduler_.counts().concurrency(), 2);

  Step(EnvironmentReady{first});

  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);
  EXPECT_EQ(scheduler_.counts(),
            (EnvironmentCounts{.initializing = 1, .busy = 1, .ahead = 1, .waiting = 1}));
  Step(InvocationFinished{first, InvocationId{1}});
  EXPECT_EQ(scheduler_.claimed_concurrency(), 1);
  EXPECT_EQ(scheduler_.counts(), (EnvironmentCounts{.initializing = 1, .busy = 1, .ahead = 1}));
}

TEST_F(SchedulerLateBindingTest, WaitingInvocationsMeetTheConcurrencyLimit) {
  for (uint64_t invocation = 1; invocation <= 5; ++invocation) Start(InvocationId{invocation});

  EXPECT_EQ(Only<ThrottleInvocation>(Step(InvocationArrived{InvocationId{6}, kThumbnailer})).reason,
            ThrottleReason::kAccountConcurrency);
}

TEST_F(SchedulerLateBindingTest, AnEnvironmentWhoseRuntimeDiedTakesTheOneThatWaits) {
  const EnvironmentId busy = StartBusy(InvocationId{1});
  Start(InvocationId{2});

  const Actions actions = Step(EnvironmentFailed{busy, 0, FailureCause::kRuntimeExited});

  ASSERT_EQ(actions.size(), 3u);
  EXPECT_EQ(actions[0], Action(FailInvocation{InvocationId{1}, FailureCause::kRuntimeExited}));
  EXPECT_EQ(actions[1], Action(ResetEnvironment{busy, 1}));
  EXPECT_EQ(std::get<AssignInvocation>(actions[2]).invocation, InvocationId{2});
}

TEST_F(SchedulerLateBindingTest, AnInitThatFailsIsRepeatedInsideTheInvocationThatWaitsLongest) {
  StartInit(InvocationId{1});
  const EnvironmentId second = StartInit(InvocationId{2});

  const Actions actions = Step(EnvironmentFailed{second, 0, FailureCause::kInitError});

  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0], Action(ResetEnvironment{second, 1}));
  EXPECT_EQ(std::get<AssignInvocation>(actions[1]).invocation, InvocationId{1});
}

TEST_F(SchedulerLateBindingTest, AStartThatFailsTakesTheLastOneWithItOnlyIfNothingElseComes) {
  const EnvironmentId busy = StartBusy(InvocationId{1});
  const EnvironmentId second = Start(InvocationId{2});
  const EnvironmentId third = Start(InvocationId{3});
  Step(InvocationFinished{busy, InvocationId{1}});  // Takes 2.

  EXPECT_THAT(Step(EnvironmentStartFailed{second}), IsEmpty());
  EXPECT_THAT(Step(EnvironmentStartFailed{third}),
              ElementsAre(Action(FailInvocation{InvocationId{3}, FailureCause::kStartFailed})));
}

TEST_F(SchedulerLateBindingTest, ADeploymentBindsWhatWaitsToWhatWasStartedBefore) {
  const EnvironmentId busy = StartBusy(InvocationId{1});
  const EnvironmentId second = StartInit(InvocationId{2});
  const EnvironmentId third = StartInit(InvocationId{3});
  Step(InvocationFinished{busy, InvocationId{1}});  // Takes 2; one start is left over.

  EXPECT_THAT(Step(FunctionDeployed{kThumbnailer, {}}),
              ElementsAre(Action(StopEnvironment{third, StopReason::kFunctionChanged})));
  EXPECT_EQ(Only<AssignInvocation>(Step(EnvironmentReady{second})).invocation, InvocationId{3});
}

TEST_F(SchedulerLateBindingTest, TenantsWaitForTheirOwnEnvironmentsOnly) {
  const EnvironmentId busy = StartBusy(InvocationId{1});
  Only<StartEnvironment>(Step(InvocationArrived{InvocationId{2}, kThumbnailer, TenantId{7}}));

  EXPECT_THAT(Step(InvocationFinished{busy, InvocationId{1}}),
              ElementsAre(Action(FreezeEnvironment{busy})));
}

}  // namespace
}  // namespace floe
