// The result of a simulated run, for people and for programs.

#ifndef FLOE_REPORT_SIMULATION_REPORT_H_
#define FLOE_REPORT_SIMULATION_REPORT_H_

#include <string>

#include "report/chart.h"
#include "simulator/simulation.h"

namespace floe {

// Functions that the table shows; the rest is one line.
inline constexpr int kFunctionsShown = 10;

// A table with a chart, and the functions with the most invocations where there are several.
std::string SimulationTable(const SimulationResult& result, const ChartOptions& chart);

// Everything: counts, latencies in seconds, environments with their series, every function. The
// names of fields are stable: they are added to, not changed.
std::string SimulationJson(const SimulationResult& result);

}  // namespace floe

#endif  // FLOE_REPORT_SIMULATION_REPORT_H_
