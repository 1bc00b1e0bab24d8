// Provisioned concurrency: when it comes, who may use it, and what becomes of it.

#include <string>
#include <vector>

#include "base/time.h"
#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SchedulerProvisionedTest : public SchedulerTest {
 protected:
  // What NextDeadline() asks for, until something is ordered or `until` has come.
  Actions Elapse(Duration until) {
    while (scheduler_.NextDeadline() <= At(until)) {
      now_ = std::max(now_, scheduler_.NextDeadline());
      Actions actions = Step(DeadlineReached{});
      if (!actions.empty()) return actions;
    }
    now_ = At(until);
    return {};
  }
  // The environments whose start is ordered, all for provisioned concurrency.
  std::vector<EnvironmentId> Started(const Actions& actions) {
    std::vector<EnvironmentId> ids;
    for (const Action& action : actions) {
      const auto* start = std::get_if<StartEnvironment>(&action);
      if (start == nullptr) continue;
      EXPECT_EQ(start->purpose, StartPurpose::kProvisioned);
      ids.push_back(start->environment);
    }
    return ids;
  }
  // They become ready at once.
  void MakeReady(const std::vector<EnvironmentId>& ids) {
    for (const EnvironmentId id : ids) {
      Step(EnvironmentStarted{id});
      Step(EnvironmentReady{id});
    }
  }
  // A function with `count` environments ready, at 100 s.
  std::vector<EnvironmentId> Provision(int32_t count, FunctionConfig config = {}) {
    config.concurrency_provisioned = count;
    Deploy(kThumbnailer, config);
    const std::vector<EnvironmentId> ids = Started(Elapse(Duration::Seconds(100)));
    EXPECT_EQ(ids.size(), static_cast<size_t>(count));
    MakeReady(ids);
    now_ = At(Duration::Seconds(100));
    return ids;
  }
  Actions Arrive(uint64_t invocation) {
    return Step(InvocationArrived{InvocationId{invocation}, kThumbnailer});
  }
  ProvisionedUse Use_() const { return scheduler_.provisioned(kThumbnailer); }
};

TEST_F(SchedulerProvisionedTest, StartsAfterTheDelayAndNotBefore) {
  Use({});
  Deploy(kThumbnailer, {.concurrency_provisioned = 2});

  EXPECT_THAT(StepAt(Duration::Nanoseconds(89'999'999'999), DeadlineReached{}), IsEmpty());
  EXPECT_EQ(Started(StepAt(Duration::Seconds(90), DeadlineReached{})).size(), 2u);
}

TEST_F(SchedulerProvisionedTest, NothingServesBeforeAllOfItIsReady) {
  Use({});
  Deploy(kThumbnailer, {.concurrency_provisioned = 2});
  const std::vector<EnvironmentId> ids = Started(Elapse(Duration::Seconds(90)));
  MakeReady({ids[0]});
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 2}));
  const EnvironmentId cold = Only<StartEnvironment>(Arrive(1)).environment;
  EXPECT_NE(cold, ids[0]);

  MakeReady({ids[1]});

  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 2, .available = 2}));
  EXPECT_EQ(Only<AssignInvocation>(Arrive(2)).environment, ids[1]);
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 2, .available = 2, .busy = 1}));
}

TEST_F(SchedulerProvisionedTest, IsFrozenOnceReadyAndNeverExpires) {
  Use({.keep_alive = Duration::Seconds(1)});
  Deploy(kThumbnailer, {.concurrency_provisioned = 1});
  const EnvironmentId id = Started(Elapse(Duration::Seconds(90)))[0];
  Step(EnvironmentStarted{id});

  EXPECT_THAT(Step(EnvironmentReady{id}), ElementsAre(Action(FreezeEnvironment{id})));
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());

  Only<AssignInvocation>(Arrive(1));
  EXPECT_THAT(Step(InvocationFinished{id, InvocationId{1}}),
              ElementsAre(Action(FreezeEnvironment{id})));
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(SchedulerProvisionedTest, SpillsOverToDemandWhenAllOfItIsBusy) {
  Use({});
  const std::vector<EnvironmentId> ids = Provision(1);

  EXPECT_EQ(Only<AssignInvocation>(Arrive(1)).environment, ids[0]);
  EXPECT_EQ(Only<StartEnvironment>(Arrive(2)).purpose, StartPurpose::kInvocation);
}

