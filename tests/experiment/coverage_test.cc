// Whether the intervals hold what they promise: 400 experiments on a system whose true figures are
// known, and how many of their intervals hold them.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "absl/status/statusor.h"
#include "experiment/experiment.h"
#include "experiment/metric.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

constexpr int kExperiments = 400;

// Ten servers without a queue, an offered load of 5, services of 1 s on average. Erlang's loss
// formula gives what they refuse.
constexpr double kLoss = 0.0183845703366481;

Scenario LossSystem(uint64_t seed) {
  Scenario scenario{.duration = Duration::Seconds(620),
                    .warm_up = Duration::Seconds(20),
                    .seed = seed,
                    .functions = {{.name = "f",
                                   .timeout = Duration::Seconds(900),
                                   .concurrency_reserved = 10,
                                   .arrivals = {PoissonArrivals{.rate_per_second = 5}},
                                   .run = ExponentialLength{Duration::Seconds(1)}}}};
  scenario.scheduler.requests_per_concurrency = 0;
  scenario.scheduler.scaling_rule = ScalingRule::kUnlimited;
  return scenario;
}

struct Truth {
  std::string_view metric;
  double value;
};
constexpr Truth kTruths[] = {
    {"arrival_rate", 5},
    {"throttle_share", kLoss},
    // The load that is carried, by Little's law.
    {"concurrency_mean", 5 * (1 - kLoss)},
    {"run_mean", 1},
};

class CoverageTest : public testing::TestWithParam<double> {};

TEST_P(CoverageTest, IntervalsHoldTheTruthAsOftenAsTheySay) {
  const double confidence = GetParam();
  int covered[std::size(kTruths)] = {};
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    const absl::StatusOr<ExperimentResult> result =
        RunExperiment(LossSystem(1'000 + static_cast<uint64_t>(experiment)),
                      {.replications = 10, .confidence = confidence});
    ASSERT_TRUE(result.ok()) << result.status();
    for (size_t i = 0; i < std::size(kTruths); ++i) {
      const Estimate& estimate = result->metrics[FindMetric(kTruths[i].metric).value()];
      if (estimate.low <= kTruths[i].value && kTruths[i].value <= estimate.high) ++covered[i];
    }
  }
  // The number that is covered is binomial: 3.3 standard deviations are left for chance. Seeds are
  // fixed, so a failure is one of the code.
  const double deviation = std::sqrt(confidence * (1 - confidence) / kExperiments);
  for (size_t i = 0; i < std::size(kTruths); ++i) {
    EXPECT_NEAR(static_cast<double>(covered[i]) / kExperiments, confidence, 3.3 * deviation)
        << kTruths[i].metric;
  }
}

INSTANTIATE_TEST_SUITE_P(Confidences, CoverageTest, testing::Values(0.8, 0.95, 0.99));

}  // namespace
}  // namespace floe
