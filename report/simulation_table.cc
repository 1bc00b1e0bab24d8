#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/engine/describe.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/simulation_report.h"
#include "report/table.h"
#include "simulator/histogram.h"
#include "simulator/simulation.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

// So that the upper tables stand in the same columns.
constexpr size_t kFirstColumn = 26;
constexpr size_t kOtherColumns = 10;

Table NewSection() {
  Table table;
  table.SetMinimumWidths(
      {kFirstColumn, kOtherColumns, kOtherColumns, kOtherColumns, kOtherColumns, kOtherColumns});
  return table;
}

void AddCount(Table& table, std::string_view label, uint64_t count, uint64_t whole) {
  table.AddRow({std::string(label), FormatCount(count), FormatShare(count, whole)});
}

std::string Title(const SimulationResult& result) {
  std::string title =
      absl::StrCat(result.scenario_name.empty() ? "Simulation" : result.scenario_name, ": ",
                   FormatSpan(result.duration), " of virtual time, seed ", result.seed);
  if (result.warm_up > Duration()) {
    absl::StrAppend(&title, ", the first ", FormatSpan(result.warm_up), " not counted");
  }
  return title + "\n";
}

std::string InvocationSection(const InvocationTally& tally) {
  Table table = NewSection();
  table.AddRow({"Invocations", FormatCount(tally.arrived)});
  AddCount(table, "  cold starts", tally.cold_starts, tally.arrived);
  AddCount(table, "  throttled", tally.throttled(), tally.arrived);
  for (int i = 0; i < kThrottleReasonCount; ++i) {
    const uint64_t count = tally.throttled_by_reason[static_cast<size_t>(i)];
    if (count == 0) continue;
    const std::string_view name = ThrottleReasonName(static_cast<ThrottleReason>(i));
    AddCount(table, "    " + std::string(name), count, tally.arrived);
  }
  AddCount(table, "  failed", tally.failed(), tally.arrived);
  for (size_t i = 0; i < kFailureCauseCount; ++i) {
    const uint64_t count = tally.failed_by_cause[i];
    if (count == 0) continue;
    const std::string_view name = FailureCauseName(static_cast<FailureCause>(i));
    AddCount(table, "    " + std::string(name), count, tally.arrived);
  }
  if (tally.function_errors > 0) {
    AddCount(table, "  function errors", tally.function_errors, tally.arrived);
  }
  if (tally.unfinished() > 0) {
    AddCount(table, "  unfinished at the end", tally.unfinished(), tally.arrived);
  }
  return table.ToString();
}

std::vector<std::string> LatencyRow(std::string label, const Histogram& latency) {
  std::vector<std::string> row = {std::move(label)};
  if (latency.count() == 0) return {row[0], "-", "-", "-", "-", "-"};
  for (const double quantile : {0.5, 0.9, 0.99}) {
    row.push_back(FormatLength(latency.Quantile(quantile)));
  }
  row.push_back(FormatLength(latency.max()));
  row.push_back(FormatLength(Duration::FromSeconds(latency.mean_seconds())));
  return row;
}

std::string LatencySection(const LatencyTally& latency) {
  Table table = NewSection();
  table.AddRow({"Latency", "p50", "p90", "p99", "max", "mean"});
  table.AddRow(LatencyRow("  all", latency.All()));
  table.AddRow(LatencyRow("  cold", latency.cold));
  return table.ToString();
}

std::string EnvironmentSection(const LevelSummary& levels) {
  Table table = NewSection();
  const auto add = [&table](const char* label, double mean, int64_t max) {
    table.AddRow({label, FormatNumber(mean), FormatCount(static_cast<uint64_t>(max))});
  };
  table.AddRow({"Environments", "mean", "max"});
  add("  live", levels.mean.live(), levels.max.live);
  add("  busy", levels.mean.busy, levels.max.busy);
  add("  starting", levels.mean.starting, levels.max.starting);
  add("  idle", levels.mean.idle, levels.max.idle);
  return table.ToString();
}

std::string MemorySection(const SimulationResult& result) {
  Table table = NewSection();
  table.AddRow({"Memory", "GB-seconds"});
  table.AddRow({"  billed", FormatNumber(result.invocations.gb_seconds())});
  table.AddRow({"  idle", FormatNumber(result.environments.idle_gb_seconds)});
  return table.ToString();
}

std::vector<std::string> FunctionRow(const FunctionResult& function) {
  const InvocationTally& tally = function.invocations;
  std::string name = "  " + function.name;
  if (function.count > 1) {
    absl::StrAppend(&name, " x ", FormatCount(static_cast<uint64_t>(function.count)));
  }
  const Histogram all = function.latency.All();
  const bool has_latency = all.count() > 0;
  const auto latency = [&](double quantile) {
    return has_latency ? FormatLength(all.Quantile(quantile)) : "-";
  };
  return {name,
          FormatCount(tally.arrived),
          FormatShare(tally.cold_starts, tally.arrived),
          FormatShare(tally.throttled(), tally.arrived),
          FormatCount(tally.failed()),
          latency(0.5),
          latency(0.99),
          FormatNumber(tally.gb_seconds())};
}

std::string FunctionSection(const SimulationResult& result) {
  std::vector<const FunctionResult*> order;
  for (const FunctionResult& function : result.functions) order.push_back(&function);
  // The most invocations first; among equals the order of the scenario.
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->invocations.arrived > b->invocations.arrived;
  });
  Table table;
  table.AddRow(
      {"Functions", "invocations", "cold", "throttled", "failed", "p50", "p99", "GB-s billed"});
  FunctionResult rest;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i < kFunctionsShown) {
      table.AddRow(FunctionRow(*order[i]));
    } else {
      rest.invocations.Merge(order[i]->invocations);
      rest.latency.Merge(order[i]->latency);
    }
  }
  if (order.size() > kFunctionsShown) {
    rest.name = absl::StrCat("(", order.size() - kFunctionsShown, " more)");
    table.AddRow(FunctionRow(rest));
  }
  return table.ToString();
}

}  // namespace

std::string SimulationTable(const SimulationResult& result, const ChartOptions& chart,
                            std::string_view more) {
  std::string text = Title(result) + "\n";
  text += InvocationSection(result.invocations) + "\n";
  text += LatencySection(result.latency) + "\n";
  text += EnvironmentSection(result.environments) + "\n";
  text += MemorySection(result) + "\n";
  if (!more.empty()) absl::StrAppend(&text, absl::string_view(more.data(), more.size()), "\n");
  return text + EnvironmentsAndFunctions(result, chart);
}

std::string EnvironmentsAndFunctions(const SimulationResult& result, const ChartOptions& chart) {
  std::string text = "Environments over time\n";
  std::vector<LevelMeans> series;
  for (const SeriesPart& part : result.environments.series) series.push_back(part.mean);
  text += DrawEnvironments(series, result.duration, chart);
  if (result.functions.size() > 1) text += "\n" + FunctionSection(result);
  return text;
}

}  // namespace floe
