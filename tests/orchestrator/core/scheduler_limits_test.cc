// Each limit with both sides of its edge, and the order in which they are met.

#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SchedulerLimitsTest : public SchedulerTest {
 protected:
  Actions Arrive(FunctionId function = kThumbnailer) {
    return Step(InvocationArrived{InvocationId{++arrived_}, function});
  }
  void ExpectStarts(FunctionId function = kThumbnailer) {
    const Actions actions = Arrive(function);
    ASSERT_FALSE(actions.empty());
    EXPECT_TRUE(std::holds_alternative<StartEnvironment>(actions.back()))
        << testing::PrintToString(actions);
  }
  void ExpectThrottles(ThrottleReason reason, FunctionId function = kThumbnailer) {
    const Actions actions = Arrive(function);
    EXPECT_THAT(actions, ElementsAre(Action(ThrottleInvocation{InvocationId{arrived_}, reason})));
  }

  uint64_t arrived_ = 0;
};

TEST_F(SchedulerLimitsTest, AccountConcurrencyAdmitsExactlyAsManyAsItSays) {
  Use({.account_concurrency = 2});
  Deploy(kThumbnailer);
  Deploy(kMailer);

  ExpectStarts(kThumbnailer);
  ExpectStarts(kMailer);
  ExpectThrottles(ThrottleReason::kAccountConcurrency, kThumbnailer);
  ExpectThrottles(ThrottleReason::kAccountConcurrency, kMailer);
}

TEST_F(SchedulerLimitsTest, AFinishedInvocationMakesRoomForAnother) {
  Use({.account_concurrency = 1});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartBusy(InvocationId{100});
  ExpectThrottles(ThrottleReason::kAccountConcurrency);

  Step(InvocationFinished{environment, InvocationId{100}});

  EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
}

TEST_F(SchedulerLimitsTest, AccountConcurrencyOfNoneThrottlesForConcurrency) {
  Use({.account_concurrency = 0});
  Deploy(kThumbnailer);

  ExpectThrottles(ThrottleReason::kAccountConcurrency);
}

TEST_F(SchedulerLimitsTest, ReservedConcurrencyIsFloorAndCeiling) {
  Use({.account_concurrency = 3});
  Deploy(kThumbnailer, {.concurrency_reserved = 2});
  Deploy(kMailer);
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);

  ExpectStarts(kMailer);
  ExpectThrottles(ThrottleReason::kAccountConcurrency, kMailer);
  ExpectStarts(kThumbnailer);
  ExpectStarts(kThumbnailer);
  ExpectThrottles(ThrottleReason::kReservedConcurrency, kThumbnailer);
  EXPECT_EQ(scheduler_.claimed_concurrency(), 3);
}

TEST_F(SchedulerLimitsTest, ReservedConcurrencyOfNoneSwitchesTheFunctionOff) {
  Use({});
  Deploy(kThumbnailer, {.concurrency_reserved = 0});

  ExpectThrottles(ThrottleReason::kReservedConcurrency);
}

