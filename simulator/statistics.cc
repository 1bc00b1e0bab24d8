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
          .idle = Mean(sums.idle, span)};
}

}  // namespace

uint64_t InvocationTally::throttled() const {
  return std::accumulate(throttled_by_reason.begin(), throttled_by_reason.end(), uint64_t{0});
}

uint64_t InvocationTally::failed() const {
  return std::accumulate(failed_by_cause.begin(), failed_by_cause.end(), uint64_t{0});
}

double InvocationTally::gb_seconds() const {
  return static_cast<double>(billed_mib_ms) / (1'024.0 * 1'000.0);
}

void InvocationTally::Merge(const InvocationTally& other) {
  arrived += other.arrived;
  cold_starts += other.cold_starts;
  finished += other.finished;
  function_errors += other.function_errors;
  for (size_t i = 0; i < throttled_by_reason.size(); ++i) {
    throttled_by_reason[i] += other.throttled_by_reason[i];
  }
  for (size_t i = 0; i < failed_by_cause.size(); ++i) {
    failed_by_cause[i] += other.failed_by_cause[i];
  }
  billed_mib_ms += other.billed_mib_ms;
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

void LevelTracker::CrossBorders(Instant now) {
  while (next_border_ <= now) {
    const Instant border = next_border_;
    AddUp(border);
    if (border == counted_from_) {
      before_counting_ = sums_;
      max_ = {};
    }
    next_border_ = Instant::InfiniteFuture();
    while (series_.size() < kSeriesParts && PartEnd(series_.size()) <= border) {
      const Instant begin = series_.empty() ? Instant() : PartEnd(series_.size() - 1);
      const Duration span = std::max(border - begin, Duration::Nanoseconds(1));
      series_.push_back(MeansOf(sums_ - before_part_, span));
      before_part_ = sums_;
    }
    if (series_.size() < kSeriesParts) next_border_ = PartEnd(series_.size());
    if (counted_from_ > border) next_border_ = std::min(next_border_, counted_from_);
  }
}

LevelSummary LevelTracker::Finish() {
  Advance(Instant() + duration_);
  const LevelSums counted = sums_ - before_counting_;
  const Duration span = (Instant() + duration_) - counted_from_;
  return {.mean = MeansOf(counted, span),
          .max = max_,
          .idle_gb_seconds = static_cast<double>(counted.idle_mib) / 1'024.0 * 1e-9,
          .series = std::move(series_)};
}

}  // namespace floe
