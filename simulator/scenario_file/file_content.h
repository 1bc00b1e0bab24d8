// Whole files, up to a limit, and the folders that they stand in.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FILE_CONTENT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FILE_CONTENT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace floe {

inline constexpr size_t kScenarioFileBytesMax = size_t{64} * 1024 * 1024;

// kNotFound and the like when the file cannot be read; kResourceExhausted above
// kScenarioFileBytesMax.
absl::StatusOr<std::string> ReadFileContent(const std::string& path);

// "a/b" of "a/b/c", "." of "c".
std::string FolderOf(const std::string& path);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FILE_CONTENT_H_
