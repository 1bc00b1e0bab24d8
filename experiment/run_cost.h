// What the use that a run counted would cost, from the prices and functions of its scenario.

#ifndef FLOE_EXPERIMENT_RUN_COST_H_
#define FLOE_EXPERIMENT_RUN_COST_H_

#include <optional>
#include <vector>

#include "simulator/pricing.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {

// What each entry of a result is: the functions of the scenario, then those of its traces. Refers
// to the scenario.
std::vector<const ScenarioFunction*> ResultEntries(const Scenario& scenario);

// None where the scenario's prices are not known, or the result has other functions.
// REQUIRES: the result's warm-up is shorter than its duration.
std::optional<CostReport> CostOfRun(const Scenario& scenario, const SimulationResult& result);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_RUN_COST_H_
