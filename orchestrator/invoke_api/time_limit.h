// Calls back when something has taken longer than one common limit.
//
// Since every entry has the same length, entries expire in the order they were made: a list, one
// thread, and O(1) to begin and to end. Thread-safe.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_TIME_LIMIT_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_TIME_LIMIT_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "base/time.h"

namespace floe::invoke_api {

class TimeLimit {
 public:
  // REQUIRES: `limit` is positive and finite.
  explicit TimeLimit(Duration limit);
  // Entries that have not expired are dropped without a call.
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

  class Entry;
  using Handle = std::shared_ptr<Entry>;

  // Calls `on_expired`, once, on the limit's own thread when the limit has passed from now, unless
  // End comes first. It must not block.
  Handle Begin(std::function<void()> on_expired);
  // Forgets the entry and what its callback holds. Fine for one that has expired or ended before;
  // the callback may then be running.
  void End(const Handle& handle);

 private:
  using Clock = std::chrono::steady_clock;

  void Loop();

  const std::chrono::nanoseconds limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Handle> waiting_;  // Guarded by mutex_; the next to expire first.
  bool stopping_ = false;      // Guarded by mutex_.
  std::thread thread_;         // Last: it uses the rest.
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_TIME_LIMIT_H_
