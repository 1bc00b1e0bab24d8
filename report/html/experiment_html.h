// The page of an experiment.

#ifndef FLOE_REPORT_HTML_EXPERIMENT_HTML_H_
#define FLOE_REPORT_HTML_EXPERIMENT_HTML_H_

#include <string>

#include "experiment/experiment.h"
#include "report/run_recording.h"
#include "simulator/scenario.h"

namespace floe {

// `scenario` and `recording`, of replication 0, may be null: without the one there are neither
// limits nor cost, without the other no lanes.
std::string ExperimentHtml(const ExperimentResult& result, const Scenario* scenario,
                           const RunRecording* recording);

}  // namespace floe

#endif  // FLOE_REPORT_HTML_EXPERIMENT_HTML_H_
