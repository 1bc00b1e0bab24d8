#include "experiment/metric.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "experiment/estimate.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"

namespace floe {
namespace {

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? kNoNumber : static_cast<double>(part) / static_cast<double>(whole);
}

double Count(uint64_t count) {
  return static_cast<double>(count);
}

double ThrottledBy(const RunView& run, ThrottleReason reason) {
  return Ratio(run.invocations.throttled_by_reason[static_cast<size_t>(reason)],
               run.invocations.arrived);
}

double FailedBy(const RunView& run, FailureCause cause) {
  return Ratio(run.invocations.failed_by_cause[static_cast<size_t>(cause)],
               run.invocations.accepted());
}

double Mean(const Histogram& histogram) {
  return histogram.count() == 0 ? kNoNumber : histogram.mean_seconds();
}

double Quantile(const Histogram& histogram, double quantile) {
  return histogram.count() == 0 ? kNoNumber : histogram.Quantile(quantile).seconds();
}

// Without a level where the environments of a function are not known.
template <typename Read>
double Level(const RunView& run, Read read) {
  return run.environments == nullptr ? kNoNumber : static_cast<double>(read(*run.environments));
}

double Dollars(const Cost* cost, PicoDollars Cost::*item) {
  return cost == nullptr ? kNoNumber : static_cast<double>(cost->*item) * 1e-12;
}

double TotalDollars(const Cost* cost) {
  return cost == nullptr ? kNoNumber : static_cast<double>(cost->total()) * 1e-12;
}

using Run = const RunView&;
using Levels = const LevelSummary&;

constexpr Metric kMetrics[] = {
    {"invocations", MetricUnit::kCount, "requests that arrived", true,
     [](Run run) { return Count(run.invocations.arrived); }},
    {"arrival_rate", MetricUnit::kPerSecond, "requests per second", true,
     [](Run run) { return Count(run.invocations.arrived) / run.counted.seconds(); }},

    {"retry_share", MetricUnit::kShare, "requests that repeat an earlier one", true,
     [](Run run) { return Ratio(run.invocations.retries, run.invocations.arrived); }},

    {"cold_starts", MetricUnit::kCount, "invocations for which an environment was made", true,
     [](Run run) { return Count(run.invocations.cold_starts); }},
    {"cold_share", MetricUnit::kShare, "cold starts in the accepted invocations", true,
     [](Run run) { return Ratio(run.invocations.cold_starts, run.invocations.accepted()); }},

    {"provisioned_share", MetricUnit::kShare,
     "accepted invocations that provisioned concurrency served", true,
     [](Run run) { return Ratio(run.invocations.provisioned, run.invocations.accepted()); }},
    {"spillover_share", MetricUnit::kShare,
     "accepted invocations on demand while there was provisioned concurrency", true,
     [](Run run) { return Ratio(run.invocations.spilled_over, run.invocations.accepted()); }},

    {"throttle_share", MetricUnit::kShare, "throttled requests, for any reason", true,
     [](Run run) { return Ratio(run.invocations.throttled(), run.invocations.arrived); }},
    {"throttle_share_account_concurrency", MetricUnit::kShare,
     "throttled by the account's concurrency", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kAccountConcurrency); }},
    {"throttle_share_reserved_concurrency", MetricUnit::kShare,
     "throttled by the function's reserved concurrency", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kReservedConcurrency); }},
    {"throttle_share_scaling_rate", MetricUnit::kShare,
     "throttled because new environments appear too fast", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kScalingRate); }},
    {"throttle_share_account_request_rate", MetricUnit::kShare,
     "throttled by the account's request rate", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kAccountRequestRate); }},
    {"throttle_share_reserved_request_rate", MetricUnit::kShare,
     "throttled by the request rate of the reserved concurrency", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kReservedRequestRate); }},
    {"throttle_share_no_capacity", MetricUnit::kShare, "throttled because no node has room", true,
     [](Run run) { return ThrottledBy(run, ThrottleReason::kNoCapacity); }},

    {"error_share", MetricUnit::kShare, "accepted invocations that the function ended in error",
     true,
     [](Run run) { return Ratio(run.invocations.function_errors, run.invocations.accepted()); }},
    {"failure_share", MetricUnit::kShare,
     "accepted invocations that ended without an answer, time-outs included", true,
     [](Run run) { return Ratio(run.invocations.failed(), run.invocations.accepted()); }},
    {"timeout_share", MetricUnit::kShare, "accepted invocations that passed the time-out", true,
     [](Run run) { return FailedBy(run, FailureCause::kTimedOut); }},
    {"crash_share", MetricUnit::kShare, "accepted invocations whose runtime died", true,
     [](Run run) { return FailedBy(run, FailureCause::kRuntimeExited); }},

    {"latency_mean", MetricUnit::kSeconds, "from arrival to answer or failure, mean", true,
     [](Run run) { return Mean(run.latency_all); }},
    {"latency_p50", MetricUnit::kSeconds, "half of the latencies are at most this", true,
     [](Run run) { return Quantile(run.latency_all, 0.5); }},
    {"latency_p90", MetricUnit::kSeconds, "90 % of the latencies are at most this", true,
     [](Run run) { return Quantile(run.latency_all, 0.9); }},
    {"latency_p95", MetricUnit::kSeconds, "95 % of the latencies are at most this", true,
     [](Run run) { return Quantile(run.latency_all, 0.95); }},
    {"latency_p99", MetricUnit::kSeconds, "99 % of the latencies are at most this", true,
     [](Run run) { return Quantile(run.latency_all, 0.99); }},
    {"latency_p99.9", MetricUnit::kSeconds, "99.9 % of the latencies are at most this", true,
     [](Run run) { return Quantile(run.latency_all, 0.999); }},
    {"latency_max", MetricUnit::kSeconds, "the greatest latency", true,
     [](Run run) { return Quantile(run.latency_all, 1); }},

    {"cold_latency_mean", MetricUnit::kSeconds, "latency of cold starts, mean", true,
     [](Run run) { return Mean(run.latency.cold); }},
    {"cold_latency_p50", MetricUnit::kSeconds, "half of the cold starts take at most this", true,
     [](Run run) { return Quantile(run.latency.cold, 0.5); }},
    {"cold_latency_p90", MetricUnit::kSeconds, "90 % of the cold starts take at most this", true,
     [](Run run) { return Quantile(run.latency.cold, 0.9); }},
    {"cold_latency_p95", MetricUnit::kSeconds, "95 % of the cold starts take at most this", true,
     [](Run run) { return Quantile(run.latency.cold, 0.95); }},
    {"cold_latency_p99", MetricUnit::kSeconds, "99 % of the cold starts take at most this", true,
     [](Run run) { return Quantile(run.latency.cold, 0.99); }},

    {"cold_init_mean", MetricUnit::kSeconds, "the part of cold starts before the run, mean", true,
     [](Run run) { return Mean(run.latency.cold_init); }},
    {"cold_init_p99", MetricUnit::kSeconds, "99 % of these parts take at most this", true,
     [](Run run) { return Quantile(run.latency.cold_init, 0.99); }},
    {"warm_latency_mean", MetricUnit::kSeconds,
     "latency of invocations that met an idle environment, mean", true,
     [](Run run) { return Mean(run.latency.warm); }},
    {"warm_latency_p99", MetricUnit::kSeconds, "99 % of them take at most this", true,
     [](Run run) { return Quantile(run.latency.warm, 0.99); }},
    {"queued_latency_mean", MetricUnit::kSeconds,
     "latency of invocations that waited for an environment that others had used, mean", true,
     [](Run run) { return Mean(run.latency.queued); }},
    {"run_mean", MetricUnit::kSeconds, "from the assignment to the answer, mean", true,
     [](Run run) { return Mean(run.run); }},
    {"run_p99", MetricUnit::kSeconds, "99 % of the runs take at most this", true,
     [](Run run) { return Quantile(run.run, 0.99); }},

    {"delivered_share", MetricUnit::kShare,
     "events and messages that were delivered, in those that came", true,
     [](Run run) { return Ratio(run.delivery.delivered, run.delivery.arrived); }},
    {"dead_letter_share", MetricUnit::kShare, "events and messages that were given up", true,
     [](Run run) { return Ratio(run.delivery.dead(), run.delivery.arrived); }},
    {"delivery_latency_mean", MetricUnit::kSeconds,
     "from the arrival of an event or message to its delivery, mean", true,
     [](Run run) { return Mean(run.delivery.latency); }},
    {"delivery_latency_p99", MetricUnit::kSeconds,
     "99 % of the events and messages are delivered within this", true,
     [](Run run) { return Quantile(run.delivery.latency, 0.99); }},

    {"concurrency_mean", MetricUnit::kCount, "invocations in flight, mean", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.mean.concurrency(); }); }},
    {"concurrency_max", MetricUnit::kCount, "the most invocations in flight at once", true,
     [](Run run) {
       // The tally of all functions adds up their maxima, which they do not reach at the same time.
       return static_cast<double>(run.environments == nullptr ? run.invocations.concurrency_max
                                                              : run.environments->max.concurrency);
     }},
    {"waiting_mean", MetricUnit::kCount, "invocations that wait for an environment, mean", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.mean.waiting; }); }},

    {"environments_mean", MetricUnit::kEnvironments, "environments over time, mean", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.mean.live(); }); }},
    {"environments_max", MetricUnit::kEnvironments, "the most environments at once", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.max.live; }); }},
    {"busy_mean", MetricUnit::kEnvironments, "environments that run an invocation, mean", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.mean.busy; }); }},
    {"busy_max", MetricUnit::kEnvironments, "the most that run an invocation at once", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.max.busy; }); }},
    {"starting_mean", MetricUnit::kEnvironments, "environments being made, mean", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.mean.starting; }); }},
    {"starting_max", MetricUnit::kEnvironments, "the most being made at once", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.max.starting; }); }},
    {"idle_mean", MetricUnit::kEnvironments, "environments that wait for an invocation, mean",
     false, [](Run run) { return Level(run, [](Levels levels) { return levels.mean.idle; }); }},
    {"idle_max", MetricUnit::kEnvironments, "the most that wait at once", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.max.idle; }); }},
    {"utilization", MetricUnit::kShare, "the part of the environments' time that is busy", false,
     [](Run run) {
       return Level(run, [](Levels levels) {
         return levels.mean.live() > 0 ? levels.mean.busy / levels.mean.live() : kNoNumber;
       });
     }},

    {"billed_gb_seconds", MetricUnit::kGbSeconds, "billed: run time and init times memory", true,
     [](Run run) { return run.invocations.gb_seconds(); }},
    {"init_gb_seconds", MetricUnit::kGbSeconds, "the part of it that is init", true,
     [](Run run) { return run.invocations.init_gb_seconds(); }},
    {"provisioned_gb_seconds", MetricUnit::kGbSeconds,
     "the part of it that ran on provisioned concurrency", true,
     [](Run run) { return run.invocations.provisioned_gb_seconds(); }},
    {"allocated_gb_seconds", MetricUnit::kGbSeconds,
     "provisioned concurrency times memory, used or not", true,
     [](Run run) { return run.invocations.allocated_gb_seconds(); }},
    {"idle_gb_seconds", MetricUnit::kGbSeconds, "wasted: idle time times memory", false,
     [](Run run) { return Level(run, [](Levels levels) { return levels.idle_gb_seconds; }); }},

    {"cost_run", MetricUnit::kDollars, "what the counted time costs", true,
     [](Run run) { return TotalDollars(run.run_cost); }},
    {"cost_per_million", MetricUnit::kDollars, "what a million requests cost", true,
     [](Run run) {
       const uint64_t requests = run.invocations.arrived;
       return requests == 0 ? kNoNumber : TotalDollars(run.run_cost) / Count(requests) * 1e6;
     }},
    {"cost_month", MetricUnit::kDollars, "what a month like the counted time costs", true,
     [](Run run) { return TotalDollars(run.month_cost); }},
    {"cost_month_requests", MetricUnit::kDollars, "the part of it for requests", true,
     [](Run run) { return Dollars(run.month_cost, &Cost::requests); }},
    {"cost_month_on_demand", MetricUnit::kDollars, "the part for GB-seconds on demand, with init",
     true, [](Run run) { return Dollars(run.month_cost, &Cost::on_demand); }},
    {"cost_month_provisioned_allocated", MetricUnit::kDollars,
     "the part for having provisioned concurrency", true,
     [](Run run) { return Dollars(run.month_cost, &Cost::provisioned_allocated); }},
    {"cost_month_provisioned_duration", MetricUnit::kDollars,
     "the part for running on provisioned concurrency", true,
     [](Run run) { return Dollars(run.month_cost, &Cost::provisioned_duration); }},
    {"cost_month_tmp", MetricUnit::kDollars, "the part for /tmp above 512 MB", true,
     [](Run run) { return Dollars(run.month_cost, &Cost::tmp); }},
};

