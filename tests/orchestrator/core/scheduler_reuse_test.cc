// Which idle environment is used, and the exact structure that newest-first reuse has.

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

class SchedulerReuseTest : public SchedulerTest {
 protected:
  // Three environments that fall idle in the order first, second, third.
  void MakeThreeIdle(ReuseOrder order, uint64_t seed = 0) {
    Use({.reuse_order = order, .seed = seed, .keep_alive = Duration::Minutes(10)});
    Deploy(kThumbnailer);
    idle_ = {StartBusy(InvocationId{1}), StartBusy(InvocationId{2}), StartBusy(InvocationId{3})};
    std::swap(idle_[0], idle_[2]);  // Not the order in which they were made.
    Step(InvocationFinished{idle_[0], InvocationId{3}});
    Step(InvocationFinished{idle_[1], InvocationId{2}});
    Step(InvocationFinished{idle_[2], InvocationId{1}});
  }
  EnvironmentId Next() {
    return Only<AssignInvocation>(Step(InvocationArrived{InvocationId{++next_}, kThumbnailer}))
        .environment;
  }

  std::vector<EnvironmentId> idle_;
  uint64_t next_ = 100;
};

TEST_F(SchedulerReuseTest, NewestFirstUsesTheOneThatFellIdleLast) {
  MakeThreeIdle(ReuseOrder::kNewestFirst);

  EXPECT_EQ(Next(), idle_[2]);
  EXPECT_EQ(Next(), idle_[1]);
  EXPECT_EQ(Next(), idle_[0]);
}

TEST_F(SchedulerReuseTest, OldestFirstUsesTheOneThatFellIdleFirst) {
  MakeThreeIdle(ReuseOrder::kOldestFirst);

  EXPECT_EQ(Next(), idle_[0]);
  EXPECT_EQ(Next(), idle_[1]);
  EXPECT_EQ(Next(), idle_[2]);
}

TEST_F(SchedulerReuseTest, RandomUsesEachWithEqualChance) {
  std::map<EnvironmentId, int> uses;
  MakeThreeIdle(ReuseOrder::kRandom, /*seed=*/7);
  for (int i = 0; i < 3'000; ++i) {
    now_ = now_ + Duration::Milliseconds(1);
    const EnvironmentId used = Next();
    ++uses[used];
    Step(InvocationFinished{used, InvocationId{next_}});
  }

  // Three standard deviations of a binomial with 3,000 draws of 1/3 are 78.
  for (const EnvironmentId id : idle_) EXPECT_NEAR(uses[id], 1'000, 78);
}

TEST_F(SchedulerReuseTest, RandomDependsOnTheSeedOnly) {
  const auto choices = [&](uint64_t seed) {
    MakeThreeIdle(ReuseOrder::kRandom, seed);
    std::vector<uint32_t> rows;
    for (int i = 0; i < 50; ++i) {
      const EnvironmentId used = Next();
      rows.push_back(used.row);
      Step(InvocationFinished{used, InvocationId{next_}});
    }
    return rows;
  };
  EXPECT_EQ(choices(1), choices(1));
  EXPECT_NE(choices(1), choices(2));
}

TEST_F(SchedulerReuseTest, EnvironmentsServeTheirOwnFunctionOnly) {
  MakeThreeIdle(ReuseOrder::kNewestFirst);
  Deploy(kMailer);

  const EnvironmentId other = Start(InvocationId{9}, kMailer);

  EXPECT_EQ(std::count(idle_.begin(), idle_.end(), other), 0);
  EXPECT_EQ(scheduler_.counts(kMailer), (EnvironmentCounts{.starting = 1}));
  EXPECT_EQ(scheduler_.counts(kThumbnailer), (EnvironmentCounts{.idle = 3}));
}

TEST_F(SchedulerReuseTest, NoKeepAliveStopsAnEnvironmentBeforeAnythingElseHappens) {
  Use({.keep_alive = Duration()});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{1});
  EXPECT_EQ(scheduler_.NextDeadline(), now_);

  const Actions actions = Step(InvocationArrived{InvocationId{2}, kThumbnailer});

  ASSERT_EQ(actions.size(), 2u);
  EXPECT_EQ(actions[0], Action(StopEnvironment{environment, StopReason::kIdleTooLong}));
}

