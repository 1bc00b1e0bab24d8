// Those who want to see every change. Told one line at a time, by whoever has the
// engine's turn. Thread-safe.

#ifndef FLOE_ORCHESTRATOR_LIVE_WATCHERS_H_
#define FLOE_ORCHESTRATOR_LIVE_WATCHERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "orchestrator/live/call_gate.h"
#include "orchestrator/live/watch_event.h"

namespace floe::live {

class Watchers {
 public:
  explicit Watchers(int watchers_max) : watchers_max_(watchers_max) {}

  // As Orchestrator::Watch and Unwatch.
  absl::StatusOr<uint64_t> Add(std::function<void(const WatchEvent&)> on_event);
  void Remove(uint64_t watch);

  // False: Tell would reach nobody, and its text need not be made.
  bool any() const { return any_.load(std::memory_order_relaxed); }
  // Only with the engine's turn.
  void Tell(const WatchEvent& event);

 private:
  struct Watcher {
    uint64_t watch = 0;
    std::function<void(const WatchEvent&)> on_event;
    CallGate gate;
  };

  const int watchers_max_;
  std::atomic<bool> any_ = false;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::shared_ptr<Watcher>> watchers_;
  uint64_t last_watch_ = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_WATCHERS_H_