std::vector<double> ValuesOf(const RunView& run) {
  std::vector<double> values;
  values.reserve(std::size(kMetrics));
  for (const Metric& metric : kMetrics) values.push_back(metric.of(run));
  return values;
}

}  // namespace

RunView ViewOfRun(const SimulationResult& result, const CostReport* cost) {
  return {.invocations = result.invocations,
          .latency = result.latency,
          .latency_all = result.latency.All(),
          .run = result.latency.Run(),
          .delivery = result.delivery,
          .environments = &result.environments,
          .counted = result.duration - result.warm_up,
          .run_cost = cost == nullptr ? nullptr : &cost->run,
          .month_cost = cost == nullptr ? nullptr : &cost->month};
}

RunView ViewOfFunction(const SimulationResult& result, const CostReport* cost, size_t entry) {
  const FunctionResult& function = result.functions[entry];
  return {.invocations = function.invocations,
          .latency = function.latency,
          .latency_all = function.latency.All(),
          .run = function.latency.Run(),
          .delivery = function.delivery,
          .counted = result.duration - result.warm_up,
          .run_cost = cost == nullptr ? nullptr : &cost->functions[entry].run,
          .month_cost = cost == nullptr ? nullptr : &cost->functions[entry].month};
}

absl::Span<const Metric> Metrics() {
  return kMetrics;
}

