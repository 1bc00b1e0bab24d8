// Which scenarios the fast path can simulate.

#include <algorithm>
#include <variant>

#include "orchestrator/core/scheduler_options.h"
#include "simulator/fast_simulation.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

bool IsCovered(const ScenarioFunction& function) {
  return function.provisioned.schedule.empty() && !function.provisioned.tracking.has_value() &&
         function.tenants == 0 && function.clients.empty() &&
         std::holds_alternative<SynchronousDelivery>(function.delivery);
}

}  // namespace

bool FastPathCovers(const Scenario& scenario) {
  // Whatever the scheduler can be told to do is covered only if it is named here or left alone.
  const SchedulerOptions& options = scenario.scheduler;
  const SchedulerOptions covered = {
      .account_concurrency = options.account_concurrency,
      .unreserved_concurrency_min = options.unreserved_concurrency_min,
      .requests_per_concurrency = options.requests_per_concurrency,
      .scaling_rule = options.scaling_rule,
      .seed = options.seed,
      .keep_alive = options.keep_alive,
      .init_limit = options.init_limit,
      .start_limit = options.start_limit,
      .keep_alive_min = options.keep_alive_min,
      .hybrid = options.hybrid,
      .provisioning_delay = options.provisioning_delay};
  return options == covered && scenario.nodes.empty() &&
         std::all_of(scenario.functions.begin(), scenario.functions.end(), IsCovered) &&
         std::all_of(scenario.traces.begin(), scenario.traces.end(),
                     [](const ScenarioTrace& trace) { return IsCovered(trace.like); });
}

}  // namespace floe
