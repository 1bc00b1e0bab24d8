// The knobs of the scheduler. Defaults are AWS Lambda's where a source is known.

#ifndef FLOE_ORCHESTRATOR_CORE_SCHEDULER_OPTIONS_H_
#define FLOE_ORCHESTRATOR_CORE_SCHEDULER_OPTIONS_H_

#include <cstdint>

#include "base/time.h"

namespace floe {

// Which of several idle environments serves an invocation. Lambda does not document its choice;
// measurements rule out oldest-first and random.
enum class ReuseOrder : uint8_t {
  kNewestFirst,  // The one that became idle last.
  kOldestFirst,  // The one that became idle first.
  kRandom,       // Each with equal chance, from SchedulerOptions::seed.
};

// How fast new environments may appear.
enum class ScalingRule : uint8_t {
  kUnlimited,
  // Since November 2023: per function a budget of 1,000 environments that refills continuously by
  // 1,000 per 10 s and never holds more than 1,000.
  kCurrent,
  // Until November 2023: one budget for all functions: 3,000, 1,000 or 500 at first, by region, and
  // 500 more at the end of each whole minute of the clock, never above the initial amount.
  kLegacy3000,
  kLegacy1000,
  kLegacy500,
};

struct SchedulerOptions {
  // Invocations in flight, of all functions together.
  int32_t account_concurrency = 1'000;
  // What reservations must leave to functions without one.
  int32_t unreserved_concurrency_min = 100;
  // Requests per second that each unit of concurrency (account or reserved) allows; 0: no such
  // limit. One second's worth is saved up at most, and a throttled invocation takes none of it.
  int32_t requests_per_concurrency = 10;
  ScalingRule scaling_rule = ScalingRule::kCurrent;
  ReuseOrder reuse_order = ReuseOrder::kNewestFirst;
  // For ReuseOrder::kRandom.
  uint64_t seed = 0;
  // An idle environment is stopped once it has been idle for this long.
  Duration keep_alive = Duration::Minutes(10);
  // An environment of this age takes no further invocation. Infinite: no limit.
  Duration lifetime_max = Duration::Infinite();
  // For the init phase before the first invocation; after that the init is repeated inside the
  // invocation, under the function's time-out.
  Duration init_limit = Duration::Seconds(10);
  // For making the container, before the init phase.
  Duration start_limit = Duration::Seconds(60);

  friend bool operator==(const SchedulerOptions&, const SchedulerOptions&) = default;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCHEDULER_OPTIONS_H_
