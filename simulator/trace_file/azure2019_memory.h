// How much memory the applications of the Azure 2019 trace used.

#ifndef FLOE_SIMULATOR_TRACE_FILE_AZURE2019_MEMORY_H_
#define FLOE_SIMULATOR_TRACE_FILE_AZURE2019_MEMORY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "simulator/trace_file/csv_reader.h"

namespace floe {

// Pairs of application and function, of all files together.
inline constexpr size_t kAzureMemoryRowsMax = 1'000'000;

class Azure2019Memory {
 public:
  // Reads a further file; of several values the greatest counts.
  absl::Status Read(CsvReader& file);

  // What the function used at most, else its application, as a size that a function may have: a
  // whole MiB from 128 to 10,240. None if the files tell neither.
  std::optional<int32_t> Find(absl::string_view app, absl::string_view function) const;

 private:
  // By application and function; the function is empty where a file tells of the application.
  absl::flat_hash_map<std::pair<std::string, std::string>, int32_t> mib_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_AZURE2019_MEMORY_H_
