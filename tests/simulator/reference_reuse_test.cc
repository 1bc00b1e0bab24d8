#include <cmath>
#include <cstdint>
#include <utility>

#include "base/prng.h"
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
  double invocations;  // Of each run.
  double precision;    // Of the share of cold starts.
};

class NewestFirstTest : public testing::TestWithParam<ReuseCase> {};

TEST_P(NewestFirstTest, ColdStartsAndLiveEnvironmentsAreAsComputed) {
  const ReuseCase& c = GetParam();
  Scenario scenario = PoissonScenario(c.rate, ExponentialLength{Secs(c.run)}, c.invocations);
  scenario.scheduler.keep_alive = Secs(c.keep_alive);
  scenario.warm_up = Secs(c.keep_alive + 20 * c.run);
  scenario.duration += scenario.warm_up;
  const Sample sample = Replicate(scenario);
  ExpectAgrees("cold", sample, &Measured::cold, c.cold, c.precision);
  ExpectAgrees("live", sample, &Measured::live, c.live, 0.003);
  // Without a limit the number of busy environments is Poisson with the offered load as its mean.
  ExpectAgrees("running", sample, &Measured::running, c.rate * c.run, 0.003);
  EXPECT_EQ(MeanOf(sample, &Measured::throttled), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Simulation, NewestFirstTest,
    testing::Values(ReuseCase{.01, 1, 600, 0.01174771518, 1.0550225, 50'000, 0.01},
                    ReuseCase{.1, 1, 60, 0.05703082377, 1.4230434, 50'000, 0.01},
                    ReuseCase{1, 1, 60, 0.01139261626, 4.5949818, 100'000, 0.01},
                    ReuseCase{.9, 1.991, 600, 0.001329306649, 7.6919335, 500'000, 0.01},
                    ReuseCase{10, 1, 60, 0.002586543133, 20.286375, 500'000, 0.01},
                    ReuseCase{100, 1, 60, 0.000698972257, 131.14371, 1'000'000, 0.03}));

// One published run of another simulator, SimFaaS, of a million seconds. Its own chance is that of
// one such run: what our runs of the same length show.
TEST(PublishedRunTest, SimFaasMeasuredWhatWeMeasure) {
  Scenario scenario = PoissonScenario(0.9, ExponentialLength{Secs(1.991)}, 900'000);
  scenario.scheduler.keep_alive = Secs(600);
  scenario.functions[0].init = ConstantLength{Secs(2.244 - 1.991)};
  ASSERT_EQ(scenario.duration, Duration::Seconds(1'000'000));
  const Sample sample = Replicate(scenario);
  const auto expect_like = [&sample](double Measured::*value, double published, double precision) {
    const double deviation = DeviationOf(sample, value);
    const double n = static_cast<double>(sample.size());
    EXPECT_NEAR(published, MeanOf(sample, value),
                kStandardErrorsMax * deviation * std::sqrt(1 + 1 / n));
    // One run in itself is that precise.
    EXPECT_LE(deviation, precision * published);
  };
  expect_like(&Measured::cold_starts, 1'213, 0.06);
  expect_like(&Measured::cold, 1'213.0 / 898'469, 0.06);
  expect_like(&Measured::live, 7.6612, 0.01);
  expect_like(&Measured::running, 1.7879, 0.005);
  expect_like(&Measured::idle, 5.8733, 0.015);
}

TEST(ReuseOrderTest, OldestFirstAndRandomKeepMoreEnvironmentsAndMeetFewerColdStarts) {
  for (const ReuseOrder order : {ReuseOrder::kOldestFirst, ReuseOrder::kRandom}) {
    Scenario scenario = PoissonScenario(0.9, ExponentialLength{Secs(1.991)}, 200'000);
    scenario.scheduler.reuse_order = order;
    scenario.warm_up = Secs(2'000);
    const Sample sample = Replicate(scenario, 4);
    // Newest-first would have 1,060 cold starts and 7.69 environments.
    EXPECT_LT(MeanOf(sample, &Measured::cold_starts), 5);
    EXPECT_NEAR(MeanOf(sample, &Measured::live), 12, 1.5);
  }
}

// A run of next to no time: a request is cold when the gap before it is at least the keep-alive,
// and an environment idles for the gap or the keep-alive, whichever is shorter.
constexpr double kRenewals = 50'000;
constexpr Duration kNextToNothing = Duration::Nanoseconds(1);

TEST(ShortRunTest, ExponentialGapsAboveTheKeepAliveAreColdStarts) {
  Scenario scenario = PoissonScenario(1.0 / 300, ConstantLength{kNextToNothing}, kRenewals);
  scenario.scheduler.keep_alive = Secs(600);
  const Sample sample = Replicate(scenario);
  ExpectAgrees("cold", sample, &Measured::cold, 0.135335283237, 0.005);
  ExpectAgrees("idle", sample, &Measured::idle_per_request, 259.399415, 0.005);
}

// Lomax gaps with shape 1.5 and scale 300 s. Their tail is so heavy that the variance is infinite.
TEST(ShortRunTest, LomaxGapsAboveTheKeepAliveAreColdStarts) {
  const auto make = [](uint64_t seed) {
    Prng prng = Prng::ForStream(seed, 1);
    ListedArrivals list;
    Instant at;
    for (int i = 0; i < static_cast<int>(kRenewals); ++i) {
      list.times.push_back(at);
      at = at + Secs(300 * (std::pow(prng.UniformOpen(), -1 / 1.5) - 1));
    }
    Scenario scenario = PoissonScenario(1, ConstantLength{kNextToNothing}, 1);
    // The last gap ends with the run.
    scenario.duration = at - Instant();
    scenario.functions[0].arrivals = {std::move(list)};
    scenario.scheduler.keep_alive = Secs(600);
    return scenario;
  };
  const Sample sample = Replicate(make);
  ExpectAgrees("cold", sample, &Measured::cold, 0.19245008973, 0.005);
  ExpectAgrees("idle", sample, &Measured::idle_per_request, 253.589838, 0.005);
}

// Arrivals every D, runs of S < D: idle for D - S. Exactly the keep-alive is too long.
TEST(RegularArrivalsTest, AreAlwaysColdOnceTheGapReachesTheKeepAlive) {
  const auto cold_starts = [](Duration keep_alive) {
    Scenario scenario = PoissonScenario(1, ConstantLength{Secs(2)}, 1'000);
    scenario.functions[0].arrivals = {IntervalArrivals{.interval = Secs(10)}};
    scenario.scheduler.keep_alive = keep_alive;
    return MeanOf(Replicate(scenario, 1), &Measured::cold_starts);
  };
  EXPECT_EQ(cold_starts(Secs(8) + Duration::Nanoseconds(1)), 1);
  EXPECT_EQ(cold_starts(Secs(8)), 100);
}

}  // namespace
}  // namespace floe
