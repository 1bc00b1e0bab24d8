#include <cmath>
#include <cstdint>

#include "gtest/gtest.h"
#include "tests/simulator/reference.h"

namespace floe {
namespace {

Duration Secs(double seconds) {
  return Duration::FromSeconds(seconds);
}

// `invocations` after the warm-up.
Scenario WithLimit(Scenario scenario, int32_t limit, Duration warm_up) {
  scenario.scheduler.account_concurrency = limit;
  scenario.warm_up = warm_up;
  scenario.duration += warm_up;
  return scenario;
}

// Offered load, limit, throttle probability by Erlang's loss formula.
struct ErlangCase {
  double load;
  int32_t limit;
  double throttled;
  double invocations;  // Of each run.
  double precision;    // Of the throttle probability.
};

class ErlangTest : public testing::TestWithParam<ErlangCase> {};

TEST_P(ErlangTest, ThrottlesAsTheLossFormulaSays) {
  const ErlangCase& c = GetParam();
  const Sample sample = Replicate(WithLimit(
      PoissonScenario(c.load, ExponentialLength{Secs(1)}, c.invocations), c.limit, Secs(20)));
  ExpectAgrees("throttled", sample, &Measured::throttled, c.throttled, c.precision);
  ExpectAgrees("running", sample, &Measured::running, c.load * (1 - c.throttled), 0.002);
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, ErlangTest,
    testing::Values(ErlangCase{1, 1, 0.5, 50'000, 0.002},
                    ErlangCase{5, 10, 0.0183845703366481, 200'000, 0.01},
                    ErlangCase{10, 10, 0.214582343107347, 50'000, 0.005},
                    ErlangCase{100, 100, 0.075700452710861, 200'000, 0.01},
                    ErlangCase{100, 120, 0.00569005460686993, 500'000, 0.03},
                    // Rare, and in spells: some 200 of them in all runs together.
                    ErlangCase{900, 1000, 5.92986267014622e-5, 1'000'000, 0.2},
                    ErlangCase{1000, 1000, 0.0248119176461604, 500'000, 0.02}));

TEST(LossTest, OnlyTheMeanOfTheRunTimeMatters) {
  for (const LengthModel& run :
       {LengthModel(ConstantLength{Secs(1)}),
        LengthModel(LogNormalLength{.median = Secs(std::exp(-0.5)), .sigma = 1})}) {
    const Sample sample = Replicate(WithLimit(PoissonScenario(10, run, 100'000), 10, Secs(100)));
    ExpectAgrees("throttled", sample, &Measured::throttled, 0.214582343107347, 0.005);
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
      WithLimit(PoissonScenario(c.rate, ExponentialLength{Secs(1)}, 200'000), c.limit, Secs(100));
  scenario.scheduler.keep_alive = Secs(c.keep_alive);
  const Sample sample = Replicate(scenario);
  ExpectAgrees("throttled", sample, &Measured::throttled, c.throttled, 0.01);
  ExpectAgrees("cold", sample, &Measured::cold, c.cold, 0.015);
  ExpectAgrees("live", sample, &Measured::live, c.live, 0.002);
  ExpectAgrees("running", sample, &Measured::running, c.rate * (1 - c.throttled), 0.005);
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, LimitTest,
    testing::Values(LimitCase{1, 2, 5, 0.2, 0.0569543517904, 1.885074658},
                    LimitCase{10, 10, 1, 0.214582343107, 0.0653088839484, 9.599315667},
                    LimitCase{10, 15, 10, 0.0364969454724, 0.00462764222353, 14.81336319}));

TEST(LimitOfOneTest, ColdStartsThrottlesAndIdleTimeAreAsComputedForAnyRunTime) {
  for (const LengthModel& run :
       {LengthModel(ConstantLength{Secs(1)}), LengthModel(ExponentialLength{Secs(1)}),
        LengthModel(LogNormalLength{.median = Secs(std::exp(-0.5)), .sigma = 1})}) {
    Scenario scenario = WithLimit(PoissonScenario(0.1, run, 50'000), 1, Secs(1'000));
    scenario.scheduler.keep_alive = Secs(10);
    scenario.functions[0].init = ConstantLength{Secs(2)};
    const Sample sample = Replicate(scenario);
    ExpectAgrees("cold", sample, &Measured::cold, 0.367879441171442, 0.005);
    ExpectAgrees("throttled", sample, &Measured::throttled, 0.147903420626205, 0.005);
    ExpectAgrees("idle", sample, &Measured::idle, 0.538627765929666, 0.005);
  }
}

}  // namespace
}  // namespace floe
