// How long environments are kept under each rule, and environments started ahead. Tenants too.

#include <optional>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Says what a test wants and keeps what it was told.
class ScriptedPolicy final : public KeepAlivePolicy {
 public:
  void OnArrival(FunctionId, int32_t in_flight, Instant) override {
    in_flight_at_arrivals.push_back(in_flight);
  }
  Duration KeepFor(const IdleEnvironment& environment, Instant) override {
    asked.push_back(environment);
    return keep;
  }
  std::optional<Duration> PrewarmAfter(const IdleEnvironment&, Instant) override { return prewarm; }
  std::optional<uint64_t> EvictionPriority(const IdleEnvironment& environment, Instant) override {
    return environment.function.value;
  }

  Duration keep = Duration::Seconds(5);
  std::optional<Duration> prewarm;
  std::vector<IdleEnvironment> asked;
  std::vector<int32_t> in_flight_at_arrivals;
};

class SchedulerKeepAliveTest : public SchedulerTest {
 protected:
  void UsePolicy(const SchedulerOptions& options = {}, int64_t memory_mib = 1 << 20) {
    scheduler_ = Scheduler(options, &policy_);
    now_ = Instant();
    Step(NodeJoined{kNode, memory_mib});
    Deploy(kThumbnailer);
  }

  ScriptedPolicy policy_;
};

TEST_F(SchedulerKeepAliveTest, UniformKeepsBetweenItsTwoEnds) {
  Use({.seed = 4,
       .keep_alive = Duration::Nanoseconds(3),
       .keep_alive_rule = KeepAliveRule::kUniform,
       .keep_alive_min = Duration::Nanoseconds(2)});
  Deploy(kThumbnailer);
  bool seen[2] = {};
  for (uint64_t invocation = 1; invocation <= 40; ++invocation) {
    StartIdle(InvocationId{invocation});
    const int64_t kept = (scheduler_.NextDeadline() - now_).nanoseconds();
    ASSERT_TRUE(kept == 2 || kept == 3) << kept;
    seen[kept - 2] = true;
    now_ = scheduler_.NextDeadline();
    Step(DeadlineReached{});
  }
  EXPECT_TRUE(seen[0] && seen[1]);
}

