// An SQS standard queue whose messages an event source mapping takes to one function.
//
// A receiver takes waiting messages, oldest first, and gathers them into a batch, which is complete
// when it has `batch_size` messages, when one more would pass 6 MB, or when `batch_window` is over.
// A batch becomes one invocation. Its messages are deleted after a success. After an error of the
// function they come back when their visibility time-out, counted from their receipt, is over;
// after a throttle the invocation is tried again after 1 s, 2 s, 4 s, ... as long as that comes
// within the visibility time-out of all its messages. A message whose visibility time-out ends
// while its batch runs comes back, too: what the function then says about it is too late. A message
// that comes back after `receives_max` receipts is dead. Source: AWS "Using Lambda with Amazon
// SQS".
//
// So many batches may be under way at once: 5 at first, and while a message waits for want of
// another one more each 200 ms (300 per minute) up to 1,250, or by the rule until November 2023 one
// more each second (60 per minute) up to 1,000. A minute in which no message waited takes the limit
// down to what that minute used, but not below 5. AWS documents the rates, not how they are spread
// over the minute, nor the way down. One batch gathers at a time; the messages of a queue without
// traffic are received at once, where AWS tells of up to 20 s of long polling.
//
// Pure: no clock, no I/O. No memory is allocated once as many messages as ever were there.
// Thread-compatible.

#ifndef FLOE_ORCHESTRATOR_DELIVERY_MESSAGE_QUEUE_H_
#define FLOE_ORCHESTRATOR_DELIVERY_MESSAGE_QUEUE_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/delivery/attempt.h"
#include "orchestrator/delivery/dead_letter.h"

namespace floe {

enum class PollerScaling : uint8_t { kCurrent, kLegacy };

struct MessageQueueOptions {
  PollerScaling scaling = PollerScaling::kCurrent;
  int32_t batch_size = 10;                 // 1 to 10,000.
  Duration batch_window;                   // 0 to 300 s.
  std::optional<int32_t> concurrency_max;  // MaximumConcurrency, 2 to 1,000.
  Duration visibility_timeout = Duration::Seconds(30);
  // Of the function; the visibility time-out is at least as long. With a batch window whose length
  // and this together pass the visibility time-out, that becomes their sum and 30 s.
  Duration function_timeout = Duration::Seconds(3);
  int32_t receives_max = 0;  // maxReceiveCount of the redrive policy. 0: none.

  friend bool operator==(const MessageQueueOptions&, const MessageQueueOptions&) = default;
};

inline constexpr int64_t kBatchBytesMax = 6 << 20;
inline constexpr int32_t kPollersAtFirst = 5;
inline constexpr int32_t kPollersMax = 1'250;
inline constexpr int32_t kLegacyPollersMax = 1'000;
inline constexpr Duration kPollerInterval = Duration::Milliseconds(200);
inline constexpr Duration kLegacyPollerInterval = Duration::Seconds(1);
inline constexpr Duration kFirstBatchRetryWait = Duration::Seconds(1);
// Messages that one queue holds; what is sent beyond is refused.
inline constexpr uint32_t kQueueMessagesMax = 1u << 24;

struct BatchId {
  uint32_t row = 0;
  uint32_t generation = 0;
  friend auto operator<=>(BatchId, BatchId) = default;
};

// ---- What the queue is told

// `key` is whatever the caller knows the message by.
struct MessageSent {
  uint64_t key = 0;
  int32_t bytes = 0;
};
// The function names this message of the batch as one that it could not handle
// (batchItemFailures). The others of the batch then end with the BatchEnded that follows.
struct MessageFailed {
  BatchId batch;
  uint64_t key = 0;
};
struct BatchEnded {
  BatchId batch;
  AttemptOutcome outcome = AttemptOutcome::kSuccess;
};
using MessageQueueEvent = std::variant<DeadlineReached, MessageSent, MessageFailed, BatchEnded>;

// ---- What it orders

// Run the function with these messages; see MessageQueue::VisitBatch. BatchEnded answers.
struct InvokeWithBatch {
  BatchId batch;
  int32_t throttles = 0;  // How often this batch was throttled so far.
  friend bool operator==(const InvokeWithBatch&, const InvokeWithBatch&) = default;
};
// Deleted, respectively moved to the dead letters: the queue no longer knows the message.
struct MessageDelivered {
  uint64_t key = 0;
  friend bool operator==(const MessageDelivered&, const MessageDelivered&) = default;
};
struct MessageDead {
  uint64_t key = 0;
  DeadLetterCause cause = DeadLetterCause::kReceivesExhausted;
  int32_t receives = 0;
  friend bool operator==(const MessageDead&, const MessageDead&) = default;
};
struct MessageRefused {
  uint64_t key = 0;
  friend bool operator==(const MessageRefused&, const MessageRefused&) = default;
};
using MessageQueueAction =
    std::variant<InvokeWithBatch, MessageDelivered, MessageDead, MessageRefused>;
using MessageQueueActions = std::vector<MessageQueueAction>;

class MessageQueue {
 public:
  // The mapping is enabled at `start`.
  MessageQueue(const MessageQueueOptions& options, Instant start);

