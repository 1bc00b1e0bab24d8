// Follows how many environments there are in which phase, with a few additions per event.
//
// The integral of a level that changes by d at time t is the sum of d * (end - t): so of each
// change only d * t is added up, in whole numbers that wrap, and a LevelTracker is told the sum at
// its borders, often enough for the true sum to fit. Thread-compatible.

#ifndef FLOE_SIMULATOR_FAST_LEVELS_H_
#define FLOE_SIMULATOR_FAST_LEVELS_H_

#include <algorithm>
#include <cstdint>

#include "base/time.h"
#include "simulator/statistics.h"

namespace floe {

class FastLevels {
 public:
  // `memory_mib` is that of every environment, or 0 when they differ; the memory of what becomes or
  // ceases to be idle is then told by AddIdleMemory.
  FastLevels(Duration duration, Duration warm_up, int64_t memory_mib)
      : tracker_(duration, warm_up), memory_mib_(memory_mib) {
    ChooseNextFlush();
  }

  // When Reach must next be called before anything changes.
  int64_t next_flush() const { return next_flush_; }
  // Tells the tracker of everything before `now`.
  void Reach(int64_t now) {
    while (next_flush_ <= now) Flush(next_flush_);
  }

  // The changes, each at `now`, which never goes backwards.
  void AssignWarm(int64_t now) {
    Observe(now);
    ++busy_;
    busy_sum_ += now - epoch_;
  }
  void End(int64_t now) {
    Observe(now);
    --busy_;
    busy_sum_ -= now - epoch_;
  }
  void Start(int64_t now) {
    Observe(now);
    ++starting_;
    ++live_;
    starting_sum_ += now - epoch_;
    live_sum_ += now - epoch_;
  }
  void Ready(int64_t now) {
    Observe(now);
    --starting_;
    ++busy_;
    starting_sum_ -= now - epoch_;
    busy_sum_ += now - epoch_;
  }
  void FailStart(int64_t now) {
    Observe(now);
    --starting_;
    --live_;
    starting_sum_ -= now - epoch_;
    live_sum_ -= now - epoch_;
  }
  void Expire(int64_t now) {
    Observe(now);
    --live_;
    live_sum_ -= now - epoch_;
  }
  void AddIdleMemory(int64_t now, int64_t mib) {
    idle_mib_ += mib;
    idle_mib_sum_ += static_cast<__int128>(mib) * (now - epoch_);
  }

  int64_t live() const { return live_; }
  // What happened, for the series: whatever is counted between two borders.
  SeriesPart& counts() { return counts_; }

  // Call once, at the end of the run.
  LevelSummary Finish(int64_t end) {
    Reach(end);
    return tracker_.Finish();
  }

 private:
  // A level below 2^24 adds up to less than 2^63 in this time.
  static constexpr int64_t kFlushNs = int64_t{1} << 36;

  int64_t idle() const { return live_ - busy_ - starting_; }
  // What has lasted until `now` counts for the maxima.
  void Observe(int64_t now) {
    if (now == last_) return;
    last_ = now;
    max_.busy = std::max(max_.busy, busy_);
    max_.idle = std::max(max_.idle, idle());
    max_.starting = std::max(max_.starting, starting_);
    max_.live = std::max(max_.live, live_);
    max_.concurrency = std::max(max_.concurrency, busy_ + starting_);
  }

  void Flush(int64_t now) {
    Observe(now);
    const int64_t span = now - epoch_;
    const int64_t starting = starting_ * span - starting_sum_;
    const int64_t busy = busy_ * span - busy_sum_;
    const int64_t idle = live_ * span - live_sum_ - busy - starting;
    const __int128 idle_mib = memory_mib_ > 0
                                  ? static_cast<__int128>(idle) * memory_mib_
                                  : static_cast<__int128>(idle_mib_) * span - idle_mib_sum_;
    tracker_.Add(Instant::FromNanoseconds(now),
                 {.starting = starting,
                  .busy = busy,
                  .idle = idle,
                  .idle_mib = idle_mib,
                  .waiting = starting},
                 max_, counts_);
    max_ = {};
    counts_ = {};
    starting_sum_ = busy_sum_ = live_sum_ = 0;
    idle_mib_sum_ = 0;
    epoch_ = now;
    ChooseNextFlush();
  }
  void ChooseNextFlush() {
    next_flush_ = std::min(tracker_.next_border().nanoseconds(), epoch_ + kFlushNs);
  }

  LevelTracker tracker_;
  const int64_t memory_mib_;
  int64_t epoch_ = 0;
  int64_t next_flush_ = 0;
  int64_t last_ = 0;
  int64_t starting_ = 0;
  int64_t busy_ = 0;
  int64_t live_ = 0;
  int64_t idle_mib_ = 0;
  // Of the changes since `epoch_`, each times when it was.
  int64_t starting_sum_ = 0;
  int64_t busy_sum_ = 0;
  int64_t live_sum_ = 0;
  __int128 idle_mib_sum_ = 0;
  LevelMaxima max_;
  SeriesPart counts_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_LEVELS_H_
