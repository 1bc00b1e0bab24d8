#include "simulator/trace_file/azure2019_durations.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/scenario.h"
#include "simulator/trace_file/cell_numbers.h"

namespace floe {
namespace {

struct Columns {
  size_t app;
  size_t function;
  std::array<size_t, kAzurePercentiles.size()> percentiles;
};

absl::StatusOr<Columns> FindColumns(const CsvReader& file) {
  Columns columns;
  ASSIGN_OR_RETURN(columns.app, file.RequireColumn("HashApp"));
  ASSIGN_OR_RETURN(columns.function, file.RequireColumn("HashFunction"));
  for (size_t i = 0; i < kAzurePercentiles.size(); ++i) {
    ASSIGN_OR_RETURN(columns.percentiles[i],
                     file.RequireColumn(absl::StrCat("percentile_Average_", kAzurePercentiles[i])));
  }
  return columns;
}

absl::StatusOr<Azure2019Durations::Values> ReadValues(const CsvReader& file, const Columns& columns,
                                                      absl::Span<const absl::string_view> cells) {
  Azure2019Durations::Values values = {};
  int64_t previous = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t column = columns.percentiles[i];
    const std::optional<int64_t> billionths = ParseBillionths(cells[column]);
    // Billionths of a millisecond.
    const int64_t nanoseconds = billionths.value_or(-1) / 1'000;
    if (!billionths.has_value() || nanoseconds > kLengthMax.nanoseconds()) {
      return file.CellError(column, cells[column],
                            "must be a number of milliseconds from 0 to 9000000000");
    }
    if (nanoseconds < previous) {
      return file.CellError(column, cells[column], "is below the percentile before it");
    }
    values[i] = static_cast<float>(nanoseconds);
    previous = nanoseconds;
  }
  return values;
}

}  // namespace

absl::StatusOr<Azure2019DurationTable> Azure2019DurationTable::Read(
    CsvReader& file, const FunctionTable& functions) {
  RETURN_IF_ERROR(file.ReadHeader());
  ASSIGN_OR_RETURN(const Columns columns, FindColumns(file));
  Azure2019DurationTable table;
  absl::Span<const absl::string_view> cells;
  while (file.NextRow(cells)) {
    ASSIGN_OR_RETURN(const Azure2019Durations::Values values, ReadValues(file, columns, cells));
    const int64_t function = functions.Find(cells[columns.app], cells[columns.function]);
    if (function < 0) continue;
    const auto row = static_cast<size_t>(function);
    if (row >= table.rows_.size()) table.rows_.resize(row + 1);
    if (table.rows_[row] > 0) return file.LineError("is about a function that was there before");
    table.durations_.emplace_back(values);
    table.rows_[row] = static_cast<uint32_t>(table.durations_.size());
  }
  RETURN_IF_ERROR(file.status());
  return table;
}

}  // namespace floe
