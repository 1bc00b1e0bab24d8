#include "orchestrator/delivery/message_queue.h"

#include <algorithm>

#include "base/check.h"

namespace floe {
namespace {

constexpr Duration kMinute = Duration::Minutes(1);
constexpr Duration kWindowMargin = Duration::Seconds(30);

Duration EffectiveVisibility(const MessageQueueOptions& options) {
  const Duration visibility = std::max(options.visibility_timeout, options.function_timeout);
  const Duration needed = options.batch_window + options.function_timeout;
  return options.batch_window > Duration() && needed > visibility ? needed + kWindowMargin
                                                                  : visibility;
}

int32_t PollersMax(const MessageQueueOptions& options) {
  const int32_t most = options.scaling == PollerScaling::kCurrent ? kPollersMax : kLegacyPollersMax;
  return std::min(most, options.concurrency_max.value_or(most));
}

}  // namespace

MessageQueue::MessageQueue(const MessageQueueOptions& options, Instant start)
    : options_(options),
      visibility_(EffectiveVisibility(options)),
      pollers_min_(std::min(kPollersAtFirst, PollersMax(options))),
      pollers_max_(PollersMax(options)),
      poller_interval_(options.scaling == PollerScaling::kCurrent ? kPollerInterval
                                                                  : kLegacyPollerInterval),
      now_(start),
      batches_max_(pollers_min_),
      minute_began_(start) {
  CHECK(visibility_ > Duration() && options.batch_size > 0 && pollers_max_ > 0);
}

void MessageQueue::Step(Instant now, const MessageQueueEvent& event, MessageQueueActions& actions) {
  CHECK(now >= now_);
  for (Instant due = NextDeadline(); due <= now; due = NextDeadline()) {
    now_ = due;
    ApplyDeadline(due, actions);
  }
  now_ = now;
  ScaleIn(now);
  std::visit([&](const auto& other) { On(other, now, actions); }, event);
}

Instant MessageQueue::NextDeadline() const {
  Instant next = grows_at_;
  if (received_head_ != kNone) next = std::min(next, rows_[received_head_].visible_at);
  if (gathering_ != kNone) next = std::min(next, batches_[gathering_].window_end);
  if (!retries_.empty()) next = std::min(next, retries_.front().due);
  return next;
}

void MessageQueue::ApplyDeadline(Instant due, MessageQueueActions& actions) {
  ScaleIn(due);
  if (received_head_ != kNone && rows_[received_head_].visible_at == due) {
    // All of them before the next batch is filled: what was received together comes back together.
    while (received_head_ != kNone && rows_[received_head_].visible_at == due) {
      ComeBack(received_head_, actions);
    }
  } else if (gathering_ != kNone && batches_[gathering_].window_end == due) {
    Invoke(gathering_, actions);
  } else if (!retries_.empty() && retries_.front().due == due) {
    const uint32_t batch = retries_.front().batch;
    std::pop_heap(retries_.begin(), retries_.end());
    retries_.pop_back();
    Invoke(batch, actions);
  } else {
    ++batches_max_;
    grows_at_ = Instant::InfiniteFuture();
  }
  Receive(due, actions);
}

// --- Messages

void MessageQueue::On(const MessageSent& event, Instant now, MessageQueueActions& actions) {
  if (free_rows_.empty()) {
    if (rows_.size() == kQueueMessagesMax) {
      actions.emplace_back(MessageRefused{event.key});
      return;
    }
    free_rows_.push_back(static_cast<uint32_t>(rows_.size()));
    rows_.emplace_back();
  }
  const uint32_t row = free_rows_.back();
  free_rows_.pop_back();
  rows_[row] = {.key = event.key, .bytes = event.bytes, .state = State::kWaiting};
  PushBack(waiting_, row);
  Receive(now, actions);
}

void MessageQueue::ComeBack(uint32_t row, MessageQueueActions& actions) {
  Leave(row);
  Row& message = rows_[row];
  received_head_ = message.received_next;
  (received_head_ == kNone ? received_tail_ : rows_[received_head_].received_previous) = kNone;
  if (options_.receives_max > 0 && message.receives >= options_.receives_max) {
    actions.emplace_back(MessageDead{.key = message.key, .receives = message.receives});
    message.state = State::kFree;
    free_rows_.push_back(row);
    return;
  }
  message.state = State::kWaiting;
  PushBack(waiting_, row);
}

void MessageQueue::Receive(Instant now, MessageQueueActions& actions) {
  while (waiting_.size > 0) {
    const uint32_t batch = GatheringBatch(now);
    if (batch == kNone) return NoteWaiting(now);
    const uint32_t row = waiting_.head;
    if (batches_[batch].messages.size > 0 &&
        batches_[batch].bytes + rows_[row].bytes > kBatchBytesMax) {
      Invoke(batch, actions);
      continue;
    }
    Take(row, batch, now);
    if (batches_[batch].messages.size == static_cast<uint32_t>(options_.batch_size)) {
      Invoke(batch, actions);
    }
  }
  grows_at_ = Instant::InfiniteFuture();
  if (gathering_ != kNone && options_.batch_window == Duration()) Invoke(gathering_, actions);
}

uint32_t MessageQueue::GatheringBatch(Instant now) {
  if (gathering_ != kNone) return gathering_;
  if (under_way_ >= batches_max_) return kNone;
  if (free_batches_.empty()) {
    free_batches_.push_back(static_cast<uint32_t>(batches_.size()));
    batches_.emplace_back();
  }
  gathering_ = free_batches_.back();
  free_batches_.pop_back();
  batches_[gathering_] = {.window_end = now + options_.batch_window,
                          .retry_wait = kFirstBatchRetryWait,
                          .generation = batches_[gathering_].generation + 1,
                          .stage = Stage::kGathering};
  ++under_way_;
  peak_this_minute_ = std::max(peak_this_minute_, under_way_);
  return gathering_;
}

void MessageQueue::Take(uint32_t row, uint32_t batch, Instant now) {
  Row& message = rows_[row];
  Remove(waiting_, row);
  PushBack(batches_[batch].messages, row);
  batches_[batch].bytes += message.bytes;
  message.state = State::kInBatch;
  message.batch = batch;
  message.visible_at = now + visibility_;
  ++message.receives;
  message.received_previous = received_tail_;
  message.received_next = kNone;
  (received_tail_ == kNone ? received_head_ : rows_[received_tail_].received_next) = row;
  received_tail_ = row;
}

void MessageQueue::Leave(uint32_t row) {
  Row& message = rows_[row];
  if (message.state != State::kInBatch) return;
  Batch& batch = batches_[message.batch];
  Remove(batch.messages, row);
  batch.bytes -= message.bytes;
  message.batch = kNone;
  message.state = State::kInvisible;
}

void MessageQueue::FreeMessage(uint32_t row) {
  Leave(row);
  Row& message = rows_[row];
  const uint32_t previous = message.received_previous;
  const uint32_t next = message.received_next;
  (previous == kNone ? received_head_ : rows_[previous].received_next) = next;
  (next == kNone ? received_tail_ : rows_[next].received_previous) = previous;
  message.state = State::kFree;
  free_rows_.push_back(row);
}

// --- Batches

void MessageQueue::Invoke(uint32_t batch, MessageQueueActions& actions) {
  Batch& invoked = batches_[batch];
  if (batch == gathering_) gathering_ = kNone;
  invoked.stage = Stage::kInvoked;
  actions.emplace_back(InvokeWithBatch{{batch, invoked.generation}, invoked.throttles});
}

void MessageQueue::On(const MessageFailed& event, Instant, MessageQueueActions&) {
  if (IsCurrent(event.batch)) {
    for (uint32_t row = batches_[event.batch.row].messages.head; row != kNone;
         row = rows_[row].next) {
      if (rows_[row].key == event.key) return Leave(row);
    }
  }
  ++stale_events_;
}

void MessageQueue::On(const BatchEnded& event, Instant now, MessageQueueActions& actions) {
  if (!IsCurrent(event.batch)) {
    ++stale_events_;
    return;
  }
  const uint32_t batch = event.batch.row;
  switch (event.outcome) {
    case AttemptOutcome::kSuccess:
      while (batches_[batch].messages.size > 0) {
        const uint32_t row = batches_[batch].messages.head;
        actions.emplace_back(MessageDelivered{rows_[row].key});
        FreeMessage(row);
      }
      FreeBatch(batch);
      break;
    case AttemptOutcome::kFunctionError:
      Drop(batch);
      break;
    case AttemptOutcome::kThrottled:
    case AttemptOutcome::kSystemError:
      RetryThrottled(batch, now);
      break;
  }
  Receive(now, actions);
}

void MessageQueue::RetryThrottled(uint32_t batch, Instant now) {
  Batch& throttled = batches_[batch];
  const Instant due = now + throttled.retry_wait;
  const uint32_t oldest = throttled.messages.head;
  if (oldest == kNone || due >= rows_[oldest].visible_at) return Drop(batch);
  ++throttled.throttles;
  throttled.retry_wait += throttled.retry_wait;
  throttled.stage = Stage::kThrottled;
  retries_.push_back({.due = due, .order = ++retries_made_, .batch = batch});
  std::push_heap(retries_.begin(), retries_.end());
}

void MessageQueue::Drop(uint32_t batch) {
  while (batches_[batch].messages.size > 0) Leave(batches_[batch].messages.head);
  FreeBatch(batch);
}

void MessageQueue::FreeBatch(uint32_t batch) {
  batches_[batch].stage = Stage::kFree;
  free_batches_.push_back(batch);
  --under_way_;
}

// --- How many batches may be under way

void MessageQueue::NoteWaiting(Instant now) {
  waited_this_minute_ = true;
  if (grows_at_ == Instant::InfiniteFuture() && batches_max_ < pollers_max_) {
    grows_at_ = now + poller_interval_;
  }
}

void MessageQueue::ScaleIn(Instant now) {
  const int64_t minutes = (now - minute_began_).nanoseconds() / kMinute.nanoseconds();
  if (minutes == 0) return;
  if (!waited_this_minute_) batches_max_ = std::max(pollers_min_, peak_this_minute_);
  // Nothing has happened since: neither in the minutes after the first.
  waited_this_minute_ = waiting_.size > 0;
  peak_this_minute_ = under_way_;
  if (minutes > 1 && !waited_this_minute_) batches_max_ = std::max(pollers_min_, under_way_);
  minute_began_ = minute_began_ + kMinute * minutes;
}

// --- Lists

void MessageQueue::PushBack(List& list, uint32_t row) {
  rows_[row].previous = list.tail;
  rows_[row].next = kNone;
  (list.tail == kNone ? list.head : rows_[list.tail].next) = row;
  list.tail = row;
  ++list.size;
}

void MessageQueue::Remove(List& list, uint32_t row) {
  const Row& removed = rows_[row];
  (removed.previous == kNone ? list.head : rows_[removed.previous].next) = removed.next;
  (removed.next == kNone ? list.tail : rows_[removed.next].previous) = removed.previous;
  --list.size;
}

void MessageQueue::CheckInvariants() const {
  size_t in_states[4] = {};
  for (const Row& message : rows_) {
    ++in_states[static_cast<size_t>(message.state)];
    CHECK((message.state == State::kInBatch) == (message.batch != kNone));
  }
  CHECK(in_states[static_cast<size_t>(State::kFree)] == free_rows_.size());
  CHECK(in_states[static_cast<size_t>(State::kWaiting)] == waiting_.size);
  size_t received = 0;
  Instant last = now_;
  for (uint32_t row = received_head_; row != kNone; row = rows_[row].received_next) {
    ++received;
    CHECK(rows_[row].visible_at >= last);
    last = rows_[row].visible_at;
  }
  CHECK(received == in_states[static_cast<size_t>(State::kInBatch)] +
                        in_states[static_cast<size_t>(State::kInvisible)]);
  size_t in_batches = 0;
  int32_t under_way = 0;
  size_t throttled = 0;
  for (const Batch& batch : batches_) {
    if (batch.stage == Stage::kFree) {
      CHECK(batch.messages.size == 0);
      continue;
    }
    ++under_way;
    throttled += batch.stage == Stage::kThrottled ? 1 : 0;
    in_batches += batch.messages.size;
    CHECK(batch.messages.size <= static_cast<uint32_t>(options_.batch_size));
    int64_t bytes = 0;
    for (uint32_t row = batch.messages.head; row != kNone; row = rows_[row].next) {
      CHECK(&batches_[rows_[row].batch] == &batch);
      bytes += rows_[row].bytes;
    }
    CHECK(bytes == batch.bytes);
    CHECK(bytes <= kBatchBytesMax || batch.messages.size == 1);
  }
  CHECK(in_batches == in_states[static_cast<size_t>(State::kInBatch)]);
  CHECK(under_way == under_way_ && under_way_ <= batches_max_ && batches_max_ <= pollers_max_);
  CHECK(throttled == retries_.size() && std::is_heap(retries_.begin(), retries_.end()));
  CHECK(gathering_ == kNone || batches_[gathering_].stage == Stage::kGathering);
  // A message waits only where no more batches may be under way.
  CHECK(waiting_.size == 0 || (gathering_ == kNone && under_way_ == batches_max_));
}

}  // namespace floe
