#include "experiment/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "experiment/metric.h"

namespace floe {
namespace {

constexpr size_t kTotal = SIZE_MAX;

// Of one metric of one function, or of all together, over the first `count` replications.
std::vector<double> Samples(const ExperimentResult& result, size_t entry, size_t metric,
                            size_t count) {
  std::vector<double> samples;
  for (size_t r = 0; r < count; ++r) {
    const ReplicationValues& values = result.values[r];
    samples.push_back(entry == kTotal ? values.total[metric] : values.functions[entry][metric]);
  }
  return samples;
}

std::vector<MetricDifference> CompareEntries(const ExperimentResult& a, size_t entry_a,
                                             const ExperimentResult& b, size_t entry_b,
                                             const Comparison& how) {
  size_t count_a = a.values.size();
  size_t count_b = b.values.size();
  if (how.paired) count_a = count_b = std::min(count_a, count_b);
  std::vector<MetricDifference> differences;
  for (size_t metric = 0; metric < Metrics().size(); ++metric) {
    const std::vector<double> of_a = Samples(a, entry_a, metric, count_a);
    const std::vector<double> of_b = Samples(b, entry_b, metric, count_b);
    MetricDifference difference{.metric = metric,
                                .a = EstimateMean(of_a, how.confidence),
                                .b = EstimateMean(of_b, how.confidence)};
    difference.difference = how.paired ? EstimatePairedDifference(of_b, of_a, how.confidence)
                                       : EstimateDifference(of_b, of_a, how.confidence);
    if (difference.a.samples > 0 && difference.b.samples > 0) differences.push_back(difference);
  }
  return differences;
}

}  // namespace

Comparison Compare(const ExperimentResult& a, const ExperimentResult& b, double confidence) {
  Comparison comparison{.paired = a.seed == b.seed, .confidence = confidence};
  comparison.differences = CompareEntries(a, kTotal, b, kTotal, comparison);
  for (size_t i = 0; i < a.functions.size(); ++i) {
    const auto same = std::find_if(
        b.functions.begin(), b.functions.end(),
        [&](const FunctionEstimates& other) { return other.name == a.functions[i].name; });
    if (same == b.functions.end()) continue;
    const auto j = static_cast<size_t>(same - b.functions.begin());
    comparison.functions.push_back(
        {.name = same->name, .differences = CompareEntries(a, i, b, j, comparison)});
  }
  return comparison;
}

Estimate EstimateDifference(absl::Span<const double> b, absl::Span<const double> a,
                            double confidence) {
  Accumulator of_a;
  Accumulator of_b;
  for (const double value : a) of_a.Add(value);
  for (const double value : b) of_b.Add(value);
  const Estimate mean_a = of_a.ToEstimate(confidence);
  const Estimate mean_b = of_b.ToEstimate(confidence);
  Estimate difference{.mean = mean_b.mean - mean_a.mean,
                      .samples = std::min(mean_a.samples, mean_b.samples)};
  if (!difference.has_interval()) return difference;
  const auto part = [](const Accumulator& of) {
    return of.variance() / static_cast<double>(of.samples());
  };
  const double part_a = part(of_a);
  const double part_b = part(of_b);
  difference.standard_error = std::sqrt(part_a + part_b);
  double reach = 0;
  if (part_a + part_b > 0) {
    const double degrees = (part_a + part_b) * (part_a + part_b) /
                           (part_a * part_a / static_cast<double>(of_a.samples() - 1) +
                            part_b * part_b / static_cast<double>(of_b.samples() - 1));
    const auto whole = std::max<int64_t>(1, static_cast<int64_t>(degrees));
    reach = difference.standard_error * StudentQuantile(confidence, whole);
  }
  difference.low = difference.mean - reach;
  difference.high = difference.mean + reach;
  return difference;
}

}  // namespace floe
