// The result of one simulated run, for people.

#ifndef FLOE_REPORT_SIMULATION_REPORT_H_
#define FLOE_REPORT_SIMULATION_REPORT_H_

#include <string>
#include <string_view>

#include "report/chart.h"
#include "simulator/simulation.h"

namespace floe {

// Functions that the table shows; the rest is one line.
inline constexpr int kFunctionsShown = 10;

// A table with a chart, and the functions with the most invocations where there are several.
// `more` are further lines, shown above the chart.
std::string SimulationTable(const SimulationResult& result, const ChartOptions& chart,
                            std::string_view more = {});

// The last parts of the table, for reports that begin in another way: the chart, and the functions.
std::string EnvironmentsAndFunctions(const SimulationResult& result, const ChartOptions& chart);

}  // namespace floe

#endif  // FLOE_REPORT_SIMULATION_REPORT_H_