TEST_F(SchedulerReuseTest, KeepAliveWithoutEndKeepsForEver) {
  Use({.keep_alive = Duration::Infinite()});
  Deploy(kThumbnailer);
  const EnvironmentId environment = StartIdle(InvocationId{1});
  EXPECT_EQ(scheduler_.NextDeadline(), Instant::InfiniteFuture());

  now_ = At(Duration::Hours(24 * 365 * 200));
  EXPECT_EQ(Next(), environment);
}

// The exact structure of newest-first reuse with a fixed keep-alive T, for any arrivals and any
// durations: with X(t) the number of busy environments, live(t) is the greatest X over [t-T, t],
// and an arrival is cold exactly when X(t-)+1 is greater than that. Falling out of the window at
// exactly T is falling out.
void CheckStructure(uint64_t seed) {
  constexpr int64_t kKeepAlive = 50;
  Prng prng(seed);
  Scheduler scheduler({.account_concurrency = static_cast<int32_t>(1 + prng.Below(12)),
                       .requests_per_concurrency = 0,
                       .scaling_rule = ScalingRule::kUnlimited,
                       .keep_alive = Duration::Nanoseconds(kKeepAlive)});
  Actions actions;
  scheduler.Step(Instant(), NodeJoined{kNode, 1 << 20}, actions);
  scheduler.Step(Instant(), FunctionDeployed{kThumbnailer, {}}, actions);

  // Time and X from then on.
  std::vector<std::pair<int64_t, int>> history = {{0, 0}};
  const auto greatest_since = [&](int64_t time) {
    int greatest = 0;
    for (size_t i = 0; i < history.size(); ++i) {
      const bool lasts_until_later = i + 1 == history.size() || history[i + 1].first > time;
      if (lasts_until_later) greatest = std::max(greatest, history[i].second);
    }
    return greatest;
  };
  std::multimap<int64_t, InvocationFinished> running;
  int64_t now = 0;
  const uint64_t gap_max = 1 + prng.Below(40);
  const uint64_t duration_max = 1 + prng.Below(60);
  for (uint64_t i = 1; i <= 400; ++i) {
    now += static_cast<int64_t>(prng.Below(gap_max));
    while (!running.empty() && running.begin()->first <= now) {
      const int64_t at = running.begin()->first;
      scheduler.Step(Instant::FromNanoseconds(at), running.begin()->second, actions);
      running.erase(running.begin());
      history.emplace_back(at, history.back().second - 1);
    }
    const Instant instant = Instant::FromNanoseconds(now);
    const int before = history.back().second;
    const bool is_cold_expected = before + 1 > greatest_since(now - kKeepAlive);
    actions.clear();
    scheduler.Step(instant, InvocationArrived{InvocationId{i}, kThumbnailer}, actions);
    const Action last = actions.back();
    if (std::holds_alternative<ThrottleInvocation>(last)) continue;
    EnvironmentId environment;
    if (const auto* start = std::get_if<StartEnvironment>(&last)) {
      environment = start->environment;
      ASSERT_TRUE(is_cold_expected) << "at " << now;
      scheduler.Step(instant, EnvironmentStarted{environment}, actions);
      scheduler.Step(instant, EnvironmentReady{environment}, actions);
    } else {
      environment = std::get<AssignInvocation>(last).environment;
      ASSERT_FALSE(is_cold_expected) << "at " << now;
    }
    history.emplace_back(now, before + 1);
    ASSERT_EQ(scheduler.counts().live(), greatest_since(now - kKeepAlive)) << "at " << now;
    running.emplace(now + static_cast<int64_t>(prng.Below(duration_max)),
                    InvocationFinished{environment, InvocationId{i}});
  }
}

TEST(NewestFirstStructureTest, LiveIsTheGreatestBusyOfTheLastKeepAlive) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    CheckStructure(seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace floe
