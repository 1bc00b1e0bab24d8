#include "simulator/simulation.h"

#include <cstddef>

#include "base/check.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "simulator/world.h"

namespace floe {

SchedulerOptions SchedulerOptionsOf(const Scenario& scenario) {
  SchedulerOptions options = scenario.scheduler;
  options.seed = scenario.seed;
  return options;
}

SimulationResult RunSimulation(const Scenario& scenario, Recorder* recorder) {
  DCHECK(ValidateScenario(scenario).ok());
  Scheduler scheduler(SchedulerOptionsOf(scenario));
  World world(scenario, &scheduler);
  RunEngine(scheduler, world, world, recorder);

  SimulationResult result{.scenario_name = scenario.name,
                          .seed = scenario.seed,
                          .duration = scenario.duration,
                          .warm_up = scenario.warm_up,
                          .environments = world.FinishLevels(),
                          .events = world.events()};
  for (const LatencyTally& latency : world.latencies()) result.latency.Merge(latency);
  const bool has_latencies = world.latencies().size() == scenario.functions.size();
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    result.invocations.Merge(world.invocations()[entry]);
    result.functions.push_back(
        {.name = function.name,
         .count = function.count,
         .invocations = world.invocations()[entry],
         .latency = has_latencies ? world.latencies()[entry] : LatencyTally{}});
  }
  return result;
}

}  // namespace floe
