// One simulated run: the scheduler that also decides for real containers, in a simulated world.
//
//   absl::Status valid = ValidateScenario(scenario);
//   SimulationResult result = RunSimulation(scenario, nullptr);
//
// The same scenario and seed give the same result, bit for bit, on every machine.

#ifndef FLOE_SIMULATOR_SIMULATION_H_
#define FLOE_SIMULATOR_SIMULATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
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
  // Steps of the scheduler.
  uint64_t events = 0;
};

// Hears now and then how far a run has come, and may end it.
class SimulationObserver {
 public:
  virtual ~SimulationObserver() = default;
  // `now` is the virtual time, `events` counts those so far. False: the run ends here, and its
  // result is of no use.
  virtual bool Continue(Instant now, uint64_t events) = 0;
};
// The observer hears of every so many events.
inline constexpr uint32_t kObservedEvents = 1 << 14;

// `recorder` and `observer` may be null. REQUIRES: ValidateScenario(scenario) is OK.
SimulationResult RunSimulation(const Scenario& scenario, Recorder* recorder,
                               SimulationObserver* observer = nullptr);

// The options that the run's scheduler has.
SchedulerOptions SchedulerOptionsOf(const Scenario& scenario);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SIMULATION_H_