// AWS "Monitoring concurrency": a reservation of 600 and provisioned concurrency of 200 elsewhere
// claim 800 before any request, which leaves 200.
TEST_F(SchedulerLimitsTest, ProvisionedConcurrencyIsClaimedEvenWhileIdle) {
  Use({.account_concurrency = 1'000, .requests_per_concurrency = 0});
  Deploy(kThumbnailer, {.concurrency_reserved = 600, .concurrency_provisioned = 50});
  Deploy(kMailer, {.concurrency_provisioned = 200});
  EXPECT_EQ(scheduler_.claimed_concurrency(), 800);

  for (int i = 0; i < 200; ++i) ExpectStarts(kMailer);
  EXPECT_EQ(scheduler_.claimed_concurrency(), 1'000);
  ExpectThrottles(ThrottleReason::kAccountConcurrency, kMailer);
}

TEST_F(SchedulerLimitsTest, ANewReservationTakesItsInvocationsOutOfTheUnreservedPool) {
  Use({.account_concurrency = 10});
  Deploy(kThumbnailer);
  ExpectStarts();
  ExpectStarts();
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);

  EXPECT_THAT(Step(ReservedConcurrencySet{kThumbnailer, 5}), IsEmpty());
  EXPECT_EQ(scheduler_.claimed_concurrency(), 5);
  EXPECT_THAT(Step(ReservedConcurrencySet{kThumbnailer, {}}), IsEmpty());
  EXPECT_EQ(scheduler_.claimed_concurrency(), 2);
}

TEST_F(SchedulerLimitsTest, AReservationBelowWhatRunsAdmitsNoMoreUntilEnoughHaveFinished) {
  Use({});
  Deploy(kThumbnailer);
  const EnvironmentId first = StartBusy(InvocationId{101});
  const EnvironmentId second = StartBusy(InvocationId{102});
  Step(ReservedConcurrencySet{kThumbnailer, 1});

  Step(InvocationFinished{first, InvocationId{101}});
  ExpectThrottles(ThrottleReason::kReservedConcurrency);
  Step(InvocationFinished{second, InvocationId{102}});
  EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, second);
}

TEST_F(SchedulerLimitsTest, TheAccountAllowsTenRequestsPerSecondAndUnitOfConcurrency) {
  Use({.account_concurrency = 1});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{100});
  for (uint64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
    Step(InvocationFinished{environment, InvocationId{arrived_}});
  }

  ExpectThrottles(ThrottleReason::kAccountRequestRate);
  now_ = At(Duration::Milliseconds(100) - Duration::Nanoseconds(1));
  ExpectThrottles(ThrottleReason::kAccountRequestRate);
  now_ = At(Duration::Milliseconds(100));
  EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
}

