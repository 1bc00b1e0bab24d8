#include "simulator/simulation.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "simulator/arrivals.h"
#include "simulator/fast_simulation.h"
#include "simulator/simulation_path.h"
#include "simulator/statistics.h"
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

// What either path counts, as a result.
SimulationResult ResultOf(const Scenario& scenario, const std::vector<InvocationTally>& invocations,
                          const std::vector<LatencyTally>& latencies) {
  SimulationResult result{.scenario_name = scenario.name,
                          .seed = scenario.seed,
                          .duration = scenario.duration,
                          .warm_up = scenario.warm_up};
  for (const LatencyTally& latency : latencies) result.latency.Merge(latency);
  const bool has_latencies = latencies.size() == scenario.functions.size();
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    result.invocations.Merge(invocations[entry]);
    result.functions.push_back({.name = function.name,
                                .count = function.count,
                                .invocations = invocations[entry],
                                .latency = has_latencies ? latencies[entry] : LatencyTally{}});
  }
  return result;
}

SimulationResult RunGenerally(const Scenario& scenario, Recorder* recorder,
                              SimulationObserver* observer, KeepAlivePolicy* policy) {
  Scheduler scheduler(SchedulerOptionsOf(scenario), policy);
  World world(scenario, &scheduler);
  if (observer == nullptr) {
    RunEngine(scheduler, world, world, recorder);
  } else {
    ObservedWorld observed(world, *observer);
    RunEngine(scheduler, observed, world, recorder);
  }
  LevelSummary environments = world.Finish();
  SimulationResult result = ResultOf(scenario, world.invocations(), world.latencies());
  result.environments = std::move(environments);
  result.events = world.events();
  result.trace_status = world.trace_status();
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    result.functions[entry].delivery = world.deliveries()[entry];
    result.delivery.Merge(world.deliveries()[entry]);
  }
  return result;
}

SimulationResult RunFast(const Scenario& scenario, SimulationObserver* observer) {
  FastResult fast = RunFastSimulation(scenario, observer);
  SimulationResult result = ResultOf(scenario, fast.invocations, fast.latencies);
  result.environments = std::move(fast.environments);
  result.events = fast.events;
  result.trace_status = fast.trace_status;
  return result;
}

}  // namespace

SchedulerOptions SchedulerOptionsOf(const Scenario& scenario) {
  SchedulerOptions options = scenario.scheduler;
  options.seed = scenario.seed;
  return options;
}

SimulationPath SimulationPathOf(const Scenario& scenario, const Recorder* recorder) {
  return recorder == nullptr && FastPathCovers(scenario) ? SimulationPath::kFast
                                                         : SimulationPath::kGeneral;
}

SimulationResult RunSimulationOn(SimulationPath path, const Scenario& scenario, Recorder* recorder,
                                 SimulationObserver* observer) {
  DCHECK(ValidateScenario(scenario).ok());
  if (!scenario.traces.empty()) {
    const Scenario expanded = WithTraceFunctions(scenario);
    return path == SimulationPath::kFast ? RunFast(expanded, observer)
                                         : RunGenerally(expanded, recorder, observer, nullptr);
  }
  return path == SimulationPath::kFast ? RunFast(scenario, observer)
                                       : RunGenerally(scenario, recorder, observer, nullptr);
}

SimulationResult RunSimulation(const Scenario& scenario, Recorder* recorder,
                               SimulationObserver* observer, KeepAlivePolicy* policy) {
  if (policy != nullptr) {
    DCHECK(ValidateScenario(scenario).ok());
    return scenario.traces.empty()
               ? RunGenerally(scenario, recorder, observer, policy)
               : RunGenerally(WithTraceFunctions(scenario), recorder, observer, policy);
  }
  return RunSimulationOn(SimulationPathOf(scenario, recorder), scenario, recorder, observer);
}

}  // namespace floe
