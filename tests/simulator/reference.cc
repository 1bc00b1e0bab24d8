#include "tests/simulator/reference.h"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

Measured RunOnce(const Scenario& scenario) {
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  const SimulationResult result = RunSimulation(scenario, nullptr);
  const InvocationTally& tally = result.invocations;
  const LevelMeans& mean = result.environments.mean;
  const auto arrived = static_cast<double>(tally.arrived);
  const double seconds = (scenario.duration - scenario.warm_up).seconds();
  const Measured measured{
      .throttled = static_cast<double>(tally.throttled()) / arrived,
      .cold = static_cast<double>(tally.cold_starts) / static_cast<double>(tally.accepted()),
      .live = mean.live(),
      .running = mean.starting + mean.busy,
      .idle = mean.idle,
      .idle_per_request = mean.idle * seconds / arrived,
      .cold_starts = static_cast<double>(tally.cold_starts)};
  // Little's law holds in every run, but for what its two ends cut off: the invocations under way
  // when counting begins are in the level only, those under way at the end in neither latency.
  const double latencies =
      static_cast<double>(tally.finished) * result.latency.All().mean_seconds();
  const double cut_off = 10 * static_cast<double>(result.environments.max.busy + 1) *
                         (latencies / static_cast<double>(tally.finished));
  EXPECT_NEAR(measured.running * seconds, latencies, cut_off);
  EXPECT_LE(result.environments.max.busy, scenario.scheduler.account_concurrency);
  return measured;
}

}  // namespace

Scenario PoissonScenario(double rate, LengthModel run, double invocations) {
  return {.duration = Duration::FromSeconds(invocations / rate),
          // Workloads that differ draw other numbers: they do not share each other's luck.
          .seed = static_cast<uint64_t>(rate * 1e6 + invocations) * kReplications,
          .scheduler = {.account_concurrency = 1'000'000,
                        .unreserved_concurrency_min = 0,
                        .requests_per_concurrency = 0,
                        .scaling_rule = ScalingRule::kUnlimited},
          .functions = {{.name = "f",
                         .timeout = Duration::Seconds(900),
                         .arrivals = {PoissonArrivals{.rate_per_second = rate}},
                         .run = run}}};
}

Sample Replicate(const Scenario& scenario, int replications) {
  return Replicate(
      [&scenario](uint64_t number) {
        Scenario seeded = scenario;
        seeded.seed += number;
        return seeded;
      },
      replications);
}

Sample Replicate(const std::function<Scenario(uint64_t number)>& make, int replications) {
  Sample sample;
  for (int i = 0; i < replications; ++i) sample.push_back(RunOnce(make(static_cast<uint64_t>(i))));
  return sample;
}

double MeanOf(const Sample& sample, double Measured::*value) {
  double sum = 0;
  for (const Measured& run : sample) sum += run.*value;
  return sum / static_cast<double>(sample.size());
}

double DeviationOf(const Sample& sample, double Measured::*value) {
  const double mean = MeanOf(sample, value);
  double squares = 0;
  for (const Measured& run : sample) squares += (run.*value - mean) * (run.*value - mean);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1));
}

void ExpectAgrees(std::string_view what, const Sample& sample, double Measured::*value,
                  double reference, double precision) {
  const double mean = MeanOf(sample, value);
  const double error = DeviationOf(sample, value) / std::sqrt(static_cast<double>(sample.size()));
  EXPECT_LE(std::abs(mean - reference), kStandardErrorsMax * error)
      << what << ": mean " << mean << ", reference " << reference << ", standard error " << error;
  EXPECT_LE(error, precision * reference)
      << what << " is measured to " << 100 * error / reference << " % only";
}

}  // namespace floe
