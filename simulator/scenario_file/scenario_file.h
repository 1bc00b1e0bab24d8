// Reads scenario files; proto/floe/v1/scenario.proto says what may stand in them.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "simulator/scenario.h"

namespace floe {

inline constexpr size_t kScenarioFileBytesMax = size_t{64} * 1024 * 1024;

enum class ScenarioFormat { kText, kJson };

// By the ending of the name: .json, .textproto, .txtpb; else JSON if the content starts with a
// brace.
ScenarioFormat DetectScenarioFormat(const std::string& file_name, const std::string& content);

// A valid scenario, or why not: kInvalidArgument with `file_name`, the line where the format gives
// one, the field, and what is accepted.
absl::StatusOr<Scenario> ParseScenario(const std::string& file_name, const std::string& content,
                                       ScenarioFormat format);

// Reads and parses the file. kNotFound and the like when it cannot be read; kResourceExhausted
// above kScenarioFileBytesMax.
absl::StatusOr<Scenario> ReadScenarioFile(const std::string& path);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_FILE_H_
