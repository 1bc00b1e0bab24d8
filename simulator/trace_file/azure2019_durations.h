// How long the functions of the Azure 2019 trace ran: percentiles, by function.

#ifndef FLOE_SIMULATOR_TRACE_FILE_AZURE2019_DURATIONS_H_
#define FLOE_SIMULATOR_TRACE_FILE_AZURE2019_DURATIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/trace_file/csv_reader.h"
#include "simulator/trace_file/function_table.h"

namespace floe {

inline constexpr std::array<int, 7> kAzurePercentiles = {0, 1, 25, 50, 75, 99, 100};

// The percentiles of one function's durations.
class Azure2019Durations {
 public:
  // Ascending, in nanoseconds.
  using Values = std::array<float, kAzurePercentiles.size()>;

  explicit Azure2019Durations(const Values& values_ns) : values_ns_(values_ns) {}

  // The u-quantile in nanoseconds, straight between the percentiles. REQUIRES: 0 <= u <= 1.
  int64_t At(double u) const {
    const double percent = u * 100;
    const size_t i = kPieceOf[static_cast<size_t>(percent)];
    const double low = static_cast<double>(values_ns_[i]);
    const double high = static_cast<double>(values_ns_[i + 1]);
    return static_cast<int64_t>(low + (percent - kFrom[i]) * kPerPercent[i] * (high - low) + 0.5);
  }

 private:
  static constexpr size_t kPieces = kAzurePercentiles.size() - 1;
  static constexpr std::array<double, kPieces> kFrom = {0, 1, 25, 50, 75, 99};
  static constexpr std::array<double, kPieces> kPerPercent = {1,        1.0 / 24, 1.0 / 25,
                                                              1.0 / 25, 1.0 / 24, 1};
  // The piece that begins at or below each whole percentage.
  static constexpr std::array<uint8_t, 101> kPieceOf = [] {
    std::array<uint8_t, 101> pieces = {};
    for (size_t percent = 0; percent <= 100; ++percent) {
      while (pieces[percent] + 1u < kPieces &&
             static_cast<size_t>(kAzurePercentiles[pieces[percent] + 1u]) <= percent) {
        ++pieces[percent];
      }
    }
    return pieces;
  }();

  Values values_ns_;
};

// Of one day, or of all.
class Azure2019DurationTable {
 public:
  // Reads a file of durations. Functions that are not in `functions` are passed over.
  static absl::StatusOr<Azure2019DurationTable> Read(CsvReader& file,
                                                     const FunctionTable& functions);

  // Null if the file does not tell.
  const Azure2019Durations* Find(uint32_t function) const {
    return function < rows_.size() && rows_[function] > 0 ? &durations_[rows_[function] - 1]
                                                          : nullptr;
  }

 private:
  // By function: the place in `durations_`, from 1; 0 is none.
  std::vector<uint32_t> rows_;
  std::vector<Azure2019Durations> durations_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_AZURE2019_DURATIONS_H_