// A pool of one takes ten requests per second; what comes beyond is served on demand.
TEST_F(SchedulerProvisionedTest, SpillsOverBeyondTenRequestsPerSecondAndUnit) {
  Use({});
  const std::vector<EnvironmentId> ids = Provision(1);
  for (uint64_t invocation = 1; invocation <= 10; ++invocation) {
    ASSERT_EQ(Only<AssignInvocation>(Arrive(invocation)).environment, ids[0]) << invocation;
    Step(InvocationFinished{ids[0], InvocationId{invocation}});
  }

  EXPECT_NE(Only<StartEnvironment>(Arrive(11)).environment, ids[0]);

  now_ = At(Duration::Milliseconds(100'100));
  EXPECT_EQ(Only<AssignInvocation>(Arrive(12)).environment, ids[0]);
}

TEST_F(SchedulerProvisionedTest, ClaimsTheAccountWhetherBusyOrNot) {
  Use({.account_concurrency = 3});
  Provision(2);
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);

  Arrive(1);
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);
  Arrive(2);
  Only<StartEnvironment>(Arrive(3));
  EXPECT_EQ(scheduler_.claimed_concurrency(), 3);
  EXPECT_EQ(Only<ThrottleInvocation>(Arrive(4)).reason, ThrottleReason::kAccountConcurrency);
}

TEST_F(SchedulerProvisionedTest, AReservationLeavesWhatIsNotProvisionedToDemand) {
  Use({});
  Provision(1, {.concurrency_reserved = 2});
  Only<AssignInvocation>(Arrive(1));
  Only<StartEnvironment>(Arrive(2));
  EXPECT_EQ(Only<ThrottleInvocation>(Arrive(3)).reason, ThrottleReason::kReservedConcurrency);
}

TEST_F(SchedulerProvisionedTest, AReservationOfTheSameSizeLeavesNothingToDemand) {
  Use({});
  Provision(2, {.concurrency_reserved = 2});
  Only<AssignInvocation>(Arrive(1));
  Only<AssignInvocation>(Arrive(2));
  EXPECT_EQ(Only<ThrottleInvocation>(Arrive(3)).reason, ThrottleReason::kReservedConcurrency);
}

TEST_F(SchedulerProvisionedTest, TenantsDoNotUseIt) {
  Use({});
  Provision(1);
  Only<StartEnvironment>(Step(InvocationArrived{InvocationId{1}, kThumbnailer, TenantId{1}}));
}

TEST_F(SchedulerProvisionedTest, ItsInitMayTake130SecondsOrTheTimeoutWhereThatIsLonger) {
  for (const auto& [timeout, limit] :
       {std::pair(3, 130), std::pair(130, 130), std::pair(200, 200)}) {
    Use({});
    Deploy(kThumbnailer, {.timeout = Duration::Seconds(timeout), .concurrency_provisioned = 1});
    const EnvironmentId id = Started(Elapse(Duration::Seconds(90)))[0];
    Step(EnvironmentStarted{id});

    EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(90 + limit)));
    EXPECT_THAT(Elapse(Duration::Seconds(90 + limit)),
                ElementsAre(Action(StopEnvironment{id, StopReason::kInitFailed})));
  }
}

TEST_F(SchedulerProvisionedTest, WhatFailsToInitialiseIsReplacedAfterTheDelay) {
  Use({});
  Deploy(kThumbnailer, {.concurrency_provisioned = 1});
  const EnvironmentId id = Started(Elapse(Duration::Seconds(90)))[0];
  Step(EnvironmentStarted{id});

  EXPECT_THAT(Step(EnvironmentFailed{id, 0, FailureCause::kInitError}),
              ElementsAre(Action(StopEnvironment{id, StopReason::kInitFailed})));
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(180)));
  EXPECT_EQ(Started(Elapse(Duration::Seconds(180))).size(), 1u);
}

TEST_F(SchedulerProvisionedTest, AReplacementNeverComesWithinASecond) {
  Use({.provisioning_delay = Duration()});
  Deploy(kThumbnailer, {.concurrency_provisioned = 1});
  const EnvironmentId id = Started(Elapse(Duration()))[0];

  Step(EnvironmentStartFailed{id});

  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(1)));
}

TEST_F(SchedulerProvisionedTest, WhatIsLostIsReplacedAndServesOnceReady) {
  Use({});
  const std::vector<EnvironmentId> ids = Provision(3);
  Step(EnvironmentStopped{ids[0]});
  Step(EnvironmentStopped{ids[1]});
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 3, .available = 1}));

  const std::vector<EnvironmentId> replaced = Started(Elapse(Duration::Seconds(190)));
  ASSERT_EQ(replaced.size(), 2u);
  MakeReady({replaced[0]});

  EXPECT_EQ(Use_().available, 2);
}

