#include <cstdint>

#include "gtest/gtest.h"
#include "tests/simulator/reference.h"

namespace floe {
namespace {

Duration Secs(double seconds) {
  return Duration::FromSeconds(seconds);
}

// Newest-first, no limit, exponential runs, no init.
struct ReuseCase {
  double rate;
  double run;
  double keep_alive;
  double cold;
  double live;
  double invocations;
};

class NewestFirstTest : public testing::TestWithParam<ReuseCase> {};

TEST_P(NewestFirstTest, ColdStartsAndLiveEnvironmentsAreAsComputed) {
  const ReuseCase& c = GetParam();
  Scenario scenario = PoissonScenario(c.rate, ExponentialLength{Secs(c.run)}, c.invocations);
  scenario.scheduler.keep_alive = Secs(c.keep_alive);
  scenario.warm_up = Secs(2 * c.keep_alive);
  scenario.duration += scenario.warm_up;
  const SimulationResult result = RunReference(scenario);
  const InvocationTally& tally = result.invocations;
  ExpectShare(tally.cold_starts, tally.arrived, c.cold, 2);
  EXPECT_NEAR(result.environments.mean.live(), c.live, 0.02 * c.live);
  // Without a limit the number of busy environments is Poisson with the offered load as its mean.
  EXPECT_NEAR(result.environments.mean.busy, c.rate * c.run, 0.02 * c.rate * c.run);
  EXPECT_EQ(tally.throttled(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, NewestFirstTest,
    testing::Values(ReuseCase{.01, 1, 600, 0.01174771518, 1.0550225, 50'000},
                    ReuseCase{.1, 1, 60, 0.05703082377, 1.4230434, 50'000},
                    ReuseCase{1, 1, 60, 0.01139261626, 4.5949818, 50'000},
                    ReuseCase{.9, 1.991, 600, 0.001329306649, 7.6919335, 80'000},
                    ReuseCase{10, 1, 60, 0.002586543133, 20.286375, 80'000},
                    ReuseCase{100, 1, 60, 0.000698972257, 131.14371, 100'000}));

TEST(ReuseOrderTest, OldestFirstAndRandomKeepMoreEnvironmentsAndMeetFewerColdStarts) {
  for (const ReuseOrder order : {ReuseOrder::kOldestFirst, ReuseOrder::kRandom}) {
    Scenario scenario = PoissonScenario(0.9, ExponentialLength{Secs(1.991)}, 40'000);
    scenario.scheduler.reuse_order = order;
    scenario.warm_up = Secs(2'000);
    const SimulationResult result = RunReference(scenario);
    EXPECT_LT(result.invocations.cold_starts, 10u);
    EXPECT_NEAR(result.environments.mean.live(), 12, 2);
  }
}

// A run of next to no time: a request is cold when the gap before it is at least the keep-alive.
TEST(ShortRunTest, ColdStartsAreTheGapsAboveTheKeepAlive) {
  Scenario scenario = PoissonScenario(1.0 / 300, ConstantLength{Duration::Nanoseconds(1)}, 30'000);
  scenario.scheduler.keep_alive = Secs(600);
  const SimulationResult result = RunReference(scenario);
  const InvocationTally& tally = result.invocations;
  ExpectShare(tally.cold_starts, tally.arrived, 0.135335283237, 1);
  const double idle_seconds = result.environments.mean.idle * result.duration.seconds();
  EXPECT_NEAR(idle_seconds / static_cast<double>(tally.arrived), 259.399415, 4);
}

// Arrivals every D, runs of S < D: idle for D - S. Exactly the keep-alive is too long.
TEST(RegularArrivalsTest, AreAlwaysColdOnceTheGapReachesTheKeepAlive) {
  const auto cold_starts = [](Duration keep_alive) {
    Scenario scenario = PoissonScenario(1, ConstantLength{Secs(2)}, 1'000);
    scenario.functions[0].arrivals = {IntervalArrivals{.interval = Secs(10)}};
    scenario.scheduler.keep_alive = keep_alive;
    return RunReference(scenario).invocations.cold_starts;
  };
  EXPECT_EQ(cold_starts(Secs(8) + Duration::Nanoseconds(1)), 1u);
  EXPECT_EQ(cold_starts(Secs(8)), 100u);
}

}  // namespace
}  // namespace floe
