#include "simulator/statistics.h"

#include <numeric>
#include <utility>

#include "base/check.h"

namespace floe {
namespace {

double Mean(__int128 sum, Duration span) {
  return static_cast<double>(sum) / static_cast<double>(span.nanoseconds());
}

LevelMeans MeansOf(const LevelSums& sums, Duration span) {
  return {.starting = Mean(sums.starting, span),
          .busy = Mean(sums.busy, span),
          .idle = Mean(sums.idle, span),
          .waiting = Mean(sums.waiting, span)};
}

double GbSeconds(unsigned __int128 mib_ms) {
  return static_cast<double>(mib_ms) / (1'024.0 * 1'000.0);
}

template <size_t size>
uint64_t Total(const std::array<uint64_t, size>& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

template <size_t size>
void AddTo(std::array<uint64_t, size>& counts, const std::array<uint64_t, size>& more) {
  for (size_t i = 0; i < size; ++i) counts[i] += more[i];
}

}  // namespace

uint64_t InvocationTally::throttled() const {
  return Total(throttled_by_reason);
}

uint64_t InvocationTally::failed() const {
  return Total(failed_by_cause);
}

double InvocationTally::gb_seconds() const {
  return GbSeconds(billed_mib_ms + billed_provisioned_mib_ms);
}
double InvocationTally::provisioned_gb_seconds() const {
  return GbSeconds(billed_provisioned_mib_ms);
}
double InvocationTally::init_gb_seconds() const {
  return GbSeconds(billed_init_mib_ms);
}
double InvocationTally::tmp_gb_seconds() const {
  return GbSeconds(billed_tmp_mib_ms);
}
double InvocationTally::allocated_gb_seconds() const {
  return GbSeconds(allocated_mib_ms);
}

void InvocationTally::Merge(const InvocationTally& other) {
  arrived += other.arrived;
  retries += other.retries;
  cold_starts += other.cold_starts;
  provisioned += other.provisioned;
  spilled_over += other.spilled_over;
  finished += other.finished;
  function_errors += other.function_errors;
  AddTo(throttled_by_reason, other.throttled_by_reason);
  AddTo(failed_by_cause, other.failed_by_cause);
  concurrency_max += other.concurrency_max;
  unfinished_ns += other.unfinished_ns;
  billed_requests += other.billed_requests;
  billed_mib_ms += other.billed_mib_ms;
  billed_provisioned_mib_ms += other.billed_provisioned_mib_ms;
  billed_init_mib_ms += other.billed_init_mib_ms;
  billed_tmp_mib_ms += other.billed_tmp_mib_ms;
  allocated_mib_ms += other.allocated_mib_ms;
}

Histogram LatencyTally::All() const {
  Histogram all = warm;
  all.Merge(cold);
  all.Merge(queued);
  return all;
}

Histogram LatencyTally::Run() const {
  Histogram run = warm;
  run.Merge(cold_run);
  run.Merge(queued_run);
  return run;
}

void LatencyTally::Merge(const LatencyTally& other) {
  warm.Merge(other.warm);
  cold.Merge(other.cold);
  cold_init.Merge(other.cold_init);
  cold_run.Merge(other.cold_run);
  queued.Merge(other.queued);
  queued_run.Merge(other.queued_run);
}

uint64_t DeliveryTally::dead() const {
  return Total(dead_by_cause);
}

void DeliveryTally::Merge(const DeliveryTally& other) {
  arrived += other.arrived;
  delivered += other.delivered;
  AddTo(dead_by_cause, other.dead_by_cause);
  refused += other.refused;
  age.Merge(other.age);
  latency.Merge(other.latency);
}

void LevelMaxima::Merge(const LevelMaxima& other) {
  starting = std::max(starting, other.starting);
  busy = std::max(busy, other.busy);
  idle = std::max(idle, other.idle);
  live = std::max(live, other.live);
  concurrency = std::max(concurrency, other.concurrency);
}

LevelTracker::LevelTracker(Duration duration, Duration warm_up)
    : duration_(duration), counted_from_(Instant() + warm_up) {
  CHECK(warm_up < duration);
  series_.reserve(kSeriesParts);
  next_border_ = std::min(counted_from_, PartEnd(0));
}

Instant LevelTracker::PartEnd(size_t part) const {
  const auto end = static_cast<__int128>(duration_.nanoseconds()) * static_cast<__int128>(part + 1);
  return Instant::FromNanoseconds(static_cast<int64_t>(end / kSeriesParts));
}

void LevelTracker::Add(Instant now, const LevelSums& sums, const LevelMaxima& max,
                       const SeriesPart& counts) {
  CHECK(now <= next_border_);
  last_ = now;
  sums_.starting += sums.starting;
  sums_.busy += sums.busy;
  sums_.idle += sums.idle;
  sums_.idle_mib += sums.idle_mib;
  sums_.waiting += sums.waiting;
  max_.Merge(max);
  part_.arrived += counts.arrived;
  part_.cold_starts += counts.cold_starts;
  AddTo(part_.throttled_by_reason, counts.throttled_by_reason);
  Reach(now);
}

void LevelTracker::CrossBorders(Instant now) {
  while (next_border_ <= now) {
    const Instant border = next_border_;
    AddUp(border);
    part_.concurrency_max = std::max(part_.concurrency_max, max_.concurrency);
    if (border > counted_from_) counted_max_.Merge(max_);
    max_ = {};
    if (border == counted_from_) before_counting_ = sums_;
    next_border_ = Instant::InfiniteFuture();
    while (series_.size() < kSeriesParts && PartEnd(series_.size()) <= border) {
      EndPart(series_.empty() ? Instant() : PartEnd(series_.size() - 1), border);
    }
    if (series_.size() < kSeriesParts) next_border_ = PartEnd(series_.size());
    if (counted_from_ > border) next_border_ = std::min(next_border_, counted_from_);
  }
}

void LevelTracker::EndPart(Instant begin, Instant end) {
  part_.mean = MeansOf(sums_ - before_part_, std::max(end - begin, Duration::Nanoseconds(1)));
  before_part_ = sums_;
  series_.push_back(part_);
  part_ = {};
}

LevelSummary LevelTracker::Finish() {
  Advance(Instant() + duration_);
  const LevelSums counted = sums_ - before_counting_;
  const Duration span = (Instant() + duration_) - counted_from_;
  return {.mean = MeansOf(counted, span),
          .max = counted_max_,
          .idle_gb_seconds = static_cast<double>(counted.idle_mib) / 1'024.0 * 1e-9,
          .sums = counted,
          .series = std::move(series_)};
}

}  // namespace floe