TEST_F(SchedulerLimitsTest, AReservationHasARequestRateOfItsOwn) {
  Use({.account_concurrency = 1'000, .requests_per_concurrency = 1});
  Deploy(kThumbnailer, {.concurrency_reserved = 2});
  Deploy(kMailer);
  ExpectStarts(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{100});

  // Two tokens a second are gone, though one unit of concurrency is free.
  ExpectThrottles(ThrottleReason::kReservedRequestRate, kThumbnailer);
  ExpectStarts(kMailer);
  now_ = At(Duration::Milliseconds(500));
  EXPECT_EQ(Only<AssignInvocation>(Arrive(kThumbnailer)).environment, environment);
}

TEST_F(SchedulerLimitsTest, OnlyAnotherReservationBringsAFreshRequestRate) {
  Use({.requests_per_concurrency = 1});
  Deploy(kThumbnailer, {.concurrency_reserved = 1});
  const EnvironmentId environment = StartIdle(InvocationId{100});
  ExpectThrottles(ThrottleReason::kReservedRequestRate);

  Step(ReservedConcurrencySet{kThumbnailer, 1});
  ExpectThrottles(ThrottleReason::kReservedRequestRate);
  Step(ReservedConcurrencySet{kThumbnailer, 2});
  EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
}

TEST_F(SchedulerLimitsTest, NoRequestRateMeansNone) {
  Use({.account_concurrency = 1, .requests_per_concurrency = 0});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{100});
  for (uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
    Step(InvocationFinished{environment, InvocationId{arrived_}});
  }
}

TEST_F(SchedulerLimitsTest, AThrottledInvocationTakesNoTokenOfTheRequestRate) {
  Use({.account_concurrency = 1, .requests_per_concurrency = 2});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartBusy(InvocationId{100});
  for (int i = 0; i < 5; ++i) ExpectThrottles(ThrottleReason::kAccountConcurrency);
  Step(InvocationFinished{environment, InvocationId{100}});

  EXPECT_EQ(Only<AssignInvocation>(Arrive()).environment, environment);
  Step(InvocationFinished{environment, InvocationId{arrived_}});
  ExpectThrottles(ThrottleReason::kAccountRequestRate);
}

TEST_F(SchedulerLimitsTest, TheRequestRateIsMetBeforeTheConcurrency) {
  Use({.account_concurrency = 1, .requests_per_concurrency = 1});
  Deploy(kThumbnailer);
  Deploy(kMailer, {.concurrency_reserved = 0});
  ExpectStarts();

  ExpectThrottles(ThrottleReason::kAccountRequestRate);
  now_ = At(Duration::Seconds(1));
  ExpectThrottles(ThrottleReason::kAccountConcurrency);
}

TEST_F(SchedulerLimitsTest, EachFunctionMayStartAThousandEnvironmentsAtOnce) {
  Use({.account_concurrency = 10'000, .requests_per_concurrency = 0});
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Actions actions;
  for (uint64_t i = 0; i < 1'000; ++i) {
    scheduler_.Step(now_, InvocationArrived{InvocationId{++arrived_}, kThumbnailer}, actions);
  }
  ASSERT_EQ(scheduler_.counts().starting, 1'000);

  ExpectThrottles(ThrottleReason::kScalingRate);
  ExpectStarts(kMailer);
  // One more each 10 ms.
  now_ = At(Duration::Milliseconds(10) - Duration::Nanoseconds(1));
  ExpectThrottles(ThrottleReason::kScalingRate);
  now_ = At(Duration::Milliseconds(10));
  ExpectStarts();
  ExpectThrottles(ThrottleReason::kScalingRate);
}

TEST_F(SchedulerLimitsTest, ANewRevisionSharesTheScalingBudgetANewFunctionDoesNot) {
  Use({.account_concurrency = 10'000, .requests_per_concurrency = 0});
  Deploy(kThumbnailer);
  Actions actions;
  for (uint64_t i = 0; i < 1'000; ++i) {
    scheduler_.Step(now_, InvocationArrived{InvocationId{++arrived_}, kThumbnailer}, actions);
  }

  Deploy(kThumbnailer);
  ExpectThrottles(ThrottleReason::kScalingRate);
  Step(FunctionRemoved{kThumbnailer});
  Deploy(kThumbnailer);  // Another function under the same number.
  ExpectStarts();
}

TEST_F(SchedulerLimitsTest, TheScalingRateDoesNotConcernReuse) {
  Use({.account_concurrency = 10'000,
       .requests_per_concurrency = 0,
       .scaling_rule = ScalingRule::kLegacy500});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{100'000});
  Deploy(kMailer);
  Actions actions;
  for (uint64_t i = 0; i < 499; ++i) {
    scheduler_.Step(now_, InvocationArrived{InvocationId{++arrived_}, kMailer}, actions);
  }
  ExpectThrottles(ThrottleReason::kScalingRate, kMailer);

  EXPECT_EQ(Only<AssignInvocation>(Arrive(kThumbnailer)).environment, environment);
}

TEST_F(SchedulerLimitsTest, UnlimitedScalingHasNoLimit) {
  Use({.account_concurrency = 10'000,
       .requests_per_concurrency = 0,
       .scaling_rule = ScalingRule::kUnlimited});
  Deploy(kThumbnailer);
  Actions actions;
  for (uint64_t i = 0; i < 5'000; ++i) {
    scheduler_.Step(now_, InvocationArrived{InvocationId{++arrived_}, kThumbnailer}, actions);
  }
  EXPECT_EQ(scheduler_.counts().starting, 5'000);
}

TEST_F(SchedulerLimitsTest, AnEnvironmentGoesWhereTheMostMemoryIsFree) {
  Use({});
  Step(NodeJoined{NodeId{0}, 300});
  Step(NodeJoined{NodeId{1}, 400});
  Step(NodeJoined{NodeId{2}, 400});
  Deploy(kThumbnailer, {.memory_mib = 128});

  const auto next_node = [&] { return Only<StartEnvironment>(Arrive()).node.value; };
  EXPECT_EQ(next_node(), 1u);  // 300 400 400: the lowest id among equals.
  EXPECT_EQ(next_node(), 2u);  // 300 272 400
  EXPECT_EQ(next_node(), 0u);  // 300 272 272
  EXPECT_EQ(next_node(), 1u);  // 172 272 272
}

TEST_F(SchedulerLimitsTest, AnEnvironmentMayFillANodeButNoMore) {
  Use({});
  Step(NodeJoined{kNode, 256});
  Deploy(kThumbnailer, {.memory_mib = 129});
  Deploy(kMailer, {.memory_mib = 127});

  ExpectStarts(kThumbnailer);
  ExpectThrottles(ThrottleReason::kNoCapacity, kThumbnailer);
  ExpectStarts(kMailer);
  ExpectThrottles(ThrottleReason::kNoCapacity, kMailer);
}

TEST_F(SchedulerLimitsTest, WithoutANodeThereIsNoCapacity) {
  Use({});
  Step(NodeLost{kNode});
  Deploy(kThumbnailer, {.memory_mib = 0});

  ExpectThrottles(ThrottleReason::kNoCapacity);
}

TEST_F(SchedulerLimitsTest, AStoppingEnvironmentHoldsItsMemoryUntilItIsGone) {
  Use({.keep_alive = Duration::Seconds(5)});
  Step(NodeJoined{kNode, 128});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{100});
  StepAt(Duration::Seconds(5), DeadlineReached{});
  ExpectThrottles(ThrottleReason::kNoCapacity);

  Step(EnvironmentStopped{environment});

  ExpectStarts();
}

TEST_F(SchedulerLimitsTest, WhereNoNodeHasRoomNoScalingTokenIsTaken) {
  Use({.account_concurrency = 10'000,
       .requests_per_concurrency = 0,
       .scaling_rule = ScalingRule::kLegacy500});
  Step(NodeJoined{kNode, 0});
  Deploy(kThumbnailer);
  for (int i = 0; i < 600; ++i) ExpectThrottles(ThrottleReason::kNoCapacity);

  Step(NodeJoined{kNode, 1 << 20});
  for (int i = 0; i < 500; ++i) ExpectStarts();
  ExpectThrottles(ThrottleReason::kScalingRate);
}

TEST_F(SchedulerLimitsTest, TheScalingRateIsMetBeforeTheRoom) {
  Use({.account_concurrency = 10'000,
       .requests_per_concurrency = 0,
       .scaling_rule = ScalingRule::kLegacy500});
  Step(NodeJoined{kNode, 500 * 128});
  Deploy(kThumbnailer);
  for (int i = 0; i < 500; ++i) ExpectStarts();

  ExpectThrottles(ThrottleReason::kScalingRate);
  now_ = At(Duration::Minutes(1));
  // 500 starts have timed out and hold their memory; their tokens are not given back.
  Step(DeadlineReached{});
  ExpectThrottles(ThrottleReason::kNoCapacity);
}

TEST(CheckReservationTest, LeavesTheUnreservedMinimum) {
  const SchedulerOptions options{.account_concurrency = 1'000, .unreserved_concurrency_min = 100};

  EXPECT_TRUE(CheckReservation(options, 0, 900).allowed);
  EXPECT_FALSE(CheckReservation(options, 0, 901).allowed);
  EXPECT_EQ(CheckReservation(options, 300, 601).reservable, 600);
  EXPECT_TRUE(CheckReservation(options, 300, 600).allowed);
  EXPECT_FALSE(CheckReservation(options, 300, 601).allowed);
}

TEST(CheckReservationTest, AllowsNoneEvenWhereNothingIsLeft) {
  const SchedulerOptions options{.account_concurrency = 50, .unreserved_concurrency_min = 100};

  EXPECT_TRUE(CheckReservation(options, 0, 0).allowed);
  EXPECT_FALSE(CheckReservation(options, 0, 1).allowed);
  EXPECT_EQ(CheckReservation(options, 0, 1).reservable, 0);
}

}  // namespace
}  // namespace floe
