// A trace from a CSV file of timestamps: one row for each arrival.
//
// The first row names the columns, unless it is a time itself: then the file is one column of
// times. A time is a number of seconds or a date and time as in RFC 3339, "2026-08-09T12:34:56.7Z";
// one file has one kind. A duration is a number of seconds. What a cell may not be is refused with
// the file, the line and the column.

#ifndef FLOE_SIMULATOR_TRACE_FILE_TIMESTAMP_TRACE_H_
#define FLOE_SIMULATOR_TRACE_FILE_TIMESTAMP_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"

namespace floe {

struct TimestampTraceOptions {
  enum class Order : uint8_t {
    kAscending,  // A row that is earlier than the one before it is refused.
    kAny,        // Rows are sorted.
  };
  enum class Origin : uint8_t {
    kDetect,        // kFirstArrival for dates and for seconds that are one (1e9 on), else kZero.
    kZero,          // The run begins at second 0 of the file.
    kFirstArrival,  // The run begins with the first arrival.
  };

  std::string path;  // Plain or compressed with gzip.
  // The columns by their names. Empty: `timestamp`, or the only column; `function` and `duration`
  // where there are columns of these names. A file without functions is a trace of one.
  std::string time_column;
  std::string function_column;
  std::string duration_column;
  Order order = Order::kAscending;
  Origin origin = Origin::kDetect;
};

// Reads and checks the whole file. Cursors read what was kept of it: some of it in memory, the rest
// in a temporary file; see simulator/trace_file/arrival_store.h.
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenTimestampTrace(
    const TimestampTraceOptions& options);

// The same of bytes; options.path is what errors call them.
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadTimestampTrace(
    std::unique_ptr<ByteSource> source, const TimestampTraceOptions& options);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_TIMESTAMP_TRACE_H_
