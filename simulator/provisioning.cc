#include "simulator/provisioning.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/check.h"

namespace floe {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

std::optional<TargetTracking> TrackingOf(const ProvisionedConcurrency& provisioned) {
  if (!provisioned.tracking.has_value()) return std::nullopt;
  const double target = provisioned.tracking->target_utilization;
  return TargetTracking{.min = provisioned.tracking->min,
                        .max = provisioned.tracking->max,
                        .target = std::llround(target * static_cast<double>(kUtilizationOne))};
}

}  // namespace

Provisioning::Provisioning(const Scenario& scenario)
    : counted_from_(Instant() + scenario.warm_up),
      run_end_(Instant() + scenario.duration),
      paid_ns_(scenario.functions.size()) {
  uint32_t id = 0;
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    const ProvisionedConcurrency& provisioned = function.provisioned;
    memory_mib_.push_back(function.memory_mib);
    const bool has_any = !provisioned.schedule.empty() || provisioned.tracking.has_value();
    for (int64_t i = 0; i < function.count; ++i, ++id) {
      if (!has_any) continue;
      std::vector<ScheduledProvision> schedule;
      for (const ProvisionedChange& change : provisioned.schedule) {
        schedule.push_back({.at = change.at, .concurrency = change.concurrency});
      }
      index_.resize(id + 1, kNone);
      index_[id] = static_cast<uint32_t>(provisioned_.size());
      provisioned_.push_back({.scaler = ProvisionedScaler(FunctionId{id}, std::move(schedule),
                                                          TrackingOf(provisioned), Instant()),
                              .entry = static_cast<uint32_t>(entry)});
      const Instant first = provisioned_.back().scaler.NextDeadline();
      if (first != Instant::InfiniteFuture()) timers_.Push(first, index_[id]);
      is_used_ = true;
    }
  }
}

std::optional<ProvisionedConcurrencySet> Provisioning::Step(Instant now) {
  const uint32_t index = timers_.top_value();
  timers_.Pop();
  Provisioned& provisioned = provisioned_[index];
  const std::optional<ProvisionedConcurrencySet> change = provisioned.scaler.Step(
      now, {.available = provisioned.available, .busy_max = provisioned.busy_max});
  provisioned.busy_max = provisioned.busy;
  const Instant next = provisioned.scaler.NextDeadline();
  if (next != Instant::InfiniteFuture()) timers_.Push(next, index);
  const auto units = static_cast<size_t>(provisioned.scaler.concurrency());
  while (provisioned.units.size() > units) {
    Pay(provisioned.entry, provisioned.units.back(), now);
    provisioned.units.pop_back();
  }
  provisioned.units.resize(units, now);
  return change;
}

int32_t Provisioning::requested(FunctionId function) const {
  if (function.value >= index_.size() || index_[function.value] == kNone) return 0;
  return provisioned_[index_[function.value]].scaler.concurrency();
}

Provisioning::Provisioned* Provisioning::Find(FunctionId function) {
  if (function.value >= index_.size() || index_[function.value] == kNone) return nullptr;
  return &provisioned_[index_[function.value]];
}

void Provisioning::AddAvailable(FunctionId function, int32_t count) {
  if (Provisioned* provisioned = Find(function)) provisioned->available += count;
}

void Provisioning::AddBusy(FunctionId function, int32_t count) {
  Provisioned* provisioned = Find(function);
  if (provisioned == nullptr) return;
  provisioned->busy += count;
  provisioned->busy_max = std::max(provisioned->busy_max, provisioned->busy);
}

void Provisioning::Pay(uint32_t entry, Instant begin, Instant end) {
  const int64_t step = kProvisionedStep.nanoseconds();
  const int64_t steps = ((end - begin).nanoseconds() + step - 1) / step;
  const Instant paid_from = std::max(begin, counted_from_);
  const Instant paid_until = std::min(begin + kProvisionedStep * steps, run_end_);
  if (paid_until <= paid_from) return;
  paid_ns_[entry] += static_cast<uint64_t>((paid_until - paid_from).nanoseconds());
}

std::vector<unsigned __int128> Provisioning::TakeAllocated() {
  for (Provisioned& provisioned : provisioned_) {
    for (const Instant begin : provisioned.units) Pay(provisioned.entry, begin, run_end_);
    provisioned.units.clear();
  }
  std::vector<unsigned __int128> mib_ms;
  for (size_t entry = 0; entry < paid_ns_.size(); ++entry) {
    mib_ms.push_back(paid_ns_[entry] * static_cast<uint64_t>(memory_mib_[entry]) /
                     kNanosecondsPerMillisecond);
  }
  return mib_ms;
}

}  // namespace floe
