// Does numbered pieces of work on several threads.

#ifndef FLOE_EXPERIMENT_PARALLEL_H_
#define FLOE_EXPERIMENT_PARALLEL_H_

#include <atomic>
#include <cstdint>
#include <functional>

namespace floe {

inline constexpr int kThreadsMax = 1'024;

// The processors that this process may use, at least 1 and at most kThreadsMax.
int AvailableProcessors();

struct ParallelOptions {
  int64_t units = 0;
  // 0: AvailableProcessors(). Never more than there are units, nor than kThreadsMax.
  int threads = 0;
  // Once true, no further unit is begun. May be null; else outlives the call.
  const std::atomic<bool>* cancelled = nullptr;
  // Called on the calling thread about ten times a second while there is work. May be empty.
  std::function<void()> tick;
};

// The threads that the call below starts.
int ThreadsOf(const ParallelOptions& options);

// Calls work(unit, thread) once for every unit from 0 to units - 1, begun in ascending order,
// concurrently on threads numbered from 0; returns when all that were begun are done.
void RunInParallel(const ParallelOptions& options,
                   const std::function<void(int64_t unit, int thread)>& work);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_PARALLEL_H_
