#include <cstdint>

#include "gtest/gtest.h"
#include "tests/simulator/reference.h"

namespace floe {
namespace {

Duration Secs(double seconds) {
  return Duration::FromSeconds(seconds);
}

Scenario WithLimit(Scenario scenario, int32_t limit) {
  scenario.scheduler.account_concurrency = limit;
  return scenario;
}

// Offered load, limit, throttle probability by Erlang's loss formula.
struct ErlangCase {
  double load;
  int32_t limit;
  double throttled;
  double invocations;
};

class ErlangTest : public testing::TestWithParam<ErlangCase> {};

TEST_P(ErlangTest, ThrottlesAsTheLossFormulaSays) {
  const ErlangCase& c = GetParam();
  Scenario scenario =
      WithLimit(PoissonScenario(c.load, ExponentialLength{Secs(1)}, c.invocations), c.limit);
  scenario.warm_up = Secs(10);
  scenario.duration += scenario.warm_up;
  const SimulationResult result = RunReference(scenario);
  // Blocking comes in spells: its spread is wider by about the square root of twice the load.
  ExpectShare(result.invocations.throttled(), result.invocations.arrived, c.throttled,
              1 + std::sqrt(2 * c.load) / 2);
  // Little's law: busy = accepted load.
  const double busy = c.load * (1 - c.throttled);
  EXPECT_NEAR(result.environments.mean.busy, busy, 0.025 * busy);
  EXPECT_LE(result.environments.max.busy, c.limit);
}

INSTANTIATE_TEST_SUITE_P(Simulation, ErlangTest,
                         testing::Values(ErlangCase{1, 1, 0.5, 100'000},
                                         ErlangCase{5, 10, 0.0183845703366481, 150'000},
                                         ErlangCase{10, 10, 0.214582343107347, 30'000},
                                         ErlangCase{100, 100, 0.075700452710861, 50'000},
                                         ErlangCase{100, 120, 0.00569005460686993, 100'000},
                                         ErlangCase{900, 1000, 5.92986267014622e-5, 100'000},
                                         ErlangCase{1000, 1000, 0.0248119176461604, 100'000}));

TEST(LossTest, OnlyTheMeanOfTheRunTimeMatters) {
  for (const LengthModel& run :
       {LengthModel(ConstantLength{Secs(1)}),
        LengthModel(LogNormalLength{.median = Secs(std::exp(-0.5)), .sigma = 1})}) {
    const SimulationResult result = RunReference(WithLimit(PoissonScenario(10, run, 30'000), 10));
    ExpectShare(result.invocations.throttled(), result.invocations.arrived, 0.214582343107347, 3);
  }
}

// Newest-first, exponential runs, no init.
struct LimitCase {
  double rate;
  int32_t limit;
  double keep_alive;
  double throttled;
  double cold;
  double live;
};

class LimitTest : public testing::TestWithParam<LimitCase> {};

TEST_P(LimitTest, ThrottlesColdStartsAndLiveEnvironmentsAsComputed) {
  const LimitCase& c = GetParam();
  Scenario scenario =
      WithLimit(PoissonScenario(c.rate, ExponentialLength{Secs(1)}, 60'000), c.limit);
  scenario.scheduler.keep_alive = Secs(c.keep_alive);
  scenario.warm_up = Secs(50);
  const SimulationResult result = RunReference(scenario);
  const InvocationTally& tally = result.invocations;
  ExpectShare(tally.throttled(), tally.arrived, c.throttled, 1 + std::sqrt(2 * c.rate) / 2);
  ExpectShare(tally.cold_starts, tally.accepted(), c.cold, 1.5);
  EXPECT_NEAR(result.environments.mean.live(), c.live, 0.015 * c.live);
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, LimitTest,
    testing::Values(LimitCase{1, 2, 5, 0.2, 0.0569543517904, 1.885074658},
                    LimitCase{10, 10, 1, 0.214582343107, 0.0653088839484, 9.599315667},
                    LimitCase{10, 15, 10, 0.0364969454724, 0.00462764222353, 14.81336319}));

TEST(LimitOfOneTest, ColdStartsThrottlesAndIdleTimeAreAsComputedForAnyRunTime) {
  for (const LengthModel& run :
       {LengthModel(ConstantLength{Secs(1)}), LengthModel(ExponentialLength{Secs(1)})}) {
    Scenario scenario = WithLimit(PoissonScenario(0.1, run, 30'000), 1);
    scenario.scheduler.keep_alive = Secs(10);
    scenario.functions[0].init = ConstantLength{Secs(2)};
    const SimulationResult result = RunReference(scenario);
    const InvocationTally& tally = result.invocations;
    ExpectShare(tally.cold_starts, tally.accepted(), 0.367879441171442, 1.5);
    ExpectShare(tally.throttled(), tally.arrived, 0.147903420626205, 1.5);
    EXPECT_NEAR(result.environments.mean.idle, 0.538627765929666, 0.01);
  }
}

}  // namespace
}  // namespace floe
