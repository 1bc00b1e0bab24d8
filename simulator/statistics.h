// What a run counts: invocations by outcome, what is billed, latencies, events and messages, and
// how many environments there are over time.
//
// Sums are integers, so that they do not depend on the order of what they count, and two runs that
// do the same give the same bits. Memory does not grow with the number of invocations.
// Thread-compatible.

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
#include "orchestrator/delivery/dead_letter.h"
#include "simulator/histogram.h"

namespace floe {

inline constexpr size_t kFailureCauseCount = 6;
static_assert(static_cast<size_t>(FailureCause::kNodeLost) + 1 == kFailureCauseCount);

using ThrottleCounts = std::array<uint64_t, kThrottleReasonCount>;

// ---- Invocations

// Of the invocations of one function, or of several, that came after the warm-up. What is tried
// again is another invocation each time.
struct InvocationTally {
  uint64_t arrived = 0;
  uint64_t retries = 0;      // Those among them that repeat an earlier one.
  uint64_t cold_starts = 0;  // Accepted, and a new environment was made for them.
  uint64_t provisioned = 0;  // Served by provisioned concurrency.
  // Served on demand while the function had provisioned concurrency.
  uint64_t spilled_over = 0;
  uint64_t finished = 0;         // Answered by the function, with errors of its own included.
  uint64_t function_errors = 0;  // Those among them that the function reported as errors.
  ThrottleCounts throttled_by_reason = {};
  std::array<uint64_t, kFailureCauseCount> failed_by_cause = {};
  // The most in flight at once, of all that the tally stands for together.
  int64_t concurrency_max = 0;
  // What those still under way at the end of the run had lasted by then.
  __int128 unfinished_ns = 0;

  // Billed. Throttled ones are not, nor those that no environment was given to. Run time and init,
  // together rounded up to the millisecond for each invocation, times memory.
  uint64_t billed_requests = 0;
  unsigned __int128 billed_mib_ms = 0;              // On demand.
  unsigned __int128 billed_provisioned_mib_ms = 0;  // On provisioned concurrency.
  unsigned __int128 billed_init_mib_ms = 0;         // The part of both that is init.
  // The same lengths, times what /tmp has above 512 MiB.
  unsigned __int128 billed_tmp_mib_ms = 0;
  // Provisioned concurrency times memory from when it was asked for until it was given up, rounded
  // up to five minutes.
  unsigned __int128 allocated_mib_ms = 0;

  uint64_t throttled() const;
  uint64_t failed() const;
  uint64_t timed_out() const {
    return failed_by_cause[static_cast<size_t>(FailureCause::kTimedOut)];
  }
  uint64_t accepted() const { return arrived - throttled(); }
  // Still under way at the end of the run.
  uint64_t unfinished() const { return accepted() - finished - failed(); }
  // Billed on demand and on provisioned concurrency together.
  double gb_seconds() const;
  double provisioned_gb_seconds() const;
  double init_gb_seconds() const;
  double tmp_gb_seconds() const;
  double allocated_gb_seconds() const;
  // The sum; of `concurrency_max`, an upper bound of that of both together.
  void Merge(const InvocationTally& other);
};

// From arrival to answer or failure. Each invocation is in exactly one of warm, cold and queued.
struct LatencyTally {
  // Given to an environment at the moment they came.
  Histogram warm;
  // Waited, and were the first in an environment that was made for an invocation; or for such an
  // environment in vain.
  Histogram cold;
  Histogram cold_init;  // The part of them before the assignment.
  Histogram cold_run;   // And from there on, of those that got so far.
  // Waited, and were given to an environment that had been there before, or was made in advance.
  Histogram queued;
  Histogram queued_run;

  Histogram All() const;
  // From the assignment on.
  Histogram Run() const;
  void Merge(const LatencyTally& other);
};

// Requests of clients that repeat them, events of the asynchronous queue and messages of queues
// that came after the warm-up, each however often it was tried.
struct DeliveryTally {
  uint64_t arrived = 0;
  uint64_t delivered = 0;  // Answered without error, in the end.
  std::array<uint64_t, kDeadLetterCauseCount> dead_by_cause = {};
  uint64_t refused = 0;  // The queue had no room for them.
  // From arrival to each attempt.
  Histogram age;
  // From arrival to the end of the attempt that delivered them.
  Histogram latency;

  uint64_t dead() const;
  // Neither delivered nor given up at the end of the run.
  uint64_t pending() const { return arrived - delivered - dead() - refused; }
  void Merge(const DeliveryTally& other);
};

// ---- Levels over time

// How many environments are in which phase, as reports show them.
struct Levels {
  int64_t starting = 0;  // Containers being made, and code initialising.
  int64_t busy = 0;
  int64_t idle = 0;      // Those that were reset included.
  int64_t idle_mib = 0;  // The memory of the idle ones.
  // Not environments: accepted invocations that have been given to none.
  int64_t waiting = 0;
  int64_t live() const { return starting + busy + idle; }
  // Invocations in flight.
  int64_t concurrency() const { return busy + waiting; }
};

// Sums of a level times the nanoseconds that it lasted.
struct LevelSums {
  __int128 starting = 0;
  __int128 busy = 0;
  __int128 idle = 0;
  __int128 idle_mib = 0;
  __int128 waiting = 0;
  __int128 concurrency() const { return busy + waiting; }

