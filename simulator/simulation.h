// One simulated run: the scheduler that also decides for real containers, in a simulated world.
//
//   absl::Status valid = ValidateScenario(scenario);
//   SimulationResult result = RunSimulation(scenario, nullptr);
//
// Where nobody records what crosses the ports and the scenario allows, the fast path computes the
// same result without them; see simulator/fast_simulation.h.
//
// The same scenario and seed give the same result, bit for bit, on every machine.

#ifndef FLOE_SIMULATOR_SIMULATION_H_
#define FLOE_SIMULATOR_SIMULATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/time.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
#include "simulator/simulation_observer.h"
#include "simulator/statistics.h"

namespace floe {

// Of one entry of Scenario::functions.
struct FunctionResult {
  std::string name;
  int64_t count = 1;
  InvocationTally invocations;
  // Both empty when the scenario has more than World::kEntriesWithLatencyMax entries.
  LatencyTally latency;
  // Zero for requests whose callers do not repeat them.
  DeliveryTally delivery;
};

struct SimulationResult {
  std::string scenario_name;
  uint64_t seed = 0;
  Duration duration;
  Duration warm_up;
  InvocationTally invocations;
  LatencyTally latency;
  DeliveryTally delivery;
  LevelSummary environments;
  std::vector<FunctionResult> functions;
  // Invocations that arrived, and such that ended, the warm-up included.
  uint64_t events = 0;
  // Why a trace ended before its time, if one did: the result is then of no use.
  absl::Status trace_status;
};

// `recorder`, `observer` and `policy` may be null. The policy decides in place of the scenario's
// keep-alive rule; it learns, so every run needs a new one. REQUIRES: ValidateScenario(scenario) is
// OK.
SimulationResult RunSimulation(const Scenario& scenario, Recorder* recorder,
                               SimulationObserver* observer = nullptr,
                               KeepAlivePolicy* policy = nullptr);

// The options that the run's scheduler has.
SchedulerOptions SchedulerOptionsOf(const Scenario& scenario);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SIMULATION_H_
