#include "simulator/arrival_processes/plain_processes.h"

#include <algorithm>
#include <cstddef>

#include "base/time.h"

namespace floe {
namespace {

// So many gaps at a time stay in the first-level cache.
constexpr size_t kBatch = 256;
// The greatest draw of an exponential with mean 1, rounded up.
constexpr double kGapMeansMax = 38;
constexpr int kFractionBitsMax = 20;
// A batch of gaps adds up to less than 2^63 units.
constexpr double kUnitsMax = 0x1p63 / kBatch;
// Beyond this many nanoseconds lies no run.
constexpr double kGapMaxNs = static_cast<double>(kScenarioDurationMax.nanoseconds());

int64_t LeastOf(Instant a, Instant b) {
  return std::min(a, b).nanoseconds();
}

}  // namespace

PoissonProcess::PoissonProcess(const PoissonArrivals& model, const ArrivalProcessKey& key)
    : gaps_(key.seed, key.source, DrawPurpose::kArrivalGap),
      at_(model.from.nanoseconds()),
      until_(LeastOf(model.until, key.run_end)) {
  // The first draw is the least of `function_count` gaps, and so are all others.
  const double mean_ns = 1e9 / (model.rate_per_second * static_cast<double>(key.function_count));
  const double mean_bounded_ns = std::min(mean_ns, kGapMaxNs);
  fraction_bits_ = kFractionBitsMax;
  mean_gap_units_ = mean_bounded_ns * 0x1p20;
  while (fraction_bits_ > 0 && mean_gap_units_ * kGapMeansMax > kUnitsMax) {
    --fraction_bits_;
    mean_gap_units_ /= 2;
  }
}

size_t PoissonProcess::Fill(absl::Span<int64_t> at) {
  const size_t count = std::min(at.size(), kBatch);
  double gaps[kBatch];
  DrawExponentials(gaps_, drawn_, absl::MakeSpan(gaps, count));
  drawn_ += count;
  const uint64_t below_one = (uint64_t{1} << fraction_bits_) - 1;
  for (size_t i = 0; i < count; ++i) {
    const double units = std::min(gaps[i] * mean_gap_units_, kUnitsMax);
    carry_ += static_cast<uint64_t>(static_cast<int64_t>(units));
    at[i] = static_cast<int64_t>(carry_ >> fraction_bits_);
  }
  carry_ &= below_one;
  for (size_t i = 0; i < count; ++i) {
    // Compared before it is added: the sum may not fit.
    if (at[i] >= until_ - at_) {
      at_ = until_;
      return i;
    }
    at[i] += at_;
  }
  at_ = at[count - 1];
  return count;
}

IntervalProcess::IntervalProcess(const IntervalArrivals& model, const ArrivalProcessKey& key)
    : next_(model.from.nanoseconds()),
      interval_(model.interval.nanoseconds()),
      until_(LeastOf(model.until, key.run_end)) {
  if (model.random_phase) {
    const DrawStream phases(key.seed, key.source, DrawPurpose::kArrivalPhase);
    next_ += static_cast<int64_t>(phases.Below(0, static_cast<uint64_t>(interval_)));
  }
}

size_t IntervalProcess::Fill(absl::Span<int64_t> at) {
  size_t count = 0;
  // Neither the run nor an interval is so long that their sum does not fit.
  while (count < at.size() && next_ < until_) {
    at[count++] = next_;
    next_ += interval_;
  }
  return count;
}

size_t BurstProcess::Fill(absl::Span<int64_t> at) {
  const size_t count = std::min(at.size(), static_cast<size_t>(left_));
  std::fill_n(at.begin(), count, at_.nanoseconds());
  left_ -= static_cast<int64_t>(count);
  return count;
}

size_t ListedProcess::Fill(absl::Span<int64_t> at) {
  const size_t count = std::min(at.size(), left_.size());
  for (size_t i = 0; i < count; ++i) at[i] = left_[i].nanoseconds();
  left_.remove_prefix(count);
  return count;
}

}  // namespace floe
