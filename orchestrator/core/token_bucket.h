// A budget that refills continuously and cannot be saved up: exact, in whole numbers.
//
//   const TokenRate rate = TokenRate::Create(1'000, Duration::Seconds(10));
//   TokenBucket bucket(rate);  // Full.
//   if (bucket.HasToken(rate, now)) bucket.Take(rate, now);
//
// The rate is apart from the bucket because many buckets share one.

#ifndef FLOE_ORCHESTRATOR_CORE_TOKEN_BUCKET_H_
#define FLOE_ORCHESTRATOR_CORE_TOKEN_BUCKET_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/check.h"
#include "base/time.h"

namespace floe {

// More tokens than this count as this many: beyond it the units below would not fit.
inline constexpr int64_t kTokensMax = 4'000'000'000;

// `tokens` per `period`, and at most `tokens` saved up.
class TokenRate {
 public:
  // Never refuses.
  static constexpr TokenRate Unlimited() { return TokenRate(); }
  // REQUIRES: tokens > 0, period > 0, and tokens times the period in nanoseconds, divided by their
  // greatest common divisor, is below 2^62. Every rate per second fits.
  static TokenRate Create(int64_t tokens, Duration period);

  bool is_unlimited() const { return token_units_ == 0; }
  friend bool operator==(const TokenRate&, const TokenRate&) = default;

 private:
  friend class TokenBucket;
  constexpr TokenRate() = default;

  // One token is `token_units_` units, and each nanosecond adds `units_per_nanosecond_`: their
  // ratio is the rate, so no refill is ever rounded.
  int64_t token_units_ = 0;
  int64_t units_per_nanosecond_ = 0;
  int64_t capacity_units_ = 0;
  // An empty bucket is full after this long, rounded up.
  uint64_t full_after_nanoseconds_ = 0;
};

// Thread-compatible. REQUIRES: times do not go backwards, and the rate is always the same one.
class TokenBucket {
 public:
  TokenBucket() = default;
  explicit TokenBucket(const TokenRate& rate) : units_(rate.capacity_units_) {}

  bool HasToken(const TokenRate& rate, Instant now) const {
    return UnitsAt(rate, now) >= rate.token_units_;
  }
  // The first time from `now` on at which there is a token, if none is taken before.
  Instant NextTokenAt(const TokenRate& rate, Instant now) const;
  // REQUIRES: HasToken(rate, now).
  void Take(const TokenRate& rate, Instant now) {
    units_ = UnitsAt(rate, now) - rate.token_units_;
    at_ = now.nanoseconds();
    DCHECK(units_ >= 0);
  }

 private:
  int64_t UnitsAt(const TokenRate& rate, Instant now) const {
    // Unsigned, because a bucket that was never used lies further back than an int64 can tell.
    const uint64_t elapsed = static_cast<uint64_t>(now.nanoseconds()) - static_cast<uint64_t>(at_);
    if (elapsed >= rate.full_after_nanoseconds_) return rate.capacity_units_;
    return std::min(rate.capacity_units_,
                    units_ + static_cast<int64_t>(elapsed) * rate.units_per_nanosecond_);
  }

  int64_t units_ = 0;
  int64_t at_ = std::numeric_limits<int64_t>::min();
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_TOKEN_BUCKET_H_
