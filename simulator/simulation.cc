#include "simulator/simulation.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "simulator/world.h"

namespace floe {
namespace {

// The world, watched.
class ObservedWorld final : public EventSource {
 public:
  ObservedWorld(World& world, SimulationObserver& observer) : world_(world), observer_(observer) {}

  std::optional<TimedEvent> Next(Instant deadline) override {
    std::optional<TimedEvent> next = world_.Next(deadline);
    if (--until_observed_ == 0) [[unlikely]] {
      until_observed_ = kObservedEvents;
      if (next.has_value() && !observer_.Continue(next->at, world_.events())) next.reset();
    }
    return next;
  }

 private:
  World& world_;
  SimulationObserver& observer_;
  uint32_t until_observed_ = kObservedEvents;
};

}  // namespace

SchedulerOptions SchedulerOptionsOf(const Scenario& scenario) {
  SchedulerOptions options = scenario.scheduler;
  options.seed = scenario.seed;
  return options;
}

SimulationResult RunSimulation(const Scenario& scenario, Recorder* recorder,
                               SimulationObserver* observer) {
  DCHECK(ValidateScenario(scenario).ok());
  Scheduler scheduler(SchedulerOptionsOf(scenario));
  World world(scenario, &scheduler);
  if (observer == nullptr) {
    RunEngine(scheduler, world, world, recorder);
  } else {
    ObservedWorld observed(world, *observer);
    RunEngine(scheduler, observed, world, recorder);
  }

  SimulationResult result{.scenario_name = scenario.name,
                          .seed = scenario.seed,
                          .duration = scenario.duration,
                          .warm_up = scenario.warm_up,
                          .environments = world.Finish(),
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
         .latency = has_latencies ? world.latencies()[entry] : LatencyTally{},
         .delivery = world.deliveries()[entry]});
    result.delivery.Merge(world.deliveries()[entry]);
  }
  return result;
}

}  // namespace floe
