// A histogram of durations with a bounded relative error.
//
// Each octave of nanoseconds has 128 buckets of equal width, so a quantile lies within 0.4 % of the
// true value; below 128 ns it is exact. Two histograms merge exactly. Memory: 1 KiB for each octave
// between the least and the greatest value seen. Thread-compatible.

#ifndef FLOE_SIMULATOR_HISTOGRAM_H_
#define FLOE_SIMULATOR_HISTOGRAM_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace floe {

class Histogram {
 public:
  // Negative durations count as 0.
  void Add(Duration duration) {
    const auto value =
        static_cast<uint64_t>(duration.nanoseconds() < 0 ? 0 : duration.nanoseconds());
    const size_t bucket = BucketOf(value);
    // One comparison for both ends: below `first_bucket_` the difference wraps.
    if (bucket - first_bucket_ >= counts_.size()) [[unlikely]] {
      Cover(bucket);
    }
    ++counts_[bucket - first_bucket_];
    ++count_;
    sum_ns_ += value;
    min_ns_ = value < min_ns_ ? value : min_ns_;
    max_ns_ = value > max_ns_ ? value : max_ns_;
  }

  void Merge(const Histogram& other);

  uint64_t count() const { return count_; }
  // All exact; 0 when empty.
  Duration min() const;
  Duration max() const;
  double mean_seconds() const;
  unsigned __int128 sum_ns() const { return sum_ns_; }
  // The least value that at least `quantile` of all values do not exceed. 0 when empty.
  // REQUIRES: 0 <= quantile <= 1.
  Duration Quantile(double quantile) const;

  // What it is made of, for files: the counts of the buckets from `first_bucket` on.
  struct Parts {
    uint64_t first_bucket = 0;
    std::vector<uint64_t> counts;
    unsigned __int128 sum_ns = 0;
    uint64_t min_ns = UINT64_MAX;
    uint64_t max_ns = 0;
  };
  Parts ToParts() const;
  // None if these are not the parts of a histogram.
  static std::optional<Histogram> FromParts(Parts parts);

 private:
  static constexpr int kSubBucketBits = 7;

  static size_t BucketOf(uint64_t value) {
    // For values below 128 the shift is 0 and the bucket is the value.
    const int shift = std::bit_width(value >> kSubBucketBits);
    // From 128 on the top bit of value >> (shift - 1) is always set: it is counted in the octave.
    if (shift == 0) return value;
    return (static_cast<size_t>(shift) << kSubBucketBits) +
           ((value >> (shift - 1)) & ((1u << kSubBucketBits) - 1));
  }
  // The middle of a bucket.
  static uint64_t ValueOf(size_t bucket);
  // Makes room for the octave of `bucket`.
  void Cover(size_t bucket);

  std::vector<uint64_t> counts_;
  size_t first_bucket_ = 0;
  uint64_t count_ = 0;
  unsigned __int128 sum_ns_ = 0;
  uint64_t min_ns_ = UINT64_MAX;
  uint64_t max_ns_ = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_HISTOGRAM_H_
