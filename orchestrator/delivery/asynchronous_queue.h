// Lambda's own queue of asynchronous invocations (invocation type Event) of one function, or of
// several that are configured alike.
//
// An event is tried at once. After an error of the function it is tried again after 1 minute, then
// after 2 more, as often as `retries_max` allows; throttles and system errors take none of these
// retries, but wait for 1 s, 2 s, 4 s, ... at most 5 minutes. A retry that would come when the
// event is older than `event_age_max` is not waited for: the event is dead at once. Events of a
// function that is switched off (reserved concurrency 0) are dead without being tried. Source: AWS
// "Asynchronous invocation" and recordings of it; how the waits after throttles grow is not
// documented further, nor that Lambda reads a long queue more slowly, which is not done here.
//
//   AsynchronousQueue queue({.retries_max = 1});
//   AsynchronousActions actions;
//   queue.Step(now, EventAccepted{key}, actions);       // InvokeWithEvent{attempt, key}
//   queue.Step(later, AttemptEnded{attempt, AttemptOutcome::kFunctionError}, actions);
//   ... NextDeadline() is a minute later: InvokeWithEvent again.
//
// Pure: no clock, no I/O. No memory is allocated once as many events as ever were there.
// Thread-compatible.

#ifndef FLOE_ORCHESTRATOR_DELIVERY_ASYNCHRONOUS_QUEUE_H_
#define FLOE_ORCHESTRATOR_DELIVERY_ASYNCHRONOUS_QUEUE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/delivery/attempt.h"
#include "orchestrator/delivery/dead_letter.h"

namespace floe {

struct AsynchronousOptions {
  int32_t retries_max = 2;                      // 0 to 2.
  Duration event_age_max = Duration::Hours(6);  // 60 s to 6 h.

  friend bool operator==(const AsynchronousOptions&, const AsynchronousOptions&) = default;
};

inline constexpr Duration kFirstErrorWait = Duration::Minutes(1);  // The second is twice that.
inline constexpr Duration kFirstThrottleWait = Duration::Seconds(1);
inline constexpr Duration kThrottleWaitMax = Duration::Minutes(5);
// Events that one queue holds; what comes beyond is refused.
inline constexpr uint32_t kAsynchronousEventsMax = 1u << 24;

// One attempt of one event. Recognised as stale once it has ended.
struct AttemptId {
  uint32_t row = 0;
  uint32_t generation = 0;
  friend auto operator<=>(AttemptId, AttemptId) = default;
};

// ---- What the queue is told

// `key` is whatever the caller knows the event by.
struct EventAccepted {
  uint64_t key = 0;
};
struct AttemptEnded {
  AttemptId attempt;
  AttemptOutcome outcome = AttemptOutcome::kSuccess;
};
// The function's reserved concurrency became, respectively is no longer, 0.
struct FunctionSwitchedOff {};
struct FunctionSwitchedOn {};
using AsynchronousEvent = std::variant<DeadlineReached, EventAccepted, AttemptEnded,
                                       FunctionSwitchedOff, FunctionSwitchedOn>;

// ---- What it orders

// Run the function. AttemptEnded answers.
struct InvokeWithEvent {
  AttemptId attempt;
  uint64_t key = 0;
  // How often the function has run for it, and how often it was throttled since.
  int32_t errors = 0;
  int32_t throttles = 0;
  friend bool operator==(const InvokeWithEvent&, const InvokeWithEvent&) = default;
};
// Done, respectively given up: the queue no longer knows the event.
struct EventDelivered {
  uint64_t key = 0;
  friend bool operator==(const EventDelivered&, const EventDelivered&) = default;
};
struct EventDead {
  uint64_t key = 0;
  DeadLetterCause cause = DeadLetterCause::kRetriesExhausted;
  int32_t runs = 0;  // Of the function.
  friend bool operator==(const EventDead&, const EventDead&) = default;
};
// The queue is full.
struct EventRefused {
  uint64_t key = 0;
  friend bool operator==(const EventRefused&, const EventRefused&) = default;
};
using AsynchronousAction = std::variant<InvokeWithEvent, EventDelivered, EventDead, EventRefused>;
using AsynchronousActions = std::vector<AsynchronousAction>;

class AsynchronousQueue {
 public:
  explicit AsynchronousQueue(const AsynchronousOptions& options);

  // Applies `event` as of `now` and appends, in order, what must be done to `actions`. Retries that
  // are due by `now` come first, in the order of their times. REQUIRES: `now` never goes backwards.
  void Step(Instant now, const AsynchronousEvent& event, AsynchronousActions& actions);

  // When Step must next be called with DeadlineReached, or Instant::InfiniteFuture().
  Instant NextDeadline() const {
    return retries_.empty() ? Instant::InfiniteFuture() : retries_.front().due;
  }

  // Events that are neither delivered nor dead.
  size_t size() const { return events_.size() - free_rows_.size(); }
  // Attempts that ended twice, or never were.
  uint64_t stale_events() const { return stale_events_; }

  // Aborts when the tables contradict each other. For tests; linear in the events.
  void CheckInvariants() const;

 private:
  enum class State : uint8_t { kFree, kBeingTried, kWaiting };
  struct Row {
    uint64_t key = 0;
    Instant accepted;
    uint32_t generation = 0;
    int32_t errors = 0;
    int32_t throttles = 0;
    State state = State::kFree;
  };
  struct Retry {
    Instant due;
    uint64_t order = 0;
    uint32_t row = 0;
    // For a heap with the least on top.
    friend bool operator<(const Retry& a, const Retry& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };

  void On(const DeadlineReached&, Instant, AsynchronousActions&) {}
  void On(const EventAccepted& event, Instant now, AsynchronousActions& actions);
  void On(const AttemptEnded& event, Instant now, AsynchronousActions& actions);
  void On(const FunctionSwitchedOff&, Instant, AsynchronousActions&) { is_off_ = true; }
  void On(const FunctionSwitchedOn&, Instant, AsynchronousActions&) { is_off_ = false; }

  void Try(uint32_t row, AsynchronousActions& actions);
  void RetryAfter(Duration wait, uint32_t row, Instant now, AsynchronousActions& actions);
  void GiveUp(uint32_t row, DeadLetterCause cause, AsynchronousActions& actions);
  void Free(uint32_t row);

  AsynchronousOptions options_;
  bool is_off_ = false;
  Instant now_;
  uint64_t retries_made_ = 0;
  uint64_t stale_events_ = 0;
  std::vector<Row> events_;
  std::vector<uint32_t> free_rows_;
  std::vector<Retry> retries_;  // A heap.
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_DELIVERY_ASYNCHRONOUS_QUEUE_H_
