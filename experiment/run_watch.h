// How far simulations on several threads have come, and the word to give them up.

#ifndef FLOE_EXPERIMENT_RUN_WATCH_H_
#define FLOE_EXPERIMENT_RUN_WATCH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "experiment/progress.h"
#include "simulator/simulation.h"

namespace floe {

// Each thread announces its runs; progress() may be called from any thread meanwhile.
class RunWatch {
 public:
  // `cancelled` may be null.
  RunWatch(int threads, int64_t units, Duration duration, const std::atomic<bool>* cancelled);

  // The observer of the run that the thread begins now, valid until End.
  SimulationObserver& Begin(int thread);
  // The thread's run is over. False if it was given up, so that it counts for nothing.
  bool End(int thread, uint64_t events);

  ExperimentProgress progress() const;

 private:
  // One per thread, each on a cache line of its own.
  class alignas(64) Observer final : public SimulationObserver {
   public:
    bool Continue(Instant now, uint64_t events) override;

    const std::atomic<bool>* cancelled = nullptr;
    bool given_up = false;  // Of the thread alone.
    std::atomic<int64_t> now_ns = 0;
    std::atomic<uint64_t> events = 0;
  };

  const int threads_;
  const int64_t units_;
  const Duration duration_;
  std::unique_ptr<Observer[]> observers_;
  std::atomic<int64_t> units_done_ = 0;
  std::atomic<uint64_t> events_done_ = 0;
};

}  // namespace floe

#endif  // FLOE_EXPERIMENT_RUN_WATCH_H_
