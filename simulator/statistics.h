// What a run counts: invocations by outcome, latencies, and how many environments there are over
// time.
//
// Memory does not grow with the number of invocations. Thread-compatible.

#ifndef FLOE_SIMULATOR_STATISTICS_H_
#define FLOE_SIMULATOR_STATISTICS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "simulator/histogram.h"

namespace floe {

inline constexpr size_t kFailureCauseCount = 6;
static_assert(static_cast<size_t>(FailureCause::kNodeLost) + 1 == kFailureCauseCount);

// Of the invocations of one function, or of several, that arrived after the warm-up.
struct InvocationTally {
  uint64_t arrived = 0;
  uint64_t cold_starts = 0;      // Accepted, and a new environment was made for them.
  uint64_t finished = 0;         // Answered by the function, with errors of its own included.
  uint64_t function_errors = 0;  // Those among them that the function reported as errors.
  std::array<uint64_t, kThrottleReasonCount> throttled_by_reason = {};
  std::array<uint64_t, kFailureCauseCount> failed_by_cause = {};
  // Run time and initialisation, each invocation rounded up to the millisecond, times memory.
  unsigned __int128 billed_mib_ms = 0;

  uint64_t throttled() const;
  uint64_t failed() const;
  uint64_t accepted() const { return arrived - throttled(); }
  // Still under way at the end of the run.
  uint64_t unfinished() const { return accepted() - finished - failed(); }
  double gb_seconds() const;
  void Merge(const InvocationTally& other);
};

// From arrival to answer or failure.
struct LatencyTally {
  Histogram all;
  Histogram cold;
  void Merge(const LatencyTally& other) {
    all.Merge(other.all);
    cold.Merge(other.cold);
  }
};

// How many environments are in which phase, as reports show them.
struct Levels {
  int64_t starting = 0;  // Containers being made, and code initialising.
  int64_t busy = 0;
  int64_t idle = 0;      // Those that were reset included.
  int64_t idle_mib = 0;  // The memory of the idle ones.
  int64_t live() const { return starting + busy + idle; }
};

// Sums of a level times the nanoseconds that it lasted.
struct LevelSums {
  __int128 starting = 0;
  __int128 busy = 0;
  __int128 idle = 0;
  __int128 idle_mib = 0;

  friend LevelSums operator-(const LevelSums& a, const LevelSums& b) {
    return {.starting = a.starting - b.starting,
            .busy = a.busy - b.busy,
            .idle = a.idle - b.idle,
            .idle_mib = a.idle_mib - b.idle_mib};
  }
};

struct LevelMeans {
  double starting = 0;
  double busy = 0;
  double idle = 0;
  double live() const { return starting + busy + idle; }
};

// Of levels that lasted for some time; what comes and goes in one instant is not seen.
struct LevelMaxima {
  int64_t starting = 0;
  int64_t busy = 0;
  int64_t idle = 0;
  int64_t live = 0;
};

struct LevelSummary {
  LevelMeans mean;
  LevelMaxima max;
  double idle_gb_seconds = 0;
  // Means over equal parts of the whole run, the warm-up included.
  std::vector<LevelMeans> series;
};

// Follows the levels through a run. Before each change of `levels`, Advance to its time.
class LevelTracker {
 public:
  static constexpr int kSeriesParts = 240;

  // REQUIRES: warm_up < duration.
  LevelTracker(Duration duration, Duration warm_up);

  // Counts the present levels up to `now`. REQUIRES: `now` never goes backwards.
  void Advance(Instant now) {
    if (now >= next_border_) [[unlikely]] {
      CrossBorders(now);
    }
    AddUp(now);
  }

  Levels levels;

  // Advances to the end of the run and sums up. Call once.
  LevelSummary Finish();

 private:
  void AddUp(Instant now) {
    const int64_t span = (now - last_).nanoseconds();
    if (span == 0) return;
    last_ = now;
    sums_.starting += static_cast<__int128>(levels.starting) * span;
    sums_.busy += static_cast<__int128>(levels.busy) * span;
    sums_.idle += static_cast<__int128>(levels.idle) * span;
    sums_.idle_mib += static_cast<__int128>(levels.idle_mib) * span;
    max_.starting = std::max(max_.starting, levels.starting);
    max_.busy = std::max(max_.busy, levels.busy);
    max_.idle = std::max(max_.idle, levels.idle);
    max_.live = std::max(max_.live, levels.live());
  }
  void CrossBorders(Instant now);
  // When the given part of the series ends.
  Instant PartEnd(size_t part) const;

  Duration duration_;
  Instant counted_from_;
  Instant last_;
  Instant next_border_;
  LevelSums sums_;
  LevelMaxima max_;
  // Of all time before the end of the warm-up, and before the present part of the series.
  LevelSums before_counting_;
  LevelSums before_part_;
  std::vector<LevelMeans> series_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_STATISTICS_H_