TEST_F(SchedulerKeepAliveTest, UntilEvictedHasNoEnd) {
  Use({.keep_alive_rule = KeepAliveRule::kUntilEvicted});
  Deploy(kThumbnailer);
  StartIdle(InvocationId{1});

  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(SchedulerKeepAliveTest, APolicyOfOnesOwnDecides) {
  UsePolicy();
  const EnvironmentId id = StartIdle(InvocationId{1});

  ASSERT_EQ(policy_.asked.size(), 1u);
  EXPECT_EQ(policy_.asked[0].memory_mib, 128);
  EXPECT_FALSE(policy_.asked[0].never_served);
  EXPECT_THAT(StepAt(Duration::Nanoseconds(4'999'999'999), DeadlineReached{}), IsEmpty());
  EXPECT_THAT(StepAt(Duration::Seconds(5), DeadlineReached{}),
              ElementsAre(Action(StopEnvironment{id, StopReason::kIdleTooLong})));
}

TEST_F(SchedulerKeepAliveTest, APolicyHearsHowManyAreInFlight) {
  UsePolicy();
  StartBusy(InvocationId{1});
  const EnvironmentId second = StartBusy(InvocationId{2});
  Step(InvocationFinished{second, InvocationId{2}});

  EXPECT_THAT(policy_.in_flight_at_arrivals, ElementsAre(0, 1));
  EXPECT_EQ(policy_.asked[0].in_flight, 1);
}

TEST_F(SchedulerKeepAliveTest, PrewarmStartsOneWhenNoneIsThereAndItWaitsFrozen) {
  UsePolicy();
  policy_.keep = Duration();
  policy_.prewarm = Duration::Seconds(30);
  StartIdle(InvocationId{1});
  Step(DeadlineReached{});  // Unloads it.

  EXPECT_EQ(scheduler_.NextDeadline(), At(Duration::Seconds(30)));
  const auto start = Only<StartEnvironment>(StepAt(Duration::Seconds(30), DeadlineReached{}));
  EXPECT_EQ(start.purpose, StartPurpose::kPrewarm);
  EXPECT_EQ(scheduler_.counts().concurrency(), 0);
  policy_.keep = Duration::Seconds(5);
  Step(EnvironmentStarted{start.environment});
  EXPECT_THAT(Step(EnvironmentReady{start.environment}),
              ElementsAre(Action(FreezeEnvironment{start.environment})));
  EXPECT_TRUE(policy_.asked.back().never_served);
  EXPECT_EQ(
      Only<AssignInvocation>(Step(InvocationArrived{InvocationId{2}, kThumbnailer})).environment,
      start.environment);
}

TEST_F(SchedulerKeepAliveTest, PrewarmDoesNothingBesideAnIdleEnvironment) {
  UsePolicy();
  policy_.keep = Duration::Seconds(60);
  policy_.prewarm = Duration::Seconds(30);
  StartIdle(InvocationId{1});

  EXPECT_THAT(StepAt(Duration::Seconds(30), DeadlineReached{}), IsEmpty());
}

TEST_F(SchedulerKeepAliveTest, AnArrivalVoidsThePrewarmAndTakesOneUnderWay) {
  UsePolicy();
  policy_.keep = Duration();
  policy_.prewarm = Duration::Seconds(30);
  StartIdle(InvocationId{1});
  Step(DeadlineReached{});
  const auto start = Only<StartEnvironment>(StepAt(Duration::Seconds(30), DeadlineReached{}));

  EXPECT_THAT(Step(InvocationArrived{InvocationId{2}, kThumbnailer}), IsEmpty());
  EXPECT_EQ(scheduler_.counts().concurrency(), 1);
  Step(EnvironmentStarted{start.environment});
  EXPECT_EQ(Only<AssignInvocation>(Step(EnvironmentReady{start.environment})).invocation,
            InvocationId{2});

  // And before its time: no start at 30 s after the second one.
  policy_.prewarm.reset();
  Step(InvocationFinished{start.environment, InvocationId{2}});
  Step(DeadlineReached{});
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(SchedulerKeepAliveTest, APrewarmedEnvironmentThatFailsToInitialiseIsReset) {
  UsePolicy();
  policy_.keep = Duration();
  policy_.prewarm = Duration::Seconds(30);
  StartIdle(InvocationId{1});
  Step(DeadlineReached{});
  const auto start = Only<StartEnvironment>(StepAt(Duration::Seconds(30), DeadlineReached{}));
  Step(EnvironmentStarted{start.environment});

  EXPECT_THAT(Step(EnvironmentFailed{start.environment, 0, FailureCause::kInitError}),
              ElementsAre(Action(ResetEnvironment{start.environment, 1})));
}

TEST_F(SchedulerKeepAliveTest, APolicyRanksEvictions) {
  UsePolicy({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 256);
  Deploy(kMailer);
  Deploy(FunctionId{2});
  const EnvironmentId mailer = StartIdle(InvocationId{1}, kMailer);
  const EnvironmentId thumbnailer = StartIdle(InvocationId{2}, kThumbnailer);
  EXPECT_NE(mailer, thumbnailer);

  const Actions actions = Step(InvocationArrived{InvocationId{3}, FunctionId{2}});

  EXPECT_EQ(actions[0], Action(StopEnvironment{thumbnailer, StopReason::kEvicted}));
}

TEST_F(SchedulerKeepAliveTest, EnvironmentsNeverCrossTenants) {
  Use({});
  Deploy(kThumbnailer);
  const auto arrive = [this](uint64_t invocation, uint64_t tenant) {
    return Step(InvocationArrived{InvocationId{invocation}, kThumbnailer, TenantId{tenant}});
  };
  const EnvironmentId first = Only<StartEnvironment>(arrive(1, 1)).environment;
  Step(EnvironmentStarted{first});
  Step(EnvironmentReady{first});
  Step(InvocationFinished{first, InvocationId{1}});

  Only<StartEnvironment>(arrive(2, 2));
  Only<StartEnvironment>(arrive(3, 0));
  EXPECT_EQ(Only<AssignInvocation>(arrive(4, 1)).environment, first);
}

// 2,500 environments per 1,000 of account concurrency, idle ones included: five for two.
TEST_F(SchedulerKeepAliveTest, TenantsHaveALimitOfEnvironmentsActiveAndIdle) {
  Use({.account_concurrency = 2, .requests_per_concurrency = 0});
  Deploy(kThumbnailer);
  for (uint64_t tenant = 1; tenant <= 5; ++tenant) {
    const InvocationArrived event{InvocationId{tenant}, kThumbnailer, TenantId{tenant}};
    const EnvironmentId id = Only<StartEnvironment>(Step(event)).environment;
    Step(EnvironmentStarted{id});
    Step(EnvironmentReady{id});
    Step(InvocationFinished{id, event.invocation});
  }

  EXPECT_EQ(
      Only<ThrottleInvocation>(Step(InvocationArrived{InvocationId{6}, kThumbnailer, TenantId{6}}))
          .reason,
      ThrottleReason::kTenantEnvironments);
  // It does not hold for requests without a tenant.
  Only<StartEnvironment>(Step(InvocationArrived{InvocationId{7}, kThumbnailer}));
}

}  // namespace
}  // namespace floe
