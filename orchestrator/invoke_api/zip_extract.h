// Writes the entries of a zip file below one directory; see the guarantees in code_store.h.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_ZIP_EXTRACT_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_ZIP_EXTRACT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace floe::invoke_api {

// Extracts into `directory`, which exists and is empty. INVALID_ARGUMENT when `zip` is damaged or
// asks for something unsafe, RESOURCE_EXHAUSTED over a limit; what was written by then stays.
absl::Status ExtractZip(absl::string_view zip, const std::string& directory,
                        int64_t unpacked_bytes_max, int64_t entries_max);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_ZIP_EXTRACT_H_
