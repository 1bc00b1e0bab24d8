#include "experiment/merged_result.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/check.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

// The mean of `count` values, of which `mean` is that of the others.
void Average(double& mean, double value, int64_t count) {
  mean += (value - mean) / static_cast<double>(count);
}

void Average(LevelMeans& mean, const LevelMeans& value, int64_t count) {
  Average(mean.starting, value.starting, count);
  Average(mean.busy, value.busy, count);
  Average(mean.idle, value.idle, count);
  Average(mean.waiting, value.waiting, count);
}

void AddSums(LevelSums& sums, const LevelSums& other) {
  sums.starting += other.starting;
  sums.busy += other.busy;
  sums.idle += other.idle;
  sums.idle_mib += other.idle_mib;
  sums.waiting += other.waiting;
}

void MergePart(SeriesPart& part, const SeriesPart& other, int64_t count) {
  Average(part.mean, other.mean, count);
  part.concurrency_max = std::max(part.concurrency_max, other.concurrency_max);
  part.arrived += other.arrived;
  part.cold_starts += other.cold_starts;
  for (size_t i = 0; i < part.throttled_by_reason.size(); ++i) {
    part.throttled_by_reason[i] += other.throttled_by_reason[i];
  }
}

// Replications are not simultaneous: what the tally calls an upper bound is the maximum here.
void MergeInvocations(InvocationTally& tally, const InvocationTally& other) {
  const int64_t concurrency_max = std::max(tally.concurrency_max, other.concurrency_max);
  tally.Merge(other);
  tally.concurrency_max = concurrency_max;
}

}  // namespace

void MergedResult::Add(SimulationResult result) {
  if (++replications_ == 1) {
    merged_ = std::move(result);
    return;
  }
  CHECK(result.functions.size() == merged_.functions.size());
  CHECK(result.environments.series.size() == merged_.environments.series.size());
  MergeInvocations(merged_.invocations, result.invocations);
  merged_.latency.Merge(result.latency);
  merged_.delivery.Merge(result.delivery);
  merged_.events += result.events;
  for (size_t i = 0; i < result.functions.size(); ++i) {
    MergeInvocations(merged_.functions[i].invocations, result.functions[i].invocations);
    merged_.functions[i].latency.Merge(result.functions[i].latency);
    merged_.functions[i].delivery.Merge(result.functions[i].delivery);
  }
  LevelSummary& levels = merged_.environments;
  Average(levels.mean, result.environments.mean, replications_);
  levels.max.Merge(result.environments.max);
  levels.idle_gb_seconds += result.environments.idle_gb_seconds;
  AddSums(levels.sums, result.environments.sums);
  for (size_t i = 0; i < levels.series.size(); ++i) {
    MergePart(levels.series[i], result.environments.series[i], replications_);
  }
}

}  // namespace floe