std::optional<size_t> FindMetric(std::string_view name) {
  const auto* found = std::find_if(std::begin(kMetrics), std::end(kMetrics),
                                   [name](const Metric& metric) { return metric.name == name; });
  if (found == std::end(kMetrics)) return std::nullopt;
  return static_cast<size_t>(found - std::begin(kMetrics));
}

absl::StatusOr<Figure> ParseFigure(std::string_view text) {
  if (const std::optional<size_t> metric = FindMetric(text)) return Figure{.metric = *metric};
  // Names of metrics and of functions may have dots in them.
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    const std::optional<size_t> metric = FindMetric(text.substr(dot + 1));
    if (!metric.has_value()) continue;
    if (kMetrics[*metric].per_function) {
      return Figure{.function = std::string(text.substr(0, dot)), .metric = *metric};
    }
    return absl::InvalidArgumentError(absl::StrCat("'", std::string(text),
                                                   "': ", std::string(kMetrics[*metric].name),
                                                   " is known of all functions together only"));
  }
  std::string known;
  for (const Metric& metric : kMetrics) {
    absl::StrAppendFormat(&known, "\n  %-39s %s", metric.name, metric.description);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no metric '", std::string(text), "'; there are:", known));
}

std::string FigureName(const Figure& figure) {
  const std::string metric(kMetrics[figure.metric].name);
  return figure.function.empty() ? metric : figure.function + "." + metric;
}

std::vector<double> MetricsOfRun(const SimulationResult& result, const CostReport* cost) {
  return ValuesOf(ViewOfRun(result, cost));
}

std::vector<double> MetricsOfFunction(const SimulationResult& result, const CostReport* cost,
                                      size_t entry) {
  return ValuesOf(ViewOfFunction(result, cost, entry));
}

}  // namespace floe
