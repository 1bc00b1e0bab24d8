// One simulated run on the fast path: the same results as the scheduler in the simulated world
// give, bit for bit, where a scenario needs less than these.
//
// With newest-first reuse, a fixed keep-alive and room for every environment, how an invocation
// ends is known when it begins; and of the environments of a function only that matters how many
// there are and since when each of the idle ones is idle. So there are no environments here, no
// timers for them and no events that travel between two ports: an invocation is one entry in a
// queue, and one number of its function is the time at which it became idle last, in the place
// where it will be asked for. The limits are the scheduler's own. Thread-compatible.

#ifndef FLOE_SIMULATOR_FAST_SIMULATION_H_
#define FLOE_SIMULATOR_FAST_SIMULATION_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "simulator/scenario.h"
#include "simulator/statistics.h"

namespace floe {

class SimulationObserver;

struct FastResult {
  // By entry of Scenario::functions.
  std::vector<InvocationTally> invocations;
  // By entry, or one for all of them; see World::kEntriesWithLatencyMax.
  std::vector<LatencyTally> latencies;
  LevelSummary environments;
  // Invocations that arrived, and such that ended.
  uint64_t events = 0;
  absl::Status trace_status;
};

// Whether the fast path can simulate the scenario.
bool FastPathCovers(const Scenario& scenario);

// `scenario` is valid and has the entries of its traces (WithTraceFunctions); `observer` may be
// null. REQUIRES: FastPathCovers(scenario).
FastResult RunFastSimulation(const Scenario& scenario, SimulationObserver* observer);

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_SIMULATION_H_
