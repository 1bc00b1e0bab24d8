// The result of an experiment, for people and for spreadsheets. For programs: report/result_json.h.

#ifndef FLOE_REPORT_EXPERIMENT_REPORT_H_
#define FLOE_REPORT_EXPERIMENT_REPORT_H_

#include <string>

#include "experiment/experiment.h"
#include "report/chart.h"

namespace floe {

// Of several replications the main figures with their intervals, a chart, and the functions with
// the most invocations; of a single one SimulationTable.
std::string ExperimentTable(const ExperimentResult& result, const ChartOptions& chart);

// One line for each figure of the whole, and of each function, as RFC 4180 wants it:
// "function,metric,unit,mean,low,high,standard_error,samples". The function is empty for the whole;
// a number that does not exist is empty.
std::string ExperimentCsv(const ExperimentResult& result);

}  // namespace floe

#endif  // FLOE_REPORT_EXPERIMENT_REPORT_H_
