#include "orchestrator/delivery/asynchronous_queue.h"

#include <algorithm>

#include "base/check.h"

namespace floe {
namespace {

// 1 s, 2 s, 4 s, ... for the first, second, third throttle in a row.
Duration ThrottleWait(int32_t throttles) {
  Duration wait = kFirstThrottleWait;
  for (int32_t i = 1; i < throttles && wait < kThrottleWaitMax; ++i) wait += wait;
  return std::min(wait, kThrottleWaitMax);
}

}  // namespace

AsynchronousQueue::AsynchronousQueue(const AsynchronousOptions& options) : options_(options) {}

void AsynchronousQueue::Step(Instant now, const AsynchronousEvent& event,
                             AsynchronousActions& actions) {
  CHECK(now >= now_);
  now_ = now;
  while (!retries_.empty() && retries_.front().due <= now) {
    const uint32_t row = retries_.front().row;
    std::pop_heap(retries_.begin(), retries_.end());
    retries_.pop_back();
    Try(row, actions);
  }
  std::visit([&](const auto& other) { On(other, now, actions); }, event);
}

void AsynchronousQueue::On(const EventAccepted& event, Instant now, AsynchronousActions& actions) {
  if (free_rows_.empty()) {
    if (events_.size() == kAsynchronousEventsMax) {
      actions.emplace_back(EventRefused{event.key});
      return;
    }
    free_rows_.push_back(static_cast<uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const uint32_t row = free_rows_.back();
  free_rows_.pop_back();
  events_[row] = {.key = event.key, .accepted = now, .generation = events_[row].generation};
  Try(row, actions);
}

void AsynchronousQueue::On(const AttemptEnded& event, Instant now, AsynchronousActions& actions) {
  const uint32_t row = event.attempt.row;
  if (row >= events_.size() || events_[row].state != State::kBeingTried ||
      events_[row].generation != event.attempt.generation) {
    ++stale_events_;
    return;
  }
  Row& tried = events_[row];
  switch (event.outcome) {
    case AttemptOutcome::kSuccess:
      actions.emplace_back(EventDelivered{tried.key});
      Free(row);
      return;
    case AttemptOutcome::kFunctionError:
      ++tried.errors;
      tried.throttles = 0;
      if (tried.errors > options_.retries_max) {
        return GiveUp(row, DeadLetterCause::kRetriesExhausted, actions);
      }
      return RetryAfter(kFirstErrorWait * tried.errors, row, now, actions);
    case AttemptOutcome::kThrottled:
    case AttemptOutcome::kSystemError:
      ++tried.throttles;
      return RetryAfter(ThrottleWait(tried.throttles), row, now, actions);
  }
}

void AsynchronousQueue::Try(uint32_t row, AsynchronousActions& actions) {
  if (is_off_) return GiveUp(row, DeadLetterCause::kZeroReservedConcurrency, actions);
  Row& event = events_[row];
  event.state = State::kBeingTried;
  ++event.generation;
  actions.emplace_back(InvokeWithEvent{.attempt = {row, event.generation},
                                       .key = event.key,
                                       .errors = event.errors,
                                       .throttles = event.throttles});
}

void AsynchronousQueue::RetryAfter(Duration wait, uint32_t row, Instant now,
                                   AsynchronousActions& actions) {
  const Instant due = now + wait;
  if (due - events_[row].accepted > options_.event_age_max) {
    return GiveUp(row, DeadLetterCause::kEventAgeExceeded, actions);
  }
  events_[row].state = State::kWaiting;
  retries_.push_back({.due = due, .order = ++retries_made_, .row = row});
  std::push_heap(retries_.begin(), retries_.end());
}

void AsynchronousQueue::GiveUp(uint32_t row, DeadLetterCause cause, AsynchronousActions& actions) {
  actions.emplace_back(
      EventDead{.key = events_[row].key, .cause = cause, .runs = events_[row].errors});
  Free(row);
}

void AsynchronousQueue::Free(uint32_t row) {
  events_[row].state = State::kFree;
  free_rows_.push_back(row);
}

void AsynchronousQueue::CheckInvariants() const {
  size_t free = 0;
  size_t waiting = 0;
  for (const Row& event : events_) {
    free += event.state == State::kFree ? 1 : 0;
    waiting += event.state == State::kWaiting ? 1 : 0;
    if (event.state != State::kFree) CHECK(event.errors <= options_.retries_max);
  }
  CHECK(free == free_rows_.size());
  CHECK(waiting == retries_.size());
  CHECK(std::is_heap(retries_.begin(), retries_.end()));
  for (const Retry& retry : retries_) {
    const Row& event = events_[retry.row];
    CHECK(event.state == State::kWaiting && retry.due > now_);
    CHECK(retry.due - event.accepted <= options_.event_age_max);
  }
}

}  // namespace floe
