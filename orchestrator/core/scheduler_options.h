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

// How long an environment is kept once it is idle.
enum class KeepAliveRule : uint8_t {
  kFixed,  // For keep_alive.
  // For a time drawn from [keep_alive_min, keep_alive] whenever an environment becomes idle.
  kUniform,
  // By what the function's idle times were so far; see HybridHistogramOptions.
  kHybridHistogram,
  kUntilEvicted,  // Without limit.
};

// Shahrad et al., "Serverless in the Wild", ATC 2020. Each function has a histogram of the times
// between the end of its last invocation and the next arrival. Where the histogram tells something,
// an idle environment is unloaded at once, another is started shortly before an arrival is to be
// expected (head_percentile, less the margin), and kept until none is (tail_percentile, plus the
// margin). With a head in the first bin nothing is unloaded. A histogram tells nothing while it has
// fewer samples than samples_min, while its bins are too much alike (the coefficient of variation
// of their counts is below representative_cv), or while most idle times were longer than all bins
// together; environments are then kept for the length of all bins.
struct HybridHistogramOptions {
  Duration bin = Duration::Minutes(1);
  int32_t bins = 240;
  double head_percentile = 5;
  double tail_percentile = 99;
  double margin = 0.1;
  double representative_cv = 2;
  int32_t samples_min = 5;

  friend bool operator==(const HybridHistogramOptions&, const HybridHistogramOptions&) = default;
};
inline constexpr int32_t kHistogramBinsMax = 10'000;

// Which idle environments are stopped when no node has room for one to be started. Environments of
// provisioned concurrency are never among them. The memory of an evicted environment is free as
// soon as its stop is ordered. FaasCache (Fuerst and Sharma, ASPLOS 2021) describes the weights.
enum class EvictionRule : uint8_t {
  kNone,               // None: the invocation is throttled.
  kLeastRecentlyUsed,  // The one that became idle first.
  kGreedyDual,         // The least clock + invocations * start-up time / memory.
  kLandlord,           // The least clock + start-up time / memory.
  kFrequency,          // The one whose function had the fewest invocations.
  kSize,               // The one with the most memory.
};

// When an invocation that finds no idle environment is given one.
enum class BindingRule : uint8_t {
  kEarly,  // At once: the one that is started for it.
  // One is started too, but the invocation takes whichever comes first: an environment of its
  // function that finishes another invocation, or one that becomes ready. First come, first served.
  kLate,
};
// Invocations that wait at the same time under BindingRule::kLate; what arrives beyond is throttled
// with kNoCapacity.
inline constexpr uint32_t kWaitingInvocationsMax = 1u << 20;

// Which node with room takes a new environment; the lowest number among equals.
enum class PlacementRule : uint8_t {
  kMostFree,  // The one with the most free memory.
  kBestFit,   // The one with the least free memory that is enough.
};

// Live environments of tenants that 1,000 units of account concurrency allow, idle ones included.
// Source: AWS, "Tenant isolation".
inline constexpr int64_t kTenantEnvironmentsPerThousand = 2'500;

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
  // For ReuseOrder::kRandom and KeepAliveRule::kUniform.
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
  KeepAliveRule keep_alive_rule = KeepAliveRule::kFixed;
  // For KeepAliveRule::kUniform. One above keep_alive counts as keep_alive.
  Duration keep_alive_min = Duration::Minutes(5);
  // For KeepAliveRule::kHybridHistogram.
  HybridHistogramOptions hybrid;
  EvictionRule eviction_rule = EvictionRule::kNone;
  BindingRule binding_rule = BindingRule::kEarly;
  PlacementRule placement_rule = PlacementRule::kMostFree;
  // From the request for provisioned concurrency, or the loss of a part of it, until the first
  // environment is started. AWS tells of one to two minutes. How fast they then are started
  // follows scaling_rule, with budgets of their own.
  Duration provisioning_delay = Duration::Seconds(90);

  friend bool operator==(const SchedulerOptions&, const SchedulerOptions&) = default;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCHEDULER_OPTIONS_H_
