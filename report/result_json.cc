#include "report/result_json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "experiment/run_cost.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/engine/describe.h"
#include "report/metric_format.h"
#include "simulator/histogram.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

// "account concurrency" becomes "account_concurrency".
std::string FieldName(std::string_view words) {
  std::string name(words);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void WriteThrottles(JsonWriter& json, const ThrottleCounts& counts) {
  json.BeginObject("throttled_by_reason");
  for (int i = 0; i < kThrottleReasonCount; ++i) {
    json.Field(FieldName(ThrottleReasonName(static_cast<ThrottleReason>(i))),
               counts[static_cast<size_t>(i)]);
  }
  json.EndObject();
}

void WriteInvocations(JsonWriter& json, const InvocationTally& tally) {
  json.Field("invocations", tally.arrived);
  json.Field("retries", tally.retries);
  json.Field("cold_starts", tally.cold_starts);
  json.Field("finished", tally.finished);
  json.Field("function_errors", tally.function_errors);
  json.Field("unfinished", tally.unfinished());
  json.Field("throttled", tally.throttled());
  WriteThrottles(json, tally.throttled_by_reason);
  json.Field("failed", tally.failed());
  json.BeginObject("failed_by_cause");
  for (size_t i = 0; i < kFailureCauseCount; ++i) {
    json.Field(FieldName(FailureCauseName(static_cast<FailureCause>(i))), tally.failed_by_cause[i]);
  }
  json.EndObject();
  json.Field("concurrency_max", tally.concurrency_max);
  json.Field("billed_gb_seconds", tally.gb_seconds());
}

void WriteHistogram(JsonWriter& json, std::string_view name, const Histogram& histogram) {
  json.BeginObject(name);
  json.Field("count", histogram.count());
  json.Field("mean", histogram.mean_seconds());
  json.Field("min", histogram.min().seconds());
  json.Field("p50", histogram.Quantile(0.5).seconds());
  json.Field("p90", histogram.Quantile(0.9).seconds());
  json.Field("p95", histogram.Quantile(0.95).seconds());
  json.Field("p99", histogram.Quantile(0.99).seconds());
  json.Field("p999", histogram.Quantile(0.999).seconds());
  json.Field("max", histogram.max().seconds());
  json.EndObject();
}

void WriteLatency(JsonWriter& json, const LatencyTally& latency) {
  WriteHistogram(json, "latency_seconds", latency.All());
  WriteHistogram(json, "cold_latency_seconds", latency.cold);
}

// The whole and its parts, with a name each.
std::vector<std::pair<std::string_view, Histogram>> LatencyParts(const LatencyTally& latency) {
  return {{"latency", latency.All()},
          {"warm_latency", latency.warm},
          {"cold_latency", latency.cold},
          {"queued_latency", latency.queued},
          {"cold_init", latency.cold_init},
          {"queued_run", latency.queued_run},
          {"run", latency.Run()}};
}

// Every percent, and from 99 % on ten steps for each further nine.
std::vector<double> QuantileGrid() {
  std::vector<double> grid;
  for (int percent = 0; percent < 99; ++percent) grid.push_back(percent / 100.0);
  for (int tenth = 0; tenth <= 40; ++tenth)
    grid.push_back(1 - 0.01 * std::pow(10.0, -tenth / 10.0));
  grid.push_back(1);
  return grid;
}

void WriteLatencyParts(JsonWriter& json, const LatencyTally& latency) {
  const std::vector<std::pair<std::string_view, Histogram>> parts = LatencyParts(latency);
  for (const auto& [name, histogram] : parts) {
    WriteHistogram(json, std::string(name) + "_seconds", histogram);
  }
  json.BeginObject("latency_quantiles");
  const std::vector<double> grid = QuantileGrid();
  json.Numbers("probabilities", grid);
  for (const auto& [name, histogram] : parts) {
    if (histogram.count() == 0) continue;
    std::vector<double> seconds;
    for (const double probability : grid) {
      seconds.push_back(histogram.Quantile(probability).seconds());
    }
    json.Numbers(name, seconds);
  }
  json.EndObject();
}

void WriteMeanFields(JsonWriter& json, const LevelMeans& means) {
  json.Field("live", means.live());
  json.Field("busy", means.busy);
  json.Field("starting", means.starting);
  json.Field("idle", means.idle);
  json.Field("concurrency", means.concurrency());
}

void WriteSeriesPart(JsonWriter& json, const SeriesPart& part) {
  json.BeginObject();
  WriteMeanFields(json, part.mean);
  json.Field("concurrency_max", part.concurrency_max);
  json.Field("invocations", part.arrived);
  json.Field("cold_starts", part.cold_starts);
  WriteThrottles(json, part.throttled_by_reason);
  json.EndObject();
}

void WriteEnvironments(JsonWriter& json, const SimulationResult& result) {
  const LevelSummary& levels = result.environments;
  json.BeginObject("environments");
  json.BeginObject("mean");
  WriteMeanFields(json, levels.mean);
  json.EndObject();
  json.BeginObject("max");
  json.Field("live", levels.max.live);
  json.Field("busy", levels.max.busy);
  json.Field("starting", levels.max.starting);
  json.Field("idle", levels.max.idle);
  json.Field("concurrency", levels.max.concurrency);
  json.EndObject();
  json.Field("idle_gb_seconds", levels.idle_gb_seconds);
  const auto parts = static_cast<double>(levels.series.size());
  json.Field("series_interval_seconds", parts == 0 ? 0 : result.duration.seconds() / parts);
  json.BeginArray("series");
  for (const SeriesPart& part : levels.series) WriteSeriesPart(json, part);
  json.EndArray();
  json.EndObject();
}

void WriteEstimate(JsonWriter& json, const Estimate& estimate) {
  json.Field("mean", estimate.mean);
  json.Field("low", estimate.low);
  json.Field("high", estimate.high);
  json.Field("standard_error", estimate.standard_error);
  json.Field("samples", estimate.samples);
}

void WriteMetrics(JsonWriter& json, const std::vector<Estimate>& estimates) {
  json.BeginArray("metrics");
  for (size_t i = 0; i < estimates.size(); ++i) {
    const Metric& metric = Metrics()[i];
    json.BeginObject();
    json.Field("name", metric.name);
    json.Field("unit", MetricUnitName(metric.unit));
    json.Field("description", metric.description);
    WriteEstimate(json, estimates[i]);
    json.EndObject();
  }
  json.EndArray();
}

void WriteFunctionMetrics(JsonWriter& json, const std::vector<Estimate>& estimates) {
  json.BeginObject("metrics");
  for (size_t i = 0; i < estimates.size(); ++i) {
    if (!Metrics()[i].per_function) continue;
    json.BeginObject(Metrics()[i].name);
    WriteEstimate(json, estimates[i]);
    json.EndObject();
  }
  json.EndObject();
}

void WriteLimitsAndPrices(JsonWriter& json, const Scenario& scenario) {
  json.BeginObject("limits");
  json.Field("account_concurrency", int64_t{scenario.scheduler.account_concurrency});
  json.EndObject();
  json.BeginObject("prices");
  json.Field("profile", scenario.prices.profile);
  json.Field("free_tier",
             std::string_view(scenario.prices.free_tier ? "deducted" : "not deducted"));
  json.EndObject();
}

// What is known beside the counts; each may be null.
struct Context {
  const ExperimentResult* experiment = nullptr;
  const Scenario* scenario = nullptr;
};

void WriteFunctions(JsonWriter& json, const SimulationResult& result, const Context& context) {
  std::vector<const ScenarioFunction*> entries;
  if (context.scenario != nullptr) entries = ResultEntries(*context.scenario);
  json.BeginArray("functions");
  for (size_t entry = 0; entry < result.functions.size(); ++entry) {
    const FunctionResult& function = result.functions[entry];
    json.BeginObject();
    json.Field("name", function.name);
    json.Field("count", function.count);
    if (entry < entries.size() && entries[entry]->concurrency_reserved.has_value()) {
      json.Field("concurrency_reserved", int64_t{*entries[entry]->concurrency_reserved});
    }
    WriteInvocations(json, function.invocations);
    WriteLatency(json, function.latency);
    if (context.experiment != nullptr && entry < context.experiment->functions.size()) {
      WriteFunctionMetrics(json, context.experiment->functions[entry].metrics);
    }
    json.EndObject();
  }
  json.EndArray();
}

std::string ResultJson(const SimulationResult& result, const Context& context, JsonLayout layout) {
  JsonWriter json(layout);
  json.BeginObject();
  json.Field("scenario", result.scenario_name);
  json.Field("seed", result.seed);
  json.Field("duration_seconds", result.duration.seconds());
  const ExperimentResult* experiment = context.experiment;
  const Duration warm_up = experiment == nullptr ? result.warm_up : experiment->warm_up;
  json.Field("warm_up_seconds", warm_up.seconds());
  json.Field("replications", int64_t{experiment == nullptr ? 1 : experiment->replications_done});
  if (experiment != nullptr) {
    json.Field("confidence", experiment->confidence);
    WriteMetrics(json, experiment->metrics);
  }
  if (context.scenario != nullptr) WriteLimitsAndPrices(json, *context.scenario);
  json.Field("events", result.events);
  WriteInvocations(json, result.invocations);
  WriteLatencyParts(json, result.latency);
  WriteEnvironments(json, result);
  WriteFunctions(json, result, context);
  json.EndObject();
  return json.text();
}

}  // namespace

std::string SimulationJson(const SimulationResult& result) {
  return ResultJson(result, {}, JsonLayout::kIndented);
}

std::string ExperimentJson(const ExperimentResult& result, const Scenario* scenario,
                           JsonLayout layout) {
  return ResultJson(result.merged, {.experiment = &result, .scenario = scenario}, layout);
}

}  // namespace floe
