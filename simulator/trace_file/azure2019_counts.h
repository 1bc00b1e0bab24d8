// The invocations of each minute and function, as the Azure 2019 files tell them: read by function,
// kept by minute, about three bytes for each minute in which a function was invoked.

#ifndef FLOE_SIMULATOR_TRACE_FILE_AZURE2019_COUNTS_H_
#define FLOE_SIMULATOR_TRACE_FILE_AZURE2019_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "simulator/trace_file/csv_reader.h"
#include "simulator/trace_file/function_table.h"
#include "simulator/trace_file/spill_file.h"

namespace floe {

inline constexpr size_t kAzureMinutesPerDay = 1'440;
// Of all functions together. What a minute of a trace may take is bounded by it: 100 MiB.
inline constexpr int64_t kAzureInvocationsPerMinuteMax = 4'000'000;
// Pairs of function and minute with invocations: 16 bytes each while the day is read.
inline constexpr size_t kAzureCellsPerDayMax = 16'000'000;
// So much of the counts stays in memory, the rest goes to a temporary file.
inline constexpr size_t kAzureCountsMemoryBytes = size_t{48} << 20;

class Azure2019Counts {
 public:
  struct Cell {
    uint32_t function;
    uint32_t count;
  };

  Azure2019Counts() : file_(kAzureCountsMemoryBytes) {}

  // Reads a file of invocations as the next day.
  absl::Status AddDay(CsvReader& file, FunctionTable& functions);
  // Call once, after the last day.
  absl::Status Finish() { return file_.Finish(); }

  // From the start of the first day on.
  size_t minutes() const { return minutes_.size(); }
  int64_t invocations() const { return invocations_; }
  // Of all functions together.
  uint32_t InvocationsIn(size_t minute) const { return minutes_[minute].invocations; }
  // The cells with a count above 0, by ascending function.
  absl::Status ReadMinute(size_t minute, std::string& buffer, std::vector<Cell>& cells) const;

 private:
  struct Minute {
    uint64_t begin;  // In the file.
    uint32_t size;
    uint32_t invocations;
  };

  // Minute, function and count as one number: sorts by minute.
  class PackedCell;
  class DayReader;

  absl::Status PutAway(const CsvReader& file, const std::vector<uint64_t>& cells);

  SpillFile file_;
  std::vector<Minute> minutes_;
  int64_t invocations_ = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_AZURE2019_COUNTS_H_
