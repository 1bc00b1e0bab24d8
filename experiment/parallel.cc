#include "experiment/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace floe {
namespace {

constexpr std::chrono::milliseconds kTickInterval(100);

// Counts the threads that are at work. Thread-safe.
class Attendance {
 public:
  explicit Attendance(int threads) : present_(threads) {}

  void Leave() {
    const std::lock_guard lock(mutex_);
    if (--present_ == 0) empty_.notify_all();
  }
  // Whether all have left, waiting for it up to the tick interval.
  bool WaitUntilEmpty() {
    std::unique_lock lock(mutex_);
    return empty_.wait_for(lock, kTickInterval, [this] { return present_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  int present_;  // Guarded by mutex_.
};

}  // namespace

int AvailableProcessors() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kThreadsMax);
}

int ThreadsOf(const ParallelOptions& options) {
  const int wanted = options.threads > 0 ? options.threads : AvailableProcessors();
  return static_cast<int>(
      std::clamp<int64_t>(std::min<int64_t>(wanted, options.units), 1, kThreadsMax));
}

void RunInParallel(const ParallelOptions& options,
                   const std::function<void(int64_t unit, int thread)>& work) {
  std::atomic<int64_t> next = 0;
  const int count = ThreadsOf(options);
  Attendance attendance(count);
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int thread = 0; thread < count; ++thread) {
    threads.emplace_back([&, thread] {
      while (options.cancelled == nullptr || !options.cancelled->load(std::memory_order_relaxed)) {
        const int64_t unit = next.fetch_add(1, std::memory_order_relaxed);
        if (unit >= options.units) break;
        work(unit, thread);
      }
      attendance.Leave();
    });
  }
  while (!attendance.WaitUntilEmpty()) {
    if (options.tick) options.tick();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace floe
