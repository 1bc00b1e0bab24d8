#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "report/experiment_report.h"
#include "report/format.h"
#include "report/metric_format.h"
#include "report/simulation_report.h"
#include "report/table.h"

namespace floe {
namespace {

// The main figures, in groups. Those that are never other than 0 are left out where `only_if_any`,
// and with all lines of a group its heading.
struct Line {
  std::string_view label;
  std::string_view metric;  // Empty: a heading.
  bool only_if_any = false;
};
constexpr Line kFigures[] = {
    {"Invocations", "invocations"},
    {"  arrival rate", "arrival_rate"},
    {"  cold starts", "cold_share"},
    {"  throttled", "throttle_share"},
    {"    account concurrency", "throttle_share_account_concurrency", true},
    {"    reserved concurrency", "throttle_share_reserved_concurrency", true},
    {"    scaling rate", "throttle_share_scaling_rate", true},
    {"    account request rate", "throttle_share_account_request_rate", true},
    {"    reserved request rate", "throttle_share_reserved_request_rate", true},
    {"    no capacity", "throttle_share_no_capacity", true},
    {"  failed", "failure_share"},
    {"  function errors", "error_share", true},
    {"  on provisioned", "provisioned_share", true},
    {"  spilled over", "spillover_share", true},
    {"Latency", ""},
    {"  p50", "latency_p50"},
    {"  p90", "latency_p90"},
    {"  p99", "latency_p99"},
    {"  max", "latency_max"},
    {"  mean", "latency_mean"},
    {"  cold, p50", "cold_latency_p50"},
    {"  cold, p99", "cold_latency_p99"},
    {"Environments", ""},
    {"  live, mean", "environments_mean"},
    {"  live, max", "environments_max"},
    {"  busy, mean", "busy_mean"},
    {"  idle, mean", "idle_mean"},
    {"  utilization", "utilization"},
    {"Memory", ""},
    {"  billed", "billed_gb_seconds"},
    {"  idle", "idle_gb_seconds"},
};
constexpr Line kDeliveryAndCost[] = {
    {"Events and messages", ""},
    {"  delivered", "delivered_share", true},
    {"  dead letters", "dead_letter_share", true},
    {"  age when done, mean", "delivery_latency_mean", true},
    {"  age when done, p99", "delivery_latency_p99", true},
    {"Cost", ""},
    {"  of this run", "cost_run", true},
    {"  of a month like it", "cost_month", true},
    {"    requests", "cost_month_requests", true},
    {"    on demand", "cost_month_on_demand", true},
    {"    provisioned, kept", "cost_month_provisioned_allocated", true},
    {"    provisioned, used", "cost_month_provisioned_duration", true},
    {"    /tmp above 512 MB", "cost_month_tmp", true},
    {"  of a million requests", "cost_per_million", true},
};

std::string Title(const ExperimentResult& result) {
  std::string title =
      absl::StrCat(result.scenario_name.empty() ? "Simulation" : result.scenario_name, ": ",
                   FormatSpan(result.duration), " of virtual time, seed ", result.seed, ", ",
                   FormatCount(static_cast<uint64_t>(result.replications_done)), " replications");
  if (result.replications_done < result.replications_asked) {
    absl::StrAppend(&title, " of ", FormatCount(static_cast<uint64_t>(result.replications_asked)));
  }
  if (result.warm_up > Duration()) {
    absl::StrAppend(&title, ", the first ", FormatSpan(result.warm_up), " not counted");
  }
  return title + "\n";
}

// With the margins where there are any.
void AddLines(const ExperimentResult& result, absl::Span<const Line> lines, Table& table) {
  std::string_view heading;
  for (const Line& line : lines) {
    if (line.metric.empty()) {
      heading = line.label;
      continue;
    }
    const std::optional<size_t> index = FindMetric(line.metric);
    if (!index.has_value()) continue;
    const Estimate& estimate = result.metrics[*index];
    const bool is_any = std::isfinite(estimate.mean) && estimate.mean != 0;
    if (line.only_if_any && !is_any) continue;
    if (!heading.empty()) table.AddRow({std::string(heading)});
    heading = {};
    const MetricUnit unit = Metrics()[*index].unit;
    std::vector<std::string> row = {std::string(line.label), FormatMetric(estimate.mean, unit)};
    if (estimate.has_interval()) {
      row.push_back(FormatMetric((estimate.high - estimate.low) / 2, unit));
    }
    table.AddRow(std::move(row));
  }
}

Table NewFigures() {
  Table table;
  table.SetMinimumWidths({27});
  return table;
}

std::string Figures(const ExperimentResult& result, CharacterSet characters) {
  Table table = NewFigures();
  table.AddRow({"", "mean",
                absl::StrCat(characters == CharacterSet::kAscii ? "+- at " : "± at ",
                             100 * result.confidence, " %")});
  AddLines(result, kFigures, table);
  AddLines(result, kDeliveryAndCost, table);
  return table.ToString();
}

}  // namespace

std::string ExperimentTable(const ExperimentResult& result, const ChartOptions& chart) {
  if (result.replications_done < 2) {
    Table more = NewFigures();
    AddLines(result, kDeliveryAndCost, more);
    return SimulationTable(result.merged, chart, more.ToString());
  }
  std::string text = Title(result) + "\n" + Figures(result, chart.characters) + "\n" +
                     EnvironmentsAndFunctions(result.merged, chart);
  if (result.merged.functions.size() > 1) {
    absl::StrAppend(&text, "  (counts and GB-s of functions are of all ",
                    FormatCount(static_cast<uint64_t>(result.replications_done)),
                    " replications together)\n");
  }
  return text;
}

}  // namespace floe
