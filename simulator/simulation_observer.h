// Who watches a run.

#ifndef FLOE_SIMULATOR_SIMULATION_OBSERVER_H_
#define FLOE_SIMULATOR_SIMULATION_OBSERVER_H_

#include <cstdint>

#include "base/time.h"

namespace floe {

// Hears now and then how far a run has come, and may end it.
class SimulationObserver {
 public:
  virtual ~SimulationObserver() = default;
  // `now` is the virtual time, `events` counts those so far. False: the run ends here, and its
  // result is of no use.
  virtual bool Continue(Instant now, uint64_t events) = 0;
};
// The observer hears of about every so many events.
inline constexpr uint32_t kObservedEvents = 1 << 14;

}  // namespace floe

#endif  // FLOE_SIMULATOR_SIMULATION_OBSERVER_H_
