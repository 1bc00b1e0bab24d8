#include "orchestrator/core/token_bucket.h"

#include <numeric>

namespace floe {

TokenRate TokenRate::Create(int64_t tokens, Duration period) {
  CHECK(tokens > 0 && period > Duration());
  tokens = std::min(tokens, kTokensMax);
  const int64_t divisor = std::gcd(tokens, period.nanoseconds());
  TokenRate rate;
  rate.token_units_ = period.nanoseconds() / divisor;
  rate.units_per_nanosecond_ = tokens / divisor;
  // Leaves room for one more refill of the whole capacity.
  CHECK(rate.token_units_ <= std::numeric_limits<int64_t>::max() / 2 / tokens);
  rate.capacity_units_ = tokens * rate.token_units_;
  rate.full_after_nanoseconds_ = static_cast<uint64_t>(period.nanoseconds());
  return rate;
}

Instant TokenBucket::NextTokenAt(const TokenRate& rate, Instant now) const {
  const int64_t missing = rate.token_units_ - UnitsAt(rate, now);
  if (missing <= 0) return now;
  const int64_t nanoseconds =
      missing / rate.units_per_nanosecond_ + (missing % rate.units_per_nanosecond_ != 0 ? 1 : 0);
  const bool fits = now.nanoseconds() < std::numeric_limits<int64_t>::max() - nanoseconds;
  return fits ? now + Duration::Nanoseconds(nanoseconds) : Instant::InfiniteFuture();
}

}  // namespace floe
