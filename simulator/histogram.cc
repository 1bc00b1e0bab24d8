#include "simulator/histogram.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace floe {

void Histogram::Merge(const Histogram& other) {
  if (other.count_ == 0) return;
  Cover(other.first_bucket_);
  Cover(other.first_bucket_ + other.counts_.size() - 1);
  for (size_t i = 0; i < other.counts_.size(); ++i) {
    counts_[other.first_bucket_ + i - first_bucket_] += other.counts_[i];
  }
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Duration Histogram::min() const {
  return Duration::Nanoseconds(count_ == 0 ? 0 : static_cast<int64_t>(min_ns_));
}

Duration Histogram::max() const {
  return Duration::Nanoseconds(static_cast<int64_t>(max_ns_));
}

double Histogram::mean_seconds() const {
  if (count_ == 0) return 0;
  return static_cast<double>(sum_ns_) / static_cast<double>(count_) * 1e-9;
}

Duration Histogram::Quantile(double quantile) const {
  if (count_ == 0) return Duration();
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(count_)));
  const uint64_t rank = std::clamp<uint64_t>(wanted, 1, count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) {
      const uint64_t value = std::clamp(ValueOf(first_bucket_ + i), min_ns_, max_ns_);
      return Duration::Nanoseconds(static_cast<int64_t>(value));
    }
  }
  return max();
}

Histogram::Parts Histogram::ToParts() const {
  return {.first_bucket = first_bucket_,
          .counts = counts_,
          .sum_ns = sum_ns_,
          .min_ns = min_ns_,
          .max_ns = max_ns_};
}

std::optional<Histogram> Histogram::FromParts(Parts parts) {
  constexpr size_t kOctave = size_t{1} << kSubBucketBits;
  // The last bucket that a duration can be in.
  const size_t buckets = BucketOf(INT64_MAX) + 1;
  if (parts.first_bucket % kOctave != 0 || parts.counts.size() % kOctave != 0 ||
      parts.first_bucket > buckets || parts.counts.size() > buckets - parts.first_bucket) {
    return std::nullopt;
  }
  Histogram histogram;
  for (const uint64_t count : parts.counts) {
    if (count > UINT64_MAX - histogram.count_) return std::nullopt;
    histogram.count_ += count;
  }
  const bool empty = histogram.count_ == 0;
  if (empty ? parts.min_ns != UINT64_MAX || parts.max_ns != 0 || parts.sum_ns != 0
            : parts.min_ns > parts.max_ns || parts.max_ns > uint64_t{INT64_MAX}) {
    return std::nullopt;
  }
  histogram.counts_ = std::move(parts.counts);
  histogram.first_bucket_ = parts.first_bucket;
  histogram.sum_ns_ = parts.sum_ns;
  histogram.min_ns_ = parts.min_ns;
  histogram.max_ns_ = parts.max_ns;
  return histogram;
}

uint64_t Histogram::ValueOf(size_t bucket) {
  const size_t octave = bucket >> kSubBucketBits;
  if (octave == 0) return bucket;
  const uint64_t sub = bucket & ((size_t{1} << kSubBucketBits) - 1);
  const uint64_t width = uint64_t{1} << (octave - 1);
  return ((uint64_t{1} << kSubBucketBits) + sub) * width + width / 2;
}

void Histogram::Cover(size_t bucket) {
  constexpr size_t kOctave = size_t{1} << kSubBucketBits;
  const size_t begin = bucket / kOctave * kOctave;
  if (counts_.empty()) first_bucket_ = begin;
  if (begin < first_bucket_) {
    counts_.insert(counts_.begin(), first_bucket_ - begin, 0);
    first_bucket_ = begin;
  }
  const size_t end = begin + kOctave - first_bucket_;
  if (end > counts_.size()) counts_.resize(end);
}

}  // namespace floe
