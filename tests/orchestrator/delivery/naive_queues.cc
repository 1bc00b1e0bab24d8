#include "tests/orchestrator/delivery/naive_queues.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace floe {

// --- The asynchronous queue

Lines NaiveAsynchronousQueue::Accept(Instant now, uint64_t key) {
  Lines lines = Wait(now);
  events_.push_back({.key = key, .accepted = now, .due = now});
  Try(events_.size() - 1, lines);
  return lines;
}

Lines NaiveAsynchronousQueue::End(Instant now, uint64_t key, AttemptOutcome outcome) {
  Lines lines = Wait(now);
  size_t index = 0;
  while (events_[index].key != key) ++index;
  Event& event = events_[index];
  if (outcome == AttemptOutcome::kSuccess) {
    Give(index, "delivered", lines);
  } else if (outcome == AttemptOutcome::kFunctionError) {
    event.throttles = 0;
    if (++event.errors == options_.retries_max + 1) {
      Give(index, "dead 0", lines);
    } else {
      Later(index, now + Duration::Minutes(event.errors), lines);
    }
  } else {
    int64_t seconds = 1;
    for (int i = 0; i < event.throttles; ++i) seconds = std::min<int64_t>(300, 2 * seconds);
    ++event.throttles;
    Later(index, now + Duration::Seconds(seconds), lines);
  }
  return lines;
}

Lines NaiveAsynchronousQueue::Switch(Instant now, bool off) {
  Lines lines = Wait(now);
  off_ = off;
  return lines;
}

Lines NaiveAsynchronousQueue::Wait(Instant now) {
  Lines lines;
  while (Next() <= now) {
    const Instant next = Next();
    size_t first = events_.size();
    for (size_t i = 0; i < events_.size(); ++i) {
      if (events_[i].due == next &&
          (first == events_.size() || events_[i].order < events_[first].order)) {
        first = i;
      }
    }
    Try(first, lines);
  }
  return lines;
}

std::vector<uint64_t> NaiveAsynchronousQueue::Tried() const {
  std::vector<uint64_t> keys;
  for (const Event& event : events_) {
    if (event.due == Instant::InfiniteFuture()) keys.push_back(event.key);
  }
  return keys;
}

Instant NaiveAsynchronousQueue::Next() const {
  Instant next = Instant::InfiniteFuture();
  for (const Event& event : events_) next = std::min(next, event.due);
  return next;
}

void NaiveAsynchronousQueue::Try(size_t index, Lines& lines) {
  if (off_) return Give(index, "dead 2", lines);
  events_[index].due = Instant::InfiniteFuture();
  lines.push_back(absl::StrCat("invoke ", events_[index].key));
}

void NaiveAsynchronousQueue::Later(size_t index, Instant due, Lines& lines) {
  if (due - events_[index].accepted > options_.event_age_max) {
    return Give(index, "dead 1", lines);
  }
  events_[index].due = due;
  events_[index].order = ++orders_;
}

void NaiveAsynchronousQueue::Give(size_t index, const std::string& what, Lines& lines) {
  lines.push_back(absl::StrCat(what, " ", events_[index].key));
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(index));
}

// --- A message queue

NaiveMessageQueue::NaiveMessageQueue(const MessageQueueOptions& options, Instant start)
    : options_(options), minute_(start) {
  const bool current = options.scaling == PollerScaling::kCurrent;
  most_ = current ? 1'250 : 1'000;
  if (options.concurrency_max.has_value()) {
    most_ = std::min<int64_t>(most_, *options.concurrency_max);
  }
  least_ = std::min<int64_t>(5, most_);
  limit_ = least_;
  interval_ = current ? Duration::Milliseconds(200) : Duration::Seconds(1);
  visibility_ = std::max(options.visibility_timeout, options.function_timeout);
  if (options.batch_window > Duration() &&
      options.batch_window + options.function_timeout > visibility_) {
    visibility_ = options.batch_window + options.function_timeout + Duration::Seconds(30);
  }
}

Lines NaiveMessageQueue::Send(Instant now, uint64_t key, int32_t bytes) {
  Lines lines;
  Pass(now, lines);
  waiting_.push_back({.key = key, .bytes = bytes});
  Receive(now, lines);
  return lines;
}

Lines NaiveMessageQueue::Fail(Instant now, uint64_t batch, uint64_t key) {
  Lines lines;
  Pass(now, lines);
  const size_t index = Find(batch);
  if (index == batches_.size()) return lines;
  std::vector<Message>& messages = batches_[index].messages;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].key != key) continue;
    invisible_.push_back(messages[i]);
    messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return lines;
}

