// How fast nodes make containers and initialise code: so many starts at a time, and a number of
// processors that starts and initialisations share.
//
// Work is the time it would take alone. On a node with `cpus` processors n jobs at once each
// progress at the rate min(1, cpus / n). Progress is counted in 2^-16 ns and rounded down at every
// change of n, ends are rounded up to the nanosecond: a job is late by less than 1 ns and 2^-16 ns
// for every change. `cpus` is a whole number of thousandths.
//
// Jobs are known by the row of their environment; each has at most one. Thread-compatible.

#ifndef FLOE_SIMULATOR_NODE_STARTS_H_
#define FLOE_SIMULATOR_NODE_STARTS_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "simulator/event_queue.h"
#include "simulator/scenario.h"

namespace floe {

class NodeStarts {
 public:
  explicit NodeStarts(const std::vector<ScenarioNodes>& nodes);

  // False: no node is limited, and nobody need ask here.
  bool is_limited() const { return is_limited_; }

  // The node is asked for a container whose start is so much work. It begins at once or, when as
  // many starts are under way as the node allows, after those that were asked for earlier.
  void Start(Instant now, uint32_t node, uint32_t row, Duration work);
  // Begins at once: an initialisation.
  void Initialize(Instant now, uint32_t node, uint32_t row, Duration work);
  // The job of this row, if it has one, is given up.
  void Cancel(Instant now, uint32_t row);

  // When the next job ends, or Instant::InfiniteFuture().
  Instant next_time();
  // The row whose job that is; it has none from here on. REQUIRES: next_time() was called, nothing
  // has changed since, and it was `now`.
  uint32_t TakeEnded(Instant now);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr int kFractionBits = 16;

  enum class Kind : uint8_t { kNone, kWaiting, kStart, kInitialize };
  struct Job {
    uint64_t order = 0;  // Unique.
    Duration work;       // While it waits.
    uint32_t node = 0;
    // Among those that wait for the node.
    uint32_t previous = kNone;
    uint32_t next = kNone;
    Kind kind = Kind::kNone;
  };
  // A job ends when the node's progress comes to `progress`.
  struct End {
    __int128 progress = 0;
    uint64_t order = 0;
    uint32_t row = 0;
    // For a heap with the least on top.
    friend bool operator<(const End& a, const End& b) {
      return a.progress != b.progress ? a.progress > b.progress : a.order > b.order;
    }
  };
  struct Node {
    int32_t parallelism_max = 0;  // 0: no limit.
    int64_t milli_cpus = 0;       // 0: jobs do not slow each other.
    int32_t starts = 0;           // Under way.
    uint32_t waiting_head = kNone;
    uint32_t waiting_tail = kNone;
    int64_t jobs = 0;  // That progress.
    __int128 progress = 0;
    Instant progress_at;
    std::vector<End> ends;  // A heap; jobs that were cancelled are in it, too.
    uint64_t ticket = 0;    // Of the node's end that is due. 0: none is.
  };

  Job& JobOf(uint32_t row);
  // The row's work progresses from here on.
  void Begin(Instant now, uint32_t row, Duration work);
  // It no longer does.
  void Leave(Instant now, uint32_t row);
  void BeginWaiting(Instant now, Node& node);
  void Unlink(uint32_t row);
  // Brings the node's progress up to `now`.
  static void Progress(Instant now, Node& node);
  // Puts the node's next end into the queue.
  void Schedule(Instant now, uint32_t node);

  bool is_limited_ = false;
  std::vector<Node> nodes_;
  std::vector<Job> jobs_;  // By row.
  uint64_t jobs_made_ = 0;
  EventQueue queue_;  // Of nodes.
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_NODE_STARTS_H_
