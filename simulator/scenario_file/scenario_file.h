// Reads scenario files; proto/floe/v1/scenario.proto says what may stand in them.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_parse.h"

namespace floe {

// A valid scenario, or why not: kInvalidArgument with `file_name`, the line and the column where
// the format gives them, the field, and what is accepted. Reads the files that the scenario names,
// from the folder of `file_name`.
absl::StatusOr<Scenario> ParseScenario(const std::string& file_name, const std::string& content,
                                       ScenarioFormat format);

// Reads and parses the file. kNotFound and the like when it cannot be read; kResourceExhausted
// above kScenarioFileBytesMax.
absl::StatusOr<Scenario> ReadScenarioFile(const std::string& path);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_
