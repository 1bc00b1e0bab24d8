#include "orchestrator/live/inbox.h"

#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "base/time.h"
#include "orchestrator/live/steady_clock.h"

namespace floe::live {
namespace {

constexpr Instant kAtOnce = Instant::FromNanoseconds(std::numeric_limits<int64_t>::min());

}  // namespace

bool Inbox::PutArrival(InvocationArrived arrival) {
  const Lock lock(mutex_);
  if (closed_ || arrivals_ >= options_.arrivals_max) return false;
  ++arrivals_;
  queue_.push_back({.event = arrival, .attachment = {}, .node = {}});
  return true;
}

void Inbox::PutReport(InboxItem item) {
  Lock lock(mutex_);
  const bool has_turn = turn_taken_ && taker_ == std::this_thread::get_id();
  if (queue_.size() - arrivals_ >= options_.reports_max && !has_turn) {
    // Whoever filled it is about to visit, or has left it to the resident.
    ++waiting_to_put_;
    not_full_.wait(lock,
                   [this] { return closed_ || queue_.size() - arrivals_ < options_.reports_max; });
    --waiting_to_put_;
  }
  if (!closed_) queue_.push_back(std::move(item));
}

void Inbox::PutOrder(InboxItem item) {
  const Lock lock(mutex_);
  if (closed_) return;
  queue_.push_back(std::move(item));
  if (!turn_taken_) CallResident(kAtOnce);
}

bool Inbox::closed() const {
  const Lock lock(mutex_);
  return closed_;
}

bool Inbox::BeginVisit() {
  const Lock lock(mutex_);
  if (closed_ || turn_taken_ || !HasItems()) return false;
  BeginTurn(options_.items_per_visit);
  return true;
}

bool Inbox::AwaitTurn() {
  Lock lock(mutex_);
  while (!closed_) {
    if (!turn_taken_ && SteadyNow() >= resident_due_) {
      BeginTurn(std::numeric_limits<size_t>::max());
      return true;
    }
    // Who has the turn now says at its end when the next is due.
    resident_sleeps_until_ = turn_taken_ ? Instant::InfiniteFuture() : resident_due_;
    if (resident_sleeps_until_ == Instant::InfiniteFuture()) {
      resident_called_.wait(lock);
    } else {
      resident_called_.wait_until(lock, ToSteadyTimePoint(resident_sleeps_until_));
    }
    resident_sleeps_until_ = kAtOnce;
  }
  return false;
}

void Inbox::BeginTurn(size_t items_max) {
  turn_taken_ = true;
  taker_ = std::this_thread::get_id();
  items_left_ = items_max;
}

void Inbox::EndTurn(Instant resident_due) {
  turn_taken_ = false;
  if (closed_) {
    turn_over_.notify_all();
  } else {
    CallResident(HasItems() ? kAtOnce : resident_due);
  }
}

void Inbox::CallResident(Instant at) {
  resident_due_ = at;
  if (at >= resident_sleeps_until_) return;
  resident_sleeps_until_ = kAtOnce;
  resident_called_.notify_one();
}

Inbox::Outcome Inbox::Take(Instant deadline, InboxItem& item) {
  if (next_ == batch_.size() || items_left_ == 0) {
    const Lock lock(mutex_);
    if (closed_ || (items_left_ == 0 && HasItems())) {
      EndTurn(deadline);
      return Outcome::kTurnOver;
    }
    if (queue_.empty()) {
      if (SteadyNow() >= deadline) return Outcome::kDeadline;
      EndTurn(deadline);
      return Outcome::kTurnOver;
    }
    batch_.clear();
    next_ = 0;
    batch_.swap(queue_);
    arrivals_ = 0;
    if (waiting_to_put_ > 0) not_full_.notify_all();
  }
  --items_left_;
  item = std::move(batch_[next_++]);
  return Outcome::kItem;
}

void Inbox::Close() {
  Lock lock(mutex_);
  closed_ = true;
  resident_called_.notify_all();
  not_full_.notify_all();
  turn_over_.wait(lock, [this] { return !turn_taken_; });
}

}  // namespace floe::live
