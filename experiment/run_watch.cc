#include "experiment/run_watch.h"

#include <algorithm>

namespace floe {

bool RunWatch::Observer::Continue(Instant now, uint64_t events_so_far) {
  now_ns.store(now.nanoseconds(), std::memory_order_relaxed);
  events.store(events_so_far, std::memory_order_relaxed);
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) given_up = true;
  return !given_up;
}

RunWatch::RunWatch(int threads, int64_t units, Duration duration,
                   const std::atomic<bool>* cancelled)
    : threads_(threads),
      units_(units),
      duration_(duration),
      observers_(std::make_unique<Observer[]>(static_cast<size_t>(threads))) {
  for (int i = 0; i < threads; ++i) observers_[static_cast<size_t>(i)].cancelled = cancelled;
}

SimulationObserver& RunWatch::Begin(int thread) {
  Observer& observer = observers_[static_cast<size_t>(thread)];
  observer.given_up = false;
  return observer;
}

bool RunWatch::End(int thread, uint64_t events) {
  Observer& observer = observers_[static_cast<size_t>(thread)];
  if (observer.given_up) return false;
  observer.now_ns.store(0, std::memory_order_relaxed);
  observer.events.store(0, std::memory_order_relaxed);
  units_done_.fetch_add(1, std::memory_order_relaxed);
  events_done_.fetch_add(events, std::memory_order_relaxed);
  return true;
}

ExperimentProgress RunWatch::progress() const {
  ExperimentProgress progress{.units_done = units_done_.load(std::memory_order_relaxed),
                              .units = units_,
                              .events = events_done_.load(std::memory_order_relaxed)};
  auto units = static_cast<double>(progress.units_done);
  for (int i = 0; i < threads_; ++i) {
    const Observer& observer = observers_[static_cast<size_t>(i)];
    const auto now = static_cast<double>(observer.now_ns.load(std::memory_order_relaxed));
    units += now / static_cast<double>(duration_.nanoseconds());
    progress.events += observer.events.load(std::memory_order_relaxed);
  }
  // A run may be seen both under way and done for a moment.
  progress.share = std::min(1.0, units / static_cast<double>(units_));
  return progress;
}

}  // namespace floe
