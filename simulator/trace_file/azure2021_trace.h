// The trace that Microsoft published of Azure Functions in 2021: a CSV file with a row for each
// invocation: app, func, end_timestamp and duration in seconds. Y. Zhang et al., "Faster and
// Cheaper Serverless Computing on Harvested Resources", SOSP 2021.
//
// An invocation arrived at end_timestamp - duration; what was under way when the trace began
// arrives at 0. Columns are found by their names. Rows may stand in any order.

#ifndef FLOE_SIMULATOR_TRACE_FILE_AZURE2021_TRACE_H_
#define FLOE_SIMULATOR_TRACE_FILE_AZURE2021_TRACE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"

namespace floe {

// `path`: plain or compressed with gzip. Names are the first 12 characters of func, with a number
// where they are not unique.
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenAzure2021Trace(const std::string& path);

// The same of bytes; `name` is what errors call them.
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadAzure2021Trace(
    std::unique_ptr<ByteSource> source, std::string name);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_AZURE2021_TRACE_H_
