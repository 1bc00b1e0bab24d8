#include "simulator/validation/aws_2020.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "orchestrator/core/scheduler_options.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

constexpr char kMeasurements[] =
#include "simulator/validation/aws_2020_measurements.inc"
    ;  // NOLINT

using Cells = std::vector<absl::string_view>;

// The cell below the column of this name.
double NumberBelow(const Cells& header, const Cells& row, absl::string_view name) {
  const auto column = std::find(header.begin(), header.end(), name);
  CHECK(column != header.end() && row.size() == header.size());
  double number = 0;
  CHECK(absl::SimpleAtod(row[static_cast<size_t>(column - header.begin())], &number));
  return number;
}

struct MeanAndError {
  double mean = 0;
  double standard_error = 0;
};

MeanAndError Summarize(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {.mean = mean, .standard_error = std::sqrt(squares / (count - 1) / count)};
}

double AbsolutePercentage(double simulated, double measured) {
  return 100 * std::abs(simulated - measured) / measured;
}

}  // namespace

std::vector<Aws2020Measurement> Aws2020Measurements() {
  const std::vector<absl::string_view> lines =
      absl::StrSplit(absl::string_view(kMeasurements), '\n', absl::SkipWhitespace());
  const Cells header = absl::StrSplit(lines.front(), ',');
  std::vector<Aws2020Measurement> measurements;
  for (size_t i = 1; i < lines.size(); ++i) {
    const Cells row = absl::StrSplit(lines[i], ',');
    const auto number = [&](absl::string_view name) { return NumberBelow(header, row, name); };
    measurements.push_back(
        {.rate_per_second = number("ArrivalRate"),
         .service_warm = Duration::FromSeconds(number("ServiceTimeWarm") / 1e3),
         .service_cold = Duration::FromSeconds(number("ServiceTimeCold") / 1e3),
         .idle_limit = Duration::FromSeconds(number("IdleMinutesBeforeKill") * 60),
         .instances = number("AverageInstanceCount"),
         .cold_probability = number("ColdStartProbability"),
         .cold_probability_error = number("ColdStartProbabilitySE")});
  }
  std::sort(measurements.begin(), measurements.end(),
            [](const Aws2020Measurement& a, const Aws2020Measurement& b) {
              return a.rate_per_second < b.rate_per_second;
            });
  return measurements;
}

Scenario Aws2020Scenario(const Aws2020Measurement& measured, double invocations, uint64_t seed) {
  CHECK(invocations > 0);
  const Duration warm_up = measured.idle_limit * 3;
  return {.name = "aws-2020",
          .duration = warm_up + Duration::FromSeconds(invocations / measured.rate_per_second),
          .warm_up = warm_up,
          .seed = seed,
          .scheduler = {.keep_alive = measured.idle_limit},
          .functions = {{.name = "measured",
                         .timeout = kFunctionTimeoutMax,
                         .arrivals = {PoissonArrivals{.rate_per_second = measured.rate_per_second}},
                         .run = ExponentialLength{measured.service_warm},
                         .init = ConstantLength{measured.service_cold - measured.service_warm}}}};
}

std::vector<Aws2020Point> SimulateAws2020(const Aws2020Options& options) {
  CHECK(options.replications >= 2);
  std::vector<Aws2020Point> points;
  for (const Aws2020Measurement& measured : Aws2020Measurements()) {
    std::vector<double> instances;
    std::vector<double> cold;
    for (int i = 0; i < options.replications; ++i) {
      const SimulationResult run =
          RunSimulation(Aws2020Scenario(measured, options.invocations / options.replications,
                                        options.seed + static_cast<uint64_t>(i)),
                        nullptr);
      instances.push_back(run.environments.mean.live());
      cold.push_back(static_cast<double>(run.invocations.cold_starts) /
                     static_cast<double>(run.invocations.accepted()));
    }
    const MeanAndError live = Summarize(instances);
    const MeanAndError probability = Summarize(cold);
    points.push_back({.measured = measured,
                      .instances = live.mean,
                      .instances_error = live.standard_error,
                      .cold_probability = probability.mean,
                      .cold_probability_error = probability.standard_error});
  }
  return points;
}

Aws2020Errors ErrorsOf(const std::vector<Aws2020Point>& points) {
  Aws2020Errors errors;
  for (const Aws2020Point& point : points) {
    errors.instances += AbsolutePercentage(point.instances, point.measured.instances);
    errors.cold_probability +=
        AbsolutePercentage(point.cold_probability, point.measured.cold_probability);
  }
  errors.instances /= static_cast<double>(points.size());
  errors.cold_probability /= static_cast<double>(points.size());
  return errors;
}

}  // namespace floe