Lines NaiveMessageQueue::End(Instant now, uint64_t name, AttemptOutcome outcome) {
  Lines lines;
  Pass(now, lines);
  const size_t index = Find(name);
  if (index == batches_.size()) return lines;
  Batch& batch = batches_[index];
  const bool retried =
      (outcome == AttemptOutcome::kThrottled || outcome == AttemptOutcome::kSystemError) &&
      !batch.messages.empty() &&
      now + Duration::Seconds(batch.wait_seconds) < batch.messages[0].visible;
  if (retried) {
    batch.stage = Batch::kThrottled;
    batch.retry = now + Duration::Seconds(batch.wait_seconds);
    batch.wait_seconds *= 2;
    batch.order = ++orders_;
    ++batch.throttles;
  } else {
    for (const Message& message : batch.messages) {
      if (outcome == AttemptOutcome::kSuccess) {
        lines.push_back(absl::StrCat("delivered ", message.key));
      } else {
        invisible_.push_back(message);
      }
    }
    batches_.erase(batches_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  Receive(now, lines);
  return lines;
}

Lines NaiveMessageQueue::Wait(Instant now) {
  Lines lines;
  Pass(now, lines);
  return lines;
}

Instant NaiveMessageQueue::Next() const {
  Instant next = grows_;
  for (const Message& message : invisible_) next = std::min(next, message.visible);
  for (const Batch& batch : batches_) {
    for (const Message& message : batch.messages) next = std::min(next, message.visible);
    if (batch.stage == Batch::kGathers) next = std::min(next, batch.window_end);
    if (batch.stage == Batch::kThrottled) next = std::min(next, batch.retry);
  }
  return next;
}

void NaiveMessageQueue::Pass(Instant now, Lines& lines) {
  invoked_.clear();
  for (Instant next = Next(); next <= now; next = Next()) {
    Minute(next);
    // What comes back, what has gathered, what is tried again, and then a further receiver. Of
    // messages that come back the one that was received first is the first.
    Message* back = nullptr;
    std::vector<Message>* home = nullptr;
    int coming_back = 0;
    const auto look = [&](std::vector<Message>& messages) {
      for (Message& message : messages) {
        if (message.visible != next) continue;
        ++coming_back;
        if (back == nullptr || message.received < back->received) {
          back = &message;
          home = &messages;
        }
      }
    };
    look(invisible_);
    for (Batch& batch : batches_) look(batch.messages);
    Batch* due = nullptr;
    for (Batch& batch : batches_) {
      if (batch.stage == Batch::kGathers && batch.window_end == next) due = &batch;
    }
    if (due == nullptr) {
      for (Batch& batch : batches_) {
        if (batch.stage == Batch::kThrottled && batch.retry == next &&
            (due == nullptr || batch.order < due->order)) {
          due = &batch;
        }
      }
    }
    if (back != nullptr) {
      const Message message = *back;
      home->erase(home->begin() + (back - home->data()));
      ComeBack(message, lines);
      // Those that come back together can be received together.
      if (coming_back > 1) continue;
    } else if (due != nullptr) {
      Invoke(*due, lines);
    } else {
      ++limit_;
      grows_ = Instant::InfiniteFuture();
    }
    Receive(next, lines);
  }
  Minute(now);
}

void NaiveMessageQueue::Minute(Instant now) {
  while (now >= minute_ + Duration::Minutes(1)) {
    minute_ = minute_ + Duration::Minutes(1);
    if (!waited_) limit_ = std::max(least_, peak_);
    waited_ = !waiting_.empty();
    peak_ = static_cast<int64_t>(batches_.size());
  }
}

void NaiveMessageQueue::Receive(Instant now, Lines& lines) {
  while (!waiting_.empty()) {
    size_t index = batches_.size();
    for (size_t i = 0; i < batches_.size(); ++i) {
      if (batches_[i].stage == Batch::kGathers) index = i;
    }
    if (index == batches_.size()) {
      if (static_cast<int64_t>(batches_.size()) >= limit_) {
        waited_ = true;
        if (grows_ == Instant::InfiniteFuture() && limit_ < most_) grows_ = now + interval_;
        return;
      }
      batches_.push_back({.window_end = now + options_.batch_window});
      peak_ = std::max(peak_, static_cast<int64_t>(batches_.size()));
    }
    Batch& batch = batches_[index];
    int64_t bytes = waiting_[0].bytes;
    for (const Message& message : batch.messages) bytes += message.bytes;
    if (!batch.messages.empty() && bytes > 6 * 1024 * 1024) {
      Invoke(batch, lines);
      continue;
    }
    batch.messages.push_back(waiting_[0]);
    batch.messages.back().visible = now + visibility_;
    ++batch.messages.back().receives;
    batch.messages.back().received = ++receipts_;
    waiting_.erase(waiting_.begin());
    if (static_cast<int32_t>(batch.messages.size()) == options_.batch_size) Invoke(batch, lines);
  }
  grows_ = Instant::InfiniteFuture();
  for (Batch& batch : batches_) {
    if (batch.stage == Batch::kGathers && options_.batch_window == Duration()) {
      Invoke(batch, lines);
    }
  }
}

void NaiveMessageQueue::Invoke(Batch& batch, Lines& lines) {
  if (batch.stage == Batch::kGathers) batch.name = ++names_;
  invoked_.push_back(batch.name);
  batch.stage = Batch::kInvoked;
  std::string line = absl::StrCat("invoke ", batch.throttles);
  for (const Message& message : batch.messages) {
    absl::StrAppend(&line, " ", message.key, "/", message.receives);
  }
  lines.push_back(line);
}

void NaiveMessageQueue::ComeBack(Message message, Lines& lines) {
  if (options_.receives_max > 0 && message.receives >= options_.receives_max) {
    lines.push_back(absl::StrCat("dead ", message.key));
    return;
  }
  waiting_.push_back(message);
}

size_t NaiveMessageQueue::Find(uint64_t name) const {
  size_t index = 0;
  while (index < batches_.size() &&
         (batches_[index].name != name || batches_[index].stage != Batch::kInvoked)) {
    ++index;
  }
  return index;
}

}  // namespace floe
