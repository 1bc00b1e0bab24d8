#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/engine/describe.h"
#include "report/json_writer.h"
#include "report/simulation_report.h"
#include "simulator/histogram.h"
#include "simulator/simulation.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

// "account concurrency" becomes "account_concurrency".
std::string FieldName(std::string_view words) {
  std::string name(words);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

void WriteInvocations(JsonWriter& json, const InvocationTally& tally) {
  json.Field("invocations", tally.arrived);
  json.Field("cold_starts", tally.cold_starts);
  json.Field("finished", tally.finished);
  json.Field("function_errors", tally.function_errors);
  json.Field("unfinished", tally.unfinished());
  json.Field("throttled", tally.throttled());
  json.BeginObject("throttled_by_reason");
  for (int i = 0; i < kThrottleReasonCount; ++i) {
    json.Field(FieldName(ThrottleReasonName(static_cast<ThrottleReason>(i))),
               tally.throttled_by_reason[static_cast<size_t>(i)]);
  }
  json.EndObject();
  json.Field("failed", tally.failed());
  json.BeginObject("failed_by_cause");
  for (size_t i = 0; i < kFailureCauseCount; ++i) {
    json.Field(FieldName(FailureCauseName(static_cast<FailureCause>(i))), tally.failed_by_cause[i]);
  }
  json.EndObject();
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

void WriteMeans(JsonWriter& json, std::string_view name, const LevelMeans& means) {
  json.BeginObject(name);
  json.Field("live", means.live());
  json.Field("busy", means.busy);
  json.Field("starting", means.starting);
  json.Field("idle", means.idle);
  json.EndObject();
}

void WriteEnvironments(JsonWriter& json, const SimulationResult& result) {
  const LevelSummary& levels = result.environments;
  json.BeginObject("environments");
  WriteMeans(json, "mean", levels.mean);
  json.BeginObject("max");
  json.Field("live", levels.max.live);
  json.Field("busy", levels.max.busy);
  json.Field("starting", levels.max.starting);
  json.Field("idle", levels.max.idle);
  json.EndObject();
  json.Field("idle_gb_seconds", levels.idle_gb_seconds);
  const auto parts = static_cast<double>(levels.series.size());
  json.Field("series_interval_seconds", parts == 0 ? 0 : result.duration.seconds() / parts);
  json.BeginArray("series");
  for (const SeriesPart& part : levels.series) WriteMeans(json, {}, part.mean);
  json.EndArray();
  json.EndObject();
}

}  // namespace

std::string SimulationJson(const SimulationResult& result) {
  JsonWriter json;
  json.BeginObject();
  json.Field("scenario", result.scenario_name);
  json.Field("seed", result.seed);
  json.Field("duration_seconds", result.duration.seconds());
  json.Field("warm_up_seconds", result.warm_up.seconds());
  json.Field("events", result.events);
  WriteInvocations(json, result.invocations);
  WriteLatency(json, result.latency);
  WriteEnvironments(json, result);
  json.BeginArray("functions");
  for (const FunctionResult& function : result.functions) {
    json.BeginObject();
    json.Field("name", function.name);
    json.Field("count", function.count);
    WriteInvocations(json, function.invocations);
    WriteLatency(json, function.latency);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text();
}

}  // namespace floe
