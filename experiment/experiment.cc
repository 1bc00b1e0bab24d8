#include "experiment/experiment.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "experiment/merged_result.h"
#include "experiment/metric.h"
#include "experiment/parallel.h"
#include "experiment/run_cost.h"
#include "experiment/run_watch.h"
#include "experiment/warm_up.h"

namespace floe {
namespace {

absl::Status CheckOptions(const ExperimentOptions& options) {
  if (options.replications < 1 || options.replications > kReplicationsMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "replications: ", options.replications, ", but 1 to ", kReplicationsMax, " are possible"));
  }
  // Written so that no number is refused too.
  if (!(options.confidence >= kConfidenceMin && options.confidence <= kConfidenceMax)) {
    return absl::InvalidArgumentError(absl::StrCat("confidence: ", options.confidence, ", but ",
                                                   kConfidenceMin, " to ", kConfidenceMax,
                                                   " are possible"));
  }
  return absl::OkStatus();
}

// Takes results in any order and merges them in theirs. Thread-safe.
class OrderedCollector {
 public:
  void Take(int64_t replication, SimulationResult result, ReplicationValues values) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(replication, Replication{std::move(result), std::move(values)});
    for (auto next = waiting_.begin();
         next != waiting_.end() && next->first == merged_.replications();
         next = waiting_.erase(next)) {
      merged_.Add(std::move(next->second.result));
      values_.push_back(std::move(next->second.values));
    }
  }

  void Fail(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = status;
  }

  // Call these when no other thread uses this any more.
  const absl::Status& status() const { return status_; }
  void MoveTo(ExperimentResult& result) {
    result.replications_done = static_cast<int>(merged_.replications());
    result.merged = merged_.result();
    result.values = std::move(values_);
  }

 private:
  struct Replication {
    SimulationResult result;
    ReplicationValues values;
  };

  std::mutex mutex_;
  // All guarded by mutex_. Those for which an earlier one is missing: hardly more than threads,
  // because replications begin in order.
  std::map<int64_t, Replication> waiting_;
  MergedResult merged_;
  std::vector<ReplicationValues> values_;
  absl::Status status_;
};

}  // namespace

ReplicationValues MeasureRun(const Scenario& scenario, const SimulationResult& result) {
  const std::optional<CostReport> known = CostOfRun(scenario, result);
  const CostReport* cost = known.has_value() ? &*known : nullptr;
  ReplicationValues values{.total = MetricsOfRun(result, cost)};
  if (result.functions.size() > kEntriesWithEstimatesMax) return values;
  values.functions.reserve(result.functions.size());
  for (size_t entry = 0; entry < result.functions.size(); ++entry) {
    values.functions.push_back(MetricsOfFunction(result, cost, entry));
  }
  return values;
}

uint64_t SeedOfReplication(uint64_t seed, int64_t replication) {
  if (replication == 0) return seed;
  // SplitMix64's step and mixing function: seeds that lie side by side give streams that do not.
  uint64_t z = seed + static_cast<uint64_t>(replication) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

absl::StatusOr<PreparedScenario> PrepareScenario(const Scenario& scenario,
                                                 const std::atomic<bool>* cancelled) {
  RETURN_IF_ERROR(ValidateScenario(scenario));
  PreparedScenario prepared{.scenario = scenario, .warm_up_auto = scenario.warm_up_auto};
  if (!scenario.warm_up_auto) return prepared;
  prepared.scenario.warm_up_auto = false;
  prepared.scenario.warm_up = Duration();
  RunWatch watch(1, 1, scenario.duration, cancelled);
  const SimulationResult pilot = RunSimulation(prepared.scenario, nullptr, &watch.Begin(0));
  if (!watch.End(0, pilot.events)) {
    return absl::CancelledError("cancelled while the warm-up was looked for");
  }
  RETURN_IF_ERROR(pilot.trace_status);
  const WarmUp found = WarmUpOf(pilot);
  prepared.scenario.warm_up = found.length;
  prepared.warm_up_settled = found.settled;
  return prepared;
}

absl::StatusOr<ExperimentResult> RunExperiment(const Scenario& asked,
                                               const ExperimentOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  const absl::StatusOr<PreparedScenario> prepared = PrepareScenario(asked, options.cancelled);
  if (!prepared.ok()) return prepared.status();
  const Scenario& scenario = prepared->scenario;
  ParallelOptions parallel = {
      .units = options.replications, .threads = options.threads, .cancelled = options.cancelled};
  RunWatch watch(ThreadsOf(parallel), options.replications, scenario.duration, options.cancelled);
  if (options.on_progress) parallel.tick = [&] { options.on_progress(watch.progress()); };

  OrderedCollector collector;
  RunInParallel(parallel, [&](int64_t replication, int thread) {
    Scenario run = scenario;
    run.seed = SeedOfReplication(scenario.seed, replication);
    SimulationObserver& observer = watch.Begin(thread);
    SimulationResult result =
        RunSimulation(run, replication == 0 ? options.recorder : nullptr, &observer);
    if (!watch.End(thread, result.events)) return;
    if (!result.trace_status.ok()) return collector.Fail(result.trace_status);
    ReplicationValues values = MeasureRun(scenario, result);
    collector.Take(replication, std::move(result), std::move(values));
  });
  RETURN_IF_ERROR(collector.status());

  ExperimentResult result{.scenario_name = scenario.name,
                          .seed = scenario.seed,
                          .duration = scenario.duration,
                          .warm_up = scenario.warm_up,
                          .warm_up_auto = prepared->warm_up_auto,
                          .warm_up_settled = prepared->warm_up_settled,
                          .replications_asked = options.replications,
                          .confidence = options.confidence};
  collector.MoveTo(result);
  if (result.replications_done == 0) {
    return absl::CancelledError(
        absl::StrCat("cancelled before the first replication was finished, after ",
                     static_cast<int>(100 * watch.progress().share),
                     " % of the virtual time: there is nothing to show"));
  }
  EstimateAll(result);
  return result;
}

void EstimateAll(ExperimentResult& result) {
  const size_t metrics = Metrics().size();
  std::vector<double> samples(result.values.size());
  const auto estimate = [&](auto value_of) {
    std::transform(result.values.begin(), result.values.end(), samples.begin(), value_of);
    return EstimateMean(samples, result.confidence);
  };
  result.metrics.clear();
  for (size_t metric = 0; metric < metrics; ++metric) {
    result.metrics.push_back(
        estimate([metric](const ReplicationValues& values) { return values.total[metric]; }));
  }
  result.functions.clear();
  const size_t entries = result.values.empty() ? 0 : result.values.front().functions.size();
  for (size_t entry = 0; entry < entries; ++entry) {
    FunctionEstimates function{.name = result.merged.functions[entry].name,
                               .count = result.merged.functions[entry].count};
    for (size_t metric = 0; metric < metrics; ++metric) {
      function.metrics.push_back(estimate([entry, metric](const ReplicationValues& values) {
        return values.functions[entry][metric];
      }));
    }
    result.functions.push_back(std::move(function));
  }
}

}  // namespace floe
