#include "orchestrator/core/scaling_limiter.h"

#include <algorithm>

#include "base/check.h"

namespace floe {
namespace {

// Both rules are on AWS's "Lambda function scaling" page, in its present and its 2023 edition.
constexpr int64_t kCurrentBudget = 1'000;
constexpr Duration kCurrentPeriod = Duration::Seconds(10);
constexpr int64_t kLegacyRefill = 500;
constexpr int64_t kMinuteNanoseconds = Duration::Minutes(1).nanoseconds();

int64_t LegacyBudget(ScalingRule rule) {
  switch (rule) {
    case ScalingRule::kLegacy3000:
      return 3'000;
    case ScalingRule::kLegacy1000:
      return 1'000;
    case ScalingRule::kLegacy500:
      return 500;
    case ScalingRule::kUnlimited:
    case ScalingRule::kCurrent:
      return 0;
  }
  return 0;
}

}  // namespace

void MinuteBudget::Take(Instant now) {
  Refill(now);
  CHECK(tokens_ > 0);
  --tokens_;
}

void MinuteBudget::Refill(Instant now) {
  if (now < next_refill_at_) return;
  const int64_t nanoseconds = now.nanoseconds();
  int64_t minute = nanoseconds / kMinuteNanoseconds;
  if (minute * kMinuteNanoseconds > nanoseconds) --minute;  // Rounds down, below zero too.
  if (minute_ != std::numeric_limits<int64_t>::min()) {
    // Bounded before multiplying: a minute's refill never exceeds the initial amount by much.
    const int64_t minutes = std::min(minute - minute_, initial_ / kLegacyRefill);
    tokens_ = std::min(initial_, tokens_ + minutes * kLegacyRefill);
  }
  minute_ = minute;
  const bool last = minute >= std::numeric_limits<int64_t>::max() / kMinuteNanoseconds - 1;
  next_refill_at_ = last ? Instant::InfiniteFuture()
                         : Instant::FromNanoseconds((minute + 1) * kMinuteNanoseconds);
}

ScalingLimiter::ScalingLimiter(ScalingRule rule)
    : rule_(rule),
      function_rate_(rule == ScalingRule::kCurrent
                         ? TokenRate::Create(kCurrentBudget, kCurrentPeriod)
                         : TokenRate::Unlimited()),
      shared_(LegacyBudget(rule)) {}

bool ScalingLimiter::HasToken(const TokenBucket& function_budget, Instant now) {
  switch (rule_) {
    case ScalingRule::kUnlimited:
      return true;
    case ScalingRule::kCurrent:
      return function_budget.HasToken(function_rate_, now);
    case ScalingRule::kLegacy3000:
    case ScalingRule::kLegacy1000:
    case ScalingRule::kLegacy500:
      return shared_.HasToken(now);
  }
  return true;
}

Instant ScalingLimiter::NextTokenAt(const TokenBucket& function_budget, Instant now) {
  switch (rule_) {
    case ScalingRule::kUnlimited:
      return now;
    case ScalingRule::kCurrent:
      return function_budget.NextTokenAt(function_rate_, now);
    case ScalingRule::kLegacy3000:
    case ScalingRule::kLegacy1000:
    case ScalingRule::kLegacy500:
      return shared_.NextTokenAt(now);
  }
  return now;
}

void ScalingLimiter::Take(TokenBucket& function_budget, Instant now) {
  switch (rule_) {
    case ScalingRule::kUnlimited:
      return;
    case ScalingRule::kCurrent:
      return function_budget.Take(function_rate_, now);
    case ScalingRule::kLegacy3000:
    case ScalingRule::kLegacy1000:
    case ScalingRule::kLegacy500:
      return shared_.Take(now);
  }
}

}  // namespace floe
