// A result for programs.

#ifndef FLOE_REPORT_RESULT_JSON_H_
#define FLOE_REPORT_RESULT_JSON_H_

#include <string>

#include "experiment/experiment.h"
#include "report/json_writer.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {

// Everything: counts, latencies in seconds, environments with their series, every function. The
// names of fields are stable: they are added to, not changed.
std::string SimulationJson(const SimulationResult& result);

// The same fields of all replications together (counts are sums over them), and every figure with
// its interval. With the scenario, which may be null, also the limits and prices that it sets.
std::string ExperimentJson(const ExperimentResult& result, const Scenario* scenario,
                           JsonLayout layout = JsonLayout::kIndented);

}  // namespace floe

#endif  // FLOE_REPORT_RESULT_JSON_H_
