// Every figure that Floe reports of a run, in one list. Tables, files and comparisons show what
// stands in it; a new figure is one new line.

#ifndef FLOE_EXPERIMENT_METRIC_H_
#define FLOE_EXPERIMENT_METRIC_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "simulator/histogram.h"
#include "simulator/pricing.h"
#include "simulator/simulation.h"
#include "simulator/statistics.h"

namespace floe {

enum class MetricUnit : uint8_t {
  kCount,
  kShare,  // 0 to 1.
  kSeconds,
  kPerSecond,
  kEnvironments,
  kGbSeconds,
  kDollars,
};

// What one run counted of one function, or of all of them. Refers to the result, which outlives it.
struct RunView {
  const InvocationTally& invocations;
  const LatencyTally& latency;
  Histogram latency_all;  // latency.All(), made once.
  Histogram run;          // latency.Run()
  const DeliveryTally& delivery;
  // Null for a single function: environments are counted together.
  const LevelSummary* environments = nullptr;
  // The part of the run that statistics count.
  Duration counted;
  // Null where prices are not known.
  const Cost* run_cost = nullptr;
  const Cost* month_cost = nullptr;
};
// `cost` may be null; else it outlives the view, and has the functions of the result.
RunView ViewOfRun(const SimulationResult& result, const CostReport* cost);
// REQUIRES: entry < result.functions.size().
RunView ViewOfFunction(const SimulationResult& result, const CostReport* cost, size_t entry);

struct Metric {
  std::string_view name;  // Of a column or field: lower case, and never changed.
  MetricUnit unit;
  std::string_view description;
  bool per_function;  // Also defined for a single function.
  // No number where the run has nothing to measure: the cold latency of a run without cold starts.
  double (*of)(const RunView&);
};

// All of them, in the order in which they are shown.
absl::Span<const Metric> Metrics();
// The index in Metrics(); none if there is no such metric.
std::optional<size_t> FindMetric(std::string_view name);

// A metric of all functions together, or of one.
struct Figure {
  std::string function;  // Empty: all.
  size_t metric = 0;     // Index in Metrics().
};
// "latency_p99", or "import.latency_p99" of the function "import". kInvalidArgument: there is no
// such metric, and here are all; or it is not one of a single function.
absl::StatusOr<Figure> ParseFigure(std::string_view text);
std::string FigureName(const Figure& figure);

// Parallel to Metrics().
std::vector<double> MetricsOfRun(const SimulationResult& result, const CostReport* cost);
// Parallel to Metrics(), no number where the metric is not per function.
std::vector<double> MetricsOfFunction(const SimulationResult& result, const CostReport* cost,
                                      size_t entry);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_METRIC_H_
