// The trace that Microsoft published of Azure Functions in 2019: for every day three CSV files,
// with the invocations of each function in each minute, percentiles of its durations, and
// percentiles of the memory of its application. M. Shahrad et al., "Serverless in the Wild", USENIX
// ATC 2020.
//
// Published samples differ in the order of their columns and rows and in the names of the minutes
// (1 or minute_1), so columns are found by their names:
//   invocations  HashApp HashFunction [Trigger] 1..1440 or minute_1..minute_1440; rows of one
//                function with different triggers are added up
//   durations    HashApp HashFunction percentile_Average_{0,1,25,50,75,99,100}, in milliseconds
//   memory       HashApp [HashFunction] AverageAllocatedMb_pct100, in megabytes
// Further columns are not read. A function is known by its application and its own hash.

#ifndef FLOE_SIMULATOR_TRACE_FILE_AZURE2019_TRACE_H_
#define FLOE_SIMULATOR_TRACE_FILE_AZURE2019_TRACE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"

namespace floe {

struct Azure2019Options {
  // A file for each day, in their order. Plain or compressed with gzip.
  std::vector<std::string> invocations;
  // None: run times are not told. One: for all days. Else one for each day. A function without a
  // row leaves its run times untold.
  std::vector<std::string> durations;
  // None, one, or one for each day; of a function's values the greatest counts.
  std::vector<std::string> memory;
};

// The counts of a minute are spread evenly over it by chance, and the run time of each invocation
// is drawn from the percentiles, straight between them. Draws belong to (seed, function, minute,
// number in the minute), so neither the order of the rows nor other functions shift them. A
// function's memory is the most it was seen to use, rounded up to a whole MiB and into 128 to
// 10,240. Names are the first 12 characters of the hash, with a number where they are not unique.
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenAzure2019Trace(
    const Azure2019Options& options);

// The same of bytes.
struct Azure2019Sources {
  struct File {
    std::unique_ptr<ByteSource> source;
    std::string name;  // What errors call it.
  };
  std::vector<File> invocations;
  std::vector<File> durations;
  std::vector<File> memory;
};
absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadAzure2019Trace(Azure2019Sources sources);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_AZURE2019_TRACE_H_
