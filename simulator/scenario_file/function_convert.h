// The functions of a scenario file, as the simulator's plain values.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FUNCTION_CONVERT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FUNCTION_CONVERT_H_

#include <string>

#include "proto/floe/v1/scenario.pb.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/field_reader.h"

namespace floe {

// `path` is that of `proto`.
ScenarioFunction ReadFunction(FieldReader& reader, const std::string& path,
                              const floe::v1::Scenario::Function& proto);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FUNCTION_CONVERT_H_