  // Applies `event` as of `now` and appends, in order, what must be done to `actions`. What is due
  // by `now` comes first, in the order of its times. REQUIRES: `now` never goes backwards.
  void Step(Instant now, const MessageQueueEvent& event, MessageQueueActions& actions);

  // When Step must next be called with DeadlineReached, or Instant::InfiniteFuture().
  Instant NextDeadline() const;

  // Calls visit(key, receives) for each message of a batch that was given out, oldest first.
  // Messages leave a batch when their visibility time-out ends, and it when BatchEnded comes.
  template <typename Visit>
  void VisitBatch(BatchId batch, Visit visit) const {
    if (!IsCurrent(batch)) return;
    for (uint32_t row = batches_[batch.row].messages.head; row != kNone; row = rows_[row].next) {
      visit(rows_[row].key, rows_[row].receives);
    }
  }

  // Messages that are neither deleted nor dead.
  size_t size() const { return rows_.size() - free_rows_.size(); }
  // Those of them that no receiver has.
  size_t waiting() const { return waiting_.size; }
  // Batches under way, the one that gathers included, and how many may be.
  int32_t batches_under_way() const { return under_way_; }
  int32_t batches_max() const { return batches_max_; }
  // Ends of batches, and failures of messages, that are not under way.
  uint64_t stale_events() const { return stale_events_; }

  // Aborts when the tables contradict each other. For tests; linear in the messages.
  void CheckInvariants() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // A list of messages, linked by Row::previous and next.
  struct List {
    uint32_t head = kNone;
    uint32_t tail = kNone;
    uint32_t size = 0;
  };
  enum class State : uint8_t { kFree, kWaiting, kInBatch, kInvisible };
  struct Row {
    uint64_t key = 0;
    Instant visible_at;  // Once it is received.
    int32_t bytes = 0;
    int32_t receives = 0;
    uint32_t batch = kNone;
    // In `waiting_` or in the messages of its batch.
    uint32_t previous = kNone;
    uint32_t next = kNone;
    // In `received_`.
    uint32_t received_previous = kNone;
    uint32_t received_next = kNone;
    State state = State::kFree;
  };
  enum class Stage : uint8_t { kFree, kGathering, kInvoked, kThrottled };
  struct Batch {
    List messages;
    int64_t bytes = 0;
    Instant window_end;
    Duration retry_wait;  // After the next throttle.
    uint32_t generation = 0;
    int32_t throttles = 0;
    Stage stage = Stage::kFree;
  };
  struct Retry {
    Instant due;
    uint64_t order = 0;
    uint32_t batch = 0;
    // For a heap with the least on top.
    friend bool operator<(const Retry& a, const Retry& b) {
      return a.due != b.due ? a.due > b.due : a.order > b.order;
    }
  };

  void On(const DeadlineReached&, Instant, MessageQueueActions&) {}
  void On(const MessageSent& event, Instant now, MessageQueueActions& actions);
  void On(const MessageFailed& event, Instant now, MessageQueueActions& actions);
  void On(const BatchEnded& event, Instant now, MessageQueueActions& actions);

  // Applies what is due first. REQUIRES: NextDeadline() <= now, the time of the call.
  void ApplyDeadline(Instant due, MessageQueueActions& actions);
  void ComeBack(uint32_t row, MessageQueueActions& actions);
  // Receives as many of the waiting messages as there are receivers for.
  void Receive(Instant now, MessageQueueActions& actions);
  // The gathering batch, a new one if need be. kNone: no more batches may be under way.
  uint32_t GatheringBatch(Instant now);
  void Take(uint32_t row, uint32_t batch, Instant now);
  void Invoke(uint32_t batch, MessageQueueActions& actions);
  void RetryThrottled(uint32_t batch, Instant now);
  // Its messages come back each at its time.
  void Drop(uint32_t batch);
  void Leave(uint32_t row);
  void FreeBatch(uint32_t batch);
  void FreeMessage(uint32_t row);
  bool IsCurrent(BatchId batch) const {
    return batch.row < batches_.size() && batches_[batch.row].generation == batch.generation &&
           batches_[batch.row].stage == Stage::kInvoked;
  }

  // The number of batches that may be under way.
  void NoteWaiting(Instant now);
  void ScaleIn(Instant now);

  void PushBack(List& list, uint32_t row);
  void Remove(List& list, uint32_t row);

  MessageQueueOptions options_;
  Duration visibility_;
  int32_t pollers_min_;
  int32_t pollers_max_;
  Duration poller_interval_;

  Instant now_;
  std::vector<Row> rows_;
  std::vector<uint32_t> free_rows_;
  List waiting_;
  // Received messages, in the order in which they come back.
  uint32_t received_head_ = kNone;
  uint32_t received_tail_ = kNone;

  std::vector<Batch> batches_;
  std::vector<uint32_t> free_batches_;
  uint32_t gathering_ = kNone;
  int32_t under_way_ = 0;
  std::vector<Retry> retries_;  // A heap.
  uint64_t retries_made_ = 0;

  int32_t batches_max_;
  Instant grows_at_ = Instant::InfiniteFuture();  // Finite while a message waits for a receiver.
  Instant minute_began_;
  bool waited_this_minute_ = false;
  int32_t peak_this_minute_ = 0;

  uint64_t stale_events_ = 0;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_DELIVERY_MESSAGE_QUEUE_H_
