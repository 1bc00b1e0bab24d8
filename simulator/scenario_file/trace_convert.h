// The traces of a scenario file: opens what they name.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_TRACE_CONVERT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_TRACE_CONVERT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "proto/floe/v1/scenario.pb.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/field_reader.h"

namespace floe {

inline constexpr int kTraceBlocksMax = 100;
inline constexpr size_t kJournalFunctionsMax = 100;
inline constexpr int kTraceDaysMax = 100;

struct OpenedTrace {
  // One, or for a journal one for each of its functions.
  std::vector<ScenarioTrace> traces;
  // Every arrival is before it. Known for nothing for some kinds of trace; for others the trace is
  // read for it, if asked for.
  Duration length;
};

enum class TraceLength { kWanted, kNotWanted };

// `path` is that of `proto`. The names of files are relative to `folder`. Refusals of fields go to
// `reader`; what is wrong with a file is returned, with the path of its field before it.
absl::StatusOr<OpenedTrace> OpenTrace(FieldReader& reader, const std::string& path,
                                      const floe::v1::Scenario::Trace& proto,
                                      const std::string& folder, TraceLength length);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_TRACE_CONVERT_H_
