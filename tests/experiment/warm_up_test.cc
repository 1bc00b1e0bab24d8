#include "experiment/warm_up.h"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/prng.h"
#include "experiment/experiment.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

// Rises to 10 over `rise` values, with noise.
std::vector<double> Series(size_t values, size_t rise, double noise, uint64_t seed) {
  Prng prng(seed);
  std::vector<double> series;
  for (size_t i = 0; i < values; ++i) {
    const double level = i < rise ? 10.0 * static_cast<double>(i) / static_cast<double>(rise) : 10;
    series.push_back(level + noise * prng.Normal());
  }
  return series;
}

TEST(MserTest, CutsOffTheRise) {
  size_t cuts = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const MserCut cut = CutByMser(Series(240, 60, 0.3, seed));
    EXPECT_TRUE(cut.settled) << "seed " << seed;
    EXPECT_GE(cut.values, 50u) << "seed " << seed;
    cuts += cut.values;
  }
  EXPECT_LE(cuts / 50, 80u);
}

TEST(MserTest, CutsLittleOfWhatIsSteady) {
  EXPECT_EQ(CutByMser(std::vector<double>(240, 3.0)).values, 0u);
  size_t cuts = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const MserCut cut = CutByMser(Series(240, 0, 1, seed));
    EXPECT_TRUE(cut.settled) << "seed " << seed;
    cuts += cut.values;
  }
  EXPECT_LE(cuts / 50, 40u);
}

TEST(MserTest, SaysWhenTheSeriesNeverSettles) {
  const MserCut cut = CutByMser(Series(240, 240, 0, 1));
  EXPECT_FALSE(cut.settled);
  EXPECT_EQ(cut.values, 120u);
}

TEST(MserTest, ShortSeriesAreLeftAsTheyAre) {
  EXPECT_EQ(CutByMser({}).values, 0u);
  EXPECT_EQ(CutByMser({1, 2, 3, 4}).values, 0u);
}

TEST(WarmUpTest, AnExperimentFindsItsOwn) {
  // Runs take 100 s on average, so some minutes pass until 50 of them are under way.
  Scenario scenario{.duration = Duration::Hours(2),
                    .warm_up_auto = true,
                    .functions = {{.name = "slow",
                                   .timeout = Duration::Seconds(900),
                                   .arrivals = {PoissonArrivals{.rate_per_second = 0.5}},
                                   .run = ExponentialLength{Duration::Seconds(100)}}}};
  const absl::StatusOr<ExperimentResult> result = RunExperiment(scenario, {.replications = 2});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->warm_up_auto);
  EXPECT_TRUE(result->warm_up_settled);
  EXPECT_GE(result->warm_up, Duration::Minutes(2));
  EXPECT_LE(result->warm_up, Duration::Minutes(60));

  scenario.warm_up_auto = false;
  scenario.warm_up = result->warm_up;
  const absl::StatusOr<ExperimentResult> given = RunExperiment(scenario, {.replications = 2});
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->merged.invocations.arrived, result->merged.invocations.arrived);
}

}  // namespace
}  // namespace floe
