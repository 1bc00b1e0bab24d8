// The provisioned concurrency of a scenario's functions: when it changes, how much of it is busy,
// and what it costs to keep.
//
// Thread-compatible.

#ifndef FLOE_SIMULATOR_PROVISIONING_H_
#define FLOE_SIMULATOR_PROVISIONING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/delivery/provisioned_scaler.h"
#include "simulator/event_queue.h"
#include "simulator/scenario.h"

namespace floe {

// What is provisioned is paid for in whole steps of this, from its request on.
inline constexpr Duration kProvisionedStep = Duration::Minutes(5);

class Provisioning {
 public:
  // Function ids are dense in the order of the scenario's entries.
  explicit Provisioning(const Scenario& scenario);

  // False: no function has any, and nobody need ask here.
  bool is_used() const { return is_used_; }

  // When Step must be called next, or Instant::InfiniteFuture().
  Instant next_time() { return timers_.top_time(); }
  // What to tell the scheduler, if anything. REQUIRES: next_time() is `now`.
  std::optional<ProvisionedConcurrencySet> Step(Instant now);

  // How many the function has asked for.
  int32_t requested(FunctionId function) const;

  // So many more (or less) of the function's provisioned environments are there and initialised,
  // respectively busy.
  void AddAvailable(FunctionId function, int32_t count);
  void AddBusy(FunctionId function, int32_t count);

  // MiB-milliseconds to be paid for the functions of each entry, for the counted part of the run.
  // Call once, when the run is over.
  std::vector<unsigned __int128> TakeAllocated();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // Of one function that has some.
  struct Provisioned {
    ProvisionedScaler scaler;
    uint32_t entry = 0;
    int32_t available = 0;
    int32_t busy = 0;
    int32_t busy_max = 0;  // Since the last Step.
    // When each unit that is asked for was asked for: the unit that came last goes first.
    std::vector<Instant> units;
  };
  Provisioned* Find(FunctionId function);
  // A unit was asked for at `begin` and given up at `end`.
  void Pay(uint32_t entry, Instant begin, Instant end);

  bool is_used_ = false;
  Instant counted_from_;
  Instant run_end_;
  std::vector<uint32_t> index_;  // By function.
  std::vector<Provisioned> provisioned_;
  std::vector<unsigned __int128> paid_ns_;  // By entry: nanoseconds of all units.
  std::vector<int32_t> memory_mib_;         // By entry.
  EventQueue timers_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_PROVISIONING_H_
