// Follows how many environments there are in which phase, with a few additions per event.
//
// The integral of a level that changes by d at time t is the sum of d * (end - t): so of each
// change only d * t is added up, in whole numbers that wrap, and a LevelTracker is told the sum at
// its borders, often enough for the true sum to fit. While nothing starts or expires, the least and
// the greatest number of busy ones tell all maxima. Thread-compatible.

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
    busy_sum_ += static_cast<uint64_t>(now);
  }
  void End(int64_t now) {
    Observe(now);
    --busy_;
    busy_sum_ -= static_cast<uint64_t>(now);
  }
  void Start(int64_t now) {
    EndStretch(now);
    ++starting_;
    ++live_;
    starting_sum_ += static_cast<uint64_t>(now);
    live_sum_ += static_cast<uint64_t>(now);
  }
  void Ready(int64_t now) {
    EndStretch(now);
    --starting_;
    ++busy_;
    starting_sum_ -= static_cast<uint64_t>(now);
    busy_sum_ += static_cast<uint64_t>(now);
  }
  void FailStart(int64_t now) {
    EndStretch(now);
    --starting_;
    --live_;
    starting_sum_ -= static_cast<uint64_t>(now);
    live_sum_ -= static_cast<uint64_t>(now);
  }
  void Expire(int64_t now) {
    EndStretch(now);
    --live_;
    live_sum_ -= static_cast<uint64_t>(now);
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
  static constexpr int64_t kNoneLeast = INT64_MAX;
  static constexpr int64_t kNoneMost = INT64_MIN;

  // The integral since the last flush of a level that is `level` at `now`.
  static int64_t Integral(int64_t level, int64_t now, uint64_t sum) {
    return static_cast<int64_t>(static_cast<uint64_t>(level) * static_cast<uint64_t>(now) - sum);
  }
  // What has lasted until `now` counts for the maxima.
  void Observe(int64_t now) {
    if (now == last_) return;
    last_ = now;
    busy_least_ = std::min(busy_least_, busy_);
    busy_most_ = std::max(busy_most_, busy_);
  }
  // How many are starting or live changes at `now`.
  void EndStretch(int64_t now) {
    Observe(now);
    if (busy_least_ > busy_most_) return;
    max_.busy = std::max(max_.busy, busy_most_);
    max_.idle = std::max(max_.idle, live_ - starting_ - busy_least_);
    max_.starting = std::max(max_.starting, starting_);
    max_.live = std::max(max_.live, live_);
    max_.concurrency = std::max(max_.concurrency, busy_most_ + starting_);
    busy_least_ = kNoneLeast;
    busy_most_ = kNoneMost;
  }

  void Flush(int64_t now) {
    EndStretch(now);
    const int64_t starting = Integral(starting_, now, starting_sum_);
    const int64_t busy = Integral(busy_, now, busy_sum_);
    const int64_t idle = Integral(live_, now, live_sum_) - busy - starting;
    const __int128 idle_mib =
        memory_mib_ > 0 ? static_cast<__int128>(idle) * memory_mib_
                        : static_cast<__int128>(idle_mib_) * (now - epoch_) - idle_mib_sum_;
    tracker_.Add(Instant::FromNanoseconds(now),
                 {.starting = starting,
                  .busy = busy,
                  .idle = idle,
                  .idle_mib = idle_mib,
                  .waiting = starting},
                 max_, counts_);
    max_ = {};
    counts_ = {};
    // As if everything that is there had begun now.
    starting_sum_ = static_cast<uint64_t>(starting_) * static_cast<uint64_t>(now);
    busy_sum_ = static_cast<uint64_t>(busy_) * static_cast<uint64_t>(now);
    live_sum_ = static_cast<uint64_t>(live_) * static_cast<uint64_t>(now);
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
  // Of busy_, since starting_ or live_ changed last; the least is above the most when nothing was
  // observed.
  int64_t busy_least_ = kNoneLeast;
  int64_t busy_most_ = kNoneMost;
  // Of the changes since `epoch_`, each times when it was; of memory, times how long after it.
  uint64_t starting_sum_ = 0;
  uint64_t busy_sum_ = 0;
  uint64_t live_sum_ = 0;
  __int128 idle_mib_sum_ = 0;
  LevelMaxima max_;
  SeriesPart counts_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_LEVELS_H_