TEST_F(SchedulerProvisionedTest, AnEnvironmentResetAfterAnInvocationStays) {
  Use({});
  const EnvironmentId id = Provision(1)[0];
  Arrive(1);

  EXPECT_THAT(Step(EnvironmentFailed{id, 0, FailureCause::kOutOfMemory}),
              ElementsAre(Action(FailInvocation{InvocationId{1}, FailureCause::kOutOfMemory}),
                          Action(ResetEnvironment{id, 1})));
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 1, .available = 1}));
  EXPECT_EQ(Only<AssignInvocation>(Arrive(2)).environment, id);
}

TEST_F(SchedulerProvisionedTest, LessStopsWhatIsIdleAndLeavesWhatIsBusyToDemand) {
  Use({});
  const std::vector<EnvironmentId> ids = Provision(2);
  const EnvironmentId busy = Only<AssignInvocation>(Arrive(1)).environment;
  const EnvironmentId idle = busy == ids[0] ? ids[1] : ids[0];

  EXPECT_THAT(Step(ProvisionedConcurrencySet{kThumbnailer, 1}),
              ElementsAre(Action(StopEnvironment{idle, StopReason::kProvisionedLess})));
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 1, .available = 1, .busy = 1}));
  EXPECT_THAT(Step(ProvisionedConcurrencySet{kThumbnailer, 0}), IsEmpty());
  EXPECT_EQ(Use_(), ProvisionedUse{});
  EXPECT_EQ(scheduler_.claimed_concurrency(), 1);
  // Now it expires like every other.
  Step(InvocationFinished{busy, InvocationId{1}});
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(700)));
}

TEST_F(SchedulerProvisionedTest, MoreServesOnceAllOfItIsReadyAndTheRestGoesOn) {
  Use({});
  Provision(1);
  Step(ProvisionedConcurrencySet{kThumbnailer, 3});
  const std::vector<EnvironmentId> more = Started(Elapse(Duration::Seconds(190)));
  ASSERT_EQ(more.size(), 2u);

  MakeReady({more[0]});
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 3, .available = 1}));
  MakeReady({more[1]});
  EXPECT_EQ(Use_(), (ProvisionedUse{.requested = 3, .available = 3}));
}

TEST_F(SchedulerProvisionedTest, ADeploymentStartsItAnewForTheNewRevision) {
  Use({});
  const EnvironmentId old = Provision(1)[0];

  EXPECT_THAT(Step(FunctionDeployed{kThumbnailer, {.concurrency_provisioned = 1}}),
              ElementsAre(Action(StopEnvironment{old, StopReason::kFunctionChanged})));
  EXPECT_EQ(Use_().available, 0);
  EXPECT_EQ(Started(Elapse(Duration::Seconds(190))).size(), 1u);
}

TEST_F(SchedulerProvisionedTest, ANodeThatJoinsHelpsWhatFoundNoRoom) {
  scheduler_ = Scheduler({});
  now_ = Instant();
  Step(NodeJoined{kNode, 128});
  Deploy(kThumbnailer, {.memory_mib = 128, .concurrency_provisioned = 2});
  EXPECT_EQ(Started(Elapse(Duration::Seconds(90))).size(), 1u);
  EXPECT_EQ(Elapse(Duration::Seconds(140)), Actions());

  Step(NodeJoined{NodeId{1}, 128});

  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(140)));
  EXPECT_EQ(Started(Step(DeadlineReached{})).size(), 1u);
}

// 6,000 per minute and function: 1,000 at once and 100 per second from then on.
TEST_F(SchedulerProvisionedTest, TheCurrentRuleStartsAThousandAndThenAHundredPerSecond) {
  Use({.account_concurrency = 10'000});
  Deploy(kThumbnailer, {.concurrency_provisioned = 1'002});

  EXPECT_EQ(Started(Elapse(Duration::Seconds(90))).size(), 1'000u);
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Milliseconds(90'010)));
  EXPECT_EQ(Started(Elapse(Duration::Milliseconds(90'010))).size(), 1u);
  EXPECT_EQ(Started(Elapse(Duration::Milliseconds(90'020))).size(), 1u);
}

// The budget of its own is shared by all functions, and does not touch that of starts on demand.
TEST_F(SchedulerProvisionedTest, TheLegacyRuleStartsABurstAndThen500PerMinuteForAllFunctions) {
  Use({.account_concurrency = 10'000,
       .scaling_rule = ScalingRule::kLegacy500,
       .start_limit = Duration::Infinite()});
  Deploy(kThumbnailer, {.concurrency_provisioned = 400});
  Deploy(kMailer, {.concurrency_provisioned = 200});

  EXPECT_EQ(Started(Elapse(Duration::Seconds(90))).size(), 500u);
  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(120)));
  Only<StartEnvironment>(Arrive(1));
  EXPECT_EQ(Started(Elapse(Duration::Seconds(120))).size(), 100u);
}

}  // namespace
}  // namespace floe
