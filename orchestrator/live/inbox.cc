#include "orchestrator/live/inbox.h"

#include <mutex>
#include <thread>
#include <utility>

#include "base/time.h"
#include "orchestrator/live/steady_clock.h"

namespace floe::live {

bool Inbox::PutArrival(InvocationArrived arrival) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_ || arrivals_ >= options_.arrivals_max) return false;
    ++arrivals_;
    queue_.push_back({.event = arrival, .attachment = {}, .node = {}});
    wake = std::exchange(taker_waits_, false);
  }
  if (wake) not_empty_.notify_one();
  return true;
}

void Inbox::PutReport(InboxItem item) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (queue_.size() - arrivals_ >= options_.reports_max && taker_ != std::this_thread::get_id()) {
    ++waiting_to_put_;
    not_full_.wait(lock,
                   [this] { return closed_ || queue_.size() - arrivals_ < options_.reports_max; });
    --waiting_to_put_;
  }
  Append(std::move(item), std::move(lock));
}

void Inbox::PutOrder(InboxItem item) {
  Append(std::move(item), std::unique_lock<std::mutex>(mutex_));
}

void Inbox::Append(InboxItem item, std::unique_lock<std::mutex> lock) {
  if (closed_) return;
  queue_.push_back(std::move(item));
  const bool wake = std::exchange(taker_waits_, false);
  lock.unlock();
  if (wake) not_empty_.notify_one();
}

bool Inbox::closed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

Inbox::Outcome Inbox::Take(Instant deadline, InboxItem& item) {
  if (next_ == batch_.size()) {
    batch_.clear();
    next_ = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    taker_ = std::this_thread::get_id();
    while (queue_.empty() && !closed_) {
      taker_waits_ = true;
      if (deadline == Instant::InfiniteFuture()) {
        not_empty_.wait(lock);
      } else if (not_empty_.wait_until(lock, ToSteadyTimePoint(deadline)) ==
                     std::cv_status::timeout &&
                 queue_.empty() && !closed_) {
        taker_waits_ = false;
        return Outcome::kDeadline;
      }
    }
    taker_waits_ = false;
    if (closed_) return Outcome::kClosed;
    batch_.swap(queue_);
    arrivals_ = 0;
    const bool wake_putters = waiting_to_put_ > 0;
    lock.unlock();
    if (wake_putters) not_full_.notify_all();
  }
  item = std::move(batch_[next_++]);
  return Outcome::kItem;
}

void Inbox::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
  }
  not_empty_.notify_all();
  not_full_.notify_all();
}

}  // namespace floe::live
