// A trace from the journal of a real run (orchestrator/engine/journal.h), so that what was run can
// be simulated under other limits, and the simulator can be held against the run.

#ifndef FLOE_SIMULATOR_TRACE_FILE_JOURNAL_TRACE_H_
#define FLOE_SIMULATOR_TRACE_FILE_JOURNAL_TRACE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario.h"

namespace floe {

// What the run tells of one function beside its arrivals.
struct JournalFunction {
  FunctionId id;          // In the journal.
  FunctionConfig config;  // The last that was deployed.
  int64_t arrivals = 0;
  int64_t starts = 0;  // Containers that came up.
  // Measured quantiles, ready to be simulated; none where nothing was measured.
  // From the order to start a container until its entrypoint ran.
  std::optional<EmpiricalLength> start;
  // From there until the code asked for its first invocation.
  std::optional<EmpiricalLength> init;
  // From the assignment to the answer.
  std::optional<EmpiricalLength> run;
};

struct JournalTrace {
  // An arrival runs from its assignment until its answer or its failure. That of an invocation that
  // was throttled, or under way at the end, is not told.
  std::shared_ptr<const ArrivalTrace> trace;
  // In the order of trace->functions(), which is that of their first arrivals.
  std::vector<JournalFunction> functions;
  SchedulerOptions options;
  // From the first record, which is time 0 of the trace, to the last.
  Duration length;
};

// A journal that ends in the middle of a record, as after a crash, is read as far as it goes.
// Names are "function-" and the id.
absl::StatusOr<JournalTrace> OpenJournalTrace(const std::string& path);

// The same of bytes; `name` is what errors call them.
absl::StatusOr<JournalTrace> ReadJournalTrace(std::unique_ptr<ByteSource> source,
                                              const std::string& name);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_JOURNAL_TRACE_H_