  friend LevelSums operator-(const LevelSums& a, const LevelSums& b) {
    return {.starting = a.starting - b.starting,
            .busy = a.busy - b.busy,
            .idle = a.idle - b.idle,
            .idle_mib = a.idle_mib - b.idle_mib,
            .waiting = a.waiting - b.waiting};
  }
  friend bool operator==(const LevelSums&, const LevelSums&) = default;
};

struct LevelMeans {
  double starting = 0;
  double busy = 0;
  double idle = 0;
  double waiting = 0;
  double live() const { return starting + busy + idle; }
  double concurrency() const { return busy + waiting; }
};

// Of levels that lasted for some time; what comes and goes in one instant is not seen.
struct LevelMaxima {
  int64_t starting = 0;
  int64_t busy = 0;
  int64_t idle = 0;
  int64_t live = 0;
  int64_t concurrency = 0;
  void Merge(const LevelMaxima& other);
};

// One of LevelTracker::kSeriesParts equal parts of a run.
struct SeriesPart {
  LevelMeans mean;
  int64_t concurrency_max = 0;
  // Of all functions together.
  uint64_t arrived = 0;
  uint64_t cold_starts = 0;
  ThrottleCounts throttled_by_reason = {};
};

struct LevelSummary {
  LevelMeans mean;
  LevelMaxima max;
  double idle_gb_seconds = 0;
  // What the means are made of, exact. Little's law: without warm-up, sums.concurrency() is the sum
  // of all latencies and of what unfinished invocations have lasted.
  LevelSums sums;
  // Of the whole run, the warm-up included.
  std::vector<SeriesPart> series;
};

// Follows the levels through a run. Before each change of `levels`, Advance to its time.
class LevelTracker {
 public:
  static constexpr int kSeriesParts = 240;

  // REQUIRES: warm_up < duration.
  LevelTracker(Duration duration, Duration warm_up);

  // Counts the present levels up to `now`. REQUIRES: `now` never goes backwards.
  void Advance(Instant now) {
    Reach(now);
    AddUp(now);
  }

  // What happened at `now`, for the series.
  void CountArrival(Instant now) {
    Reach(now);
    ++part_.arrived;
  }
  void CountColdStart(Instant now) {
    Reach(now);
    ++part_.cold_starts;
  }
  void CountThrottle(Instant now, ThrottleReason reason) {
    Reach(now);
    ++part_.throttled_by_reason[static_cast<size_t>(reason)];
  }

  Levels levels;

  // The same for levels that are followed elsewhere, while `levels` stays as it is: what they and
  // the counts of events add up to since the last call, and their maxima. It is due at each border.
  // REQUIRES: now <= next_border().
  void Add(Instant now, const LevelSums& sums, const LevelMaxima& max, const SeriesPart& counts);
  Instant next_border() const { return next_border_; }

  // Advances to the end of the run and sums up. Call once.
  LevelSummary Finish();

 private:
  void Reach(Instant now) {
    if (now >= next_border_) [[unlikely]] {
      CrossBorders(now);
    }
  }
  void AddUp(Instant now) {
    const int64_t span = (now - last_).nanoseconds();
    if (span == 0) return;
    last_ = now;
    sums_.starting += static_cast<__int128>(levels.starting) * span;
    sums_.busy += static_cast<__int128>(levels.busy) * span;
    sums_.idle += static_cast<__int128>(levels.idle) * span;
    sums_.idle_mib += static_cast<__int128>(levels.idle_mib) * span;
    sums_.waiting += static_cast<__int128>(levels.waiting) * span;
    max_.starting = std::max(max_.starting, levels.starting);
    max_.busy = std::max(max_.busy, levels.busy);
    max_.idle = std::max(max_.idle, levels.idle);
    max_.live = std::max(max_.live, levels.live());
    max_.concurrency = std::max(max_.concurrency, levels.concurrency());
  }
  void CrossBorders(Instant now);
  void EndPart(Instant begin, Instant end);
  // When the given part of the series ends.
  Instant PartEnd(size_t part) const;

  Duration duration_;
  Instant counted_from_;
  Instant last_;
  Instant next_border_;
  LevelSums sums_;
  LevelMaxima max_;          // Since the last border.
  LevelMaxima counted_max_;  // Between the end of the warm-up and the last border.
  // Of all time before the end of the warm-up, and before the present part of the series.
  LevelSums before_counting_;
  LevelSums before_part_;
  SeriesPart part_;
  std::vector<SeriesPart> series_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_STATISTICS_H_
