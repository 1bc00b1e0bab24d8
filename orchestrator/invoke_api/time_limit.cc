#include "orchestrator/invoke_api/time_limit.h"

#include <utility>

#include "base/check.h"

namespace floe::invoke_api {

// Guarded by the mutex of the TimeLimit, except that `on_expired` belongs to whoever takes the
// entry off the list.
class TimeLimit::Entry {
 public:
  Clock::time_point deadline;
  std::function<void()> on_expired;
  std::list<Handle>::iterator place;
  bool is_waiting = true;
};

TimeLimit::TimeLimit(Duration limit) : limit_(limit.nanoseconds()), thread_([this] { Loop(); }) {
  CHECK(limit > Duration() && !limit.is_infinite());
}

TimeLimit::~TimeLimit() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

TimeLimit::Handle TimeLimit::Begin(std::function<void()> on_expired) {
  auto entry = std::make_shared<Entry>();
  entry->on_expired = std::move(on_expired);
  const std::lock_guard<std::mutex> lock(mutex_);
  entry->deadline = Clock::now() + limit_;  // Under the mutex, so the list stays in order.
  entry->place = waiting_.insert(waiting_.end(), entry);
  // Later entries never come before the one the thread waits for.
  if (waiting_.size() == 1) changed_.notify_one();
  return entry;
}

void TimeLimit::End(const Handle& handle) {
  std::function<void()> dropped;  // Destroyed after the mutex is free.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!handle->is_waiting) return;
  handle->is_waiting = false;
  waiting_.erase(handle->place);
  dropped.swap(handle->on_expired);
}

void TimeLimit::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const Handle next = waiting_.front();
    if (Clock::now() < next->deadline) {
      changed_.wait_until(lock, next->deadline);
      continue;
    }
    next->is_waiting = false;
    waiting_.pop_front();
    std::function<void()> on_expired = std::move(next->on_expired);
    lock.unlock();
    on_expired();
    on_expired = nullptr;  // What it holds goes outside the mutex too.
    lock.lock();
  }
}

}  // namespace floe::invoke_api
