#include "experiment/comparison.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "experiment/experiment.h"
#include "experiment/metric.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

Scenario WithKeepAlive(Duration keep_alive, uint64_t seed) {
  Scenario scenario{.duration = Duration::Minutes(30),
                    .seed = seed,
                    .functions = {{.name = "f",
                                   .arrivals = {PoissonArrivals{.rate_per_second = 1}},
                                   .run = ExponentialLength{Duration::Seconds(1)},
                                   .init = ConstantLength{Duration::Milliseconds(500)}}}};
  scenario.scheduler.keep_alive = keep_alive;
  return scenario;
}

ExperimentResult RunOf(const Scenario& scenario) {
  absl::StatusOr<ExperimentResult> result = RunExperiment(scenario, {.replications = 8});
  EXPECT_TRUE(result.ok()) << result.status();
  return *std::move(result);
}

const MetricDifference* Find(const std::vector<MetricDifference>& differences,
                             std::string_view name) {
  for (const MetricDifference& difference : differences) {
    if (Metrics()[difference.metric].name == name) return &difference;
  }
  return nullptr;
}

TEST(ComparisonTest, CommonRandomNumbersShowSmallDifferences) {
  const ExperimentResult a = RunOf(WithKeepAlive(Duration::Seconds(60), 1));
  const ExperimentResult b = RunOf(WithKeepAlive(Duration::Seconds(50), 1));
  const Comparison paired = Compare(a, b, 0.95);
  EXPECT_TRUE(paired.paired);
  const MetricDifference* cold = Find(paired.differences, "cold_share");
  ASSERT_NE(cold, nullptr);
  EXPECT_TRUE(cold->significant());
  EXPECT_GT(cold->difference.low, 0);
  EXPECT_NEAR(cold->difference.mean, cold->b.mean - cold->a.mean, 1e-12);
  const MetricDifference* invocations = Find(paired.differences, "invocations");
  EXPECT_EQ(invocations->difference.high, 0);
  EXPECT_FALSE(invocations->significant());
  ASSERT_EQ(paired.functions.size(), 1u);
  EXPECT_EQ(Find(paired.functions[0].differences, "cold_share")->difference.mean,
            cold->difference.mean);

  // The same two settings with random numbers of their own: the interval is wider.
  const Comparison apart = Compare(a, RunOf(WithKeepAlive(Duration::Seconds(50), 2)), 0.95);
  EXPECT_FALSE(apart.paired);
  EXPECT_GT(Find(apart.differences, "cold_share")->difference.standard_error,
            2 * cold->difference.standard_error);
}

TEST(ComparisonTest, AResultDoesNotDifferFromItself) {
  const ExperimentResult a = RunOf(WithKeepAlive(Duration::Seconds(60), 1));
  for (const MetricDifference& difference : Compare(a, a, 0.95).differences) {
    EXPECT_FALSE(difference.significant()) << Metrics()[difference.metric].name;
  }
}

// Worked by hand: variances 1 and 4 of three values each, so the error is sqrt(5/3) and there are
// (5/3)^2 / ((1/3)^2/2 + (4/3)^2/2) = 2.94 degrees of freedom, rounded down to 2.
TEST(WelchTest, UsesBothVariances) {
  const Estimate difference = EstimateDifference({10, 12, 14}, {1, 2, 3}, 0.95);
  EXPECT_DOUBLE_EQ(difference.mean, 10);
  EXPECT_NEAR(difference.standard_error, 1.2909944487, 1e-9);
  EXPECT_NEAR(difference.high - 10, 1.2909944487 * 4.30265272975, 1e-8);
  EXPECT_FALSE(EstimateDifference({1}, {1, 2}, 0.95).has_interval());
  EXPECT_EQ(EstimateDifference({2, 2}, {1, 1}, 0.95).low, 1);
}

}  // namespace
}  // namespace floe
