// All requests of a scenario in the order of their times, each with what is drawn for it.
//
// Every arrival block of a scenario's function is one process, which knows its next arrival; the
// processes stand in a queue. The Poisson arrivals of N identical functions are one process of N
// times the rate that chooses the function by chance: the same law, at the cost of one. Memory does
// not grow with the number of arrivals. Thread-compatible.

#ifndef FLOE_SIMULATOR_ARRIVALS_H_
#define FLOE_SIMULATOR_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "simulator/draws.h"
#include "simulator/event_queue.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"

namespace floe {

struct Arrival {
  Instant at;
  FunctionId function;
  uint32_t entry = 0;    // Index in Scenario::functions.
  uint32_t process = 0;  // Which arrival block, over all entries.
  uint64_t number = 0;   // Of the arrival within its process: the number of all its draws.
  Duration run;          // How long the function will run.
};

class ArrivalStream {
 public:
  // `scenario` outlives this and is valid. Function ids are dense in the order of the entries.
  explicit ArrivalStream(const Scenario& scenario);

  // Of the next arrival; InfiniteFuture if there is none.
  Instant next_time() const { return next_time_; }
  // It stays where it is until the next call. REQUIRES: next_time() is not InfiniteFuture.
  const Arrival& Take();

  // So many arrivals are known ahead, unless there are fewer.
  static constexpr uint64_t kAhead = 4;
  // The function of the `index`-th arrival from now on, 0 being the next.
  // REQUIRES: index < kAhead. Any function when there is no such arrival.
  FunctionId PeekFunction(uint64_t index) const {
    return ahead_[(taken_ + index) % kRing].function;
  }

  size_t processes() const { return processes_.size(); }

 private:
  static constexpr size_t kBatch = 16;

  struct Process {
    Process(uint64_t seed, uint64_t source, const ScenarioFunction& function,
            const Arrivals& arrivals)
        : model(&arrivals),
          gaps(seed, source, DrawPurpose::kArrivalGap),
          choices(seed, source, DrawPurpose::kFunctionChoice),
          runs(seed, source, DrawPurpose::kRun),
          run_sampler(function.run) {}

    const Arrivals* model;
    DrawStream gaps;
    DrawStream choices;
    DrawStream runs;
    LengthSampler run_sampler;
    uint32_t entry = 0;
    uint32_t function_first = 0;
    uint64_t function_count = 1;
    // Whether each arrival chooses one of the functions; else each moment has one for each of them.
    bool chooses = false;
    double mean_gap_ns = 0;    // Poisson only.
    uint64_t taken = 0;        // Arrivals handed out.
    uint64_t in_moment = 0;    // Arrivals left at the present time.
    uint64_t moment = 0;       // How many times there have been.
    Instant at;                // The present time.
    double carry_ns = 0;       // Poisson only: what rounding has left over of the gaps so far.
    double gap_batch[kBatch];  // Of the moments from the last multiple of kBatch on.
    int64_t run_batch[kBatch];
  };

  // Draws the arrival that comes kAhead after the present one.
  void DrawAhead();
  // Moves to the next arrival. False if there is none.
  static bool Advance(Process& process);
  static bool AdvanceMoment(Process& process);

  std::vector<Process> processes_;
  EventQueue queue_;
  Instant next_time_;
  // A ring: arrival n is at n % kRing. Beyond the last arrival their time is InfiniteFuture.
  static constexpr uint64_t kRing = 2 * kAhead;
  Arrival ahead_[kRing];
  uint64_t drawn_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVALS_H_
