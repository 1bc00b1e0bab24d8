// A scenario file's message as the simulator's plain values.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_CONVERT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_CONVERT_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/floe/v1/scenario.pb.h"
#include "simulator/scenario.h"

namespace floe {

// A valid scenario, or kInvalidArgument with the path of the field, ": ", and the reason. The names
// of other files are relative to `folder`; what is wrong with them comes with the status of reading
// them.
absl::StatusOr<Scenario> ConvertScenario(const floe::v1::Scenario& proto,
                                         const std::string& folder);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_CONVERT_H_
