// How fast new environments may appear: the scaling rate of ScalingRule.

#ifndef FLOE_ORCHESTRATOR_CORE_SCALING_LIMITER_H_
#define FLOE_ORCHESTRATOR_CORE_SCALING_LIMITER_H_

#include <cstdint>
#include <limits>

#include "base/time.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/core/token_bucket.h"

namespace floe {

// A budget shared by all functions: `initial` at first, 500 more at the end of each whole minute of
// the clock, never above `initial`.
class MinuteBudget {
 public:
  explicit MinuteBudget(int64_t initial) : initial_(initial), tokens_(initial) {}

  bool HasToken(Instant now) {
    Refill(now);
    return tokens_ > 0;
  }
  Instant NextTokenAt(Instant now) { return HasToken(now) ? now : next_refill_at_; }
  // REQUIRES: HasToken(now).
  void Take(Instant now);

 private:
  void Refill(Instant now);

  int64_t initial_;
  int64_t tokens_;
  int64_t minute_ = std::numeric_limits<int64_t>::min();
  Instant next_refill_at_ = Instant::FromNanoseconds(std::numeric_limits<int64_t>::min());
};

// The rule that is in force, with the budget that all functions share under a legacy rule. The
// current rule's budgets are per function and belong to their owner, who passes them in.
// Thread-compatible.
class ScalingLimiter {
 public:
  explicit ScalingLimiter(ScalingRule rule);

  TokenBucket NewFunctionBudget() const { return TokenBucket(function_rate_); }

  bool HasToken(const TokenBucket& function_budget, Instant now);
  // The first time from `now` on at which there is a token, if none is taken before.
  Instant NextTokenAt(const TokenBucket& function_budget, Instant now);
  // REQUIRES: HasToken(function_budget, now).
  void Take(TokenBucket& function_budget, Instant now);

 private:
  ScalingRule rule_;
  TokenRate function_rate_;
  MinuteBudget shared_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCALING_LIMITER_H_
