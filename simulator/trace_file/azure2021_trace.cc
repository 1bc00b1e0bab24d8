#include "simulator/trace_file/azure2021_trace.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/scenario.h"
#include "simulator/trace_file/arrival_store.h"
#include "simulator/trace_file/cell_numbers.h"
#include "simulator/trace_file/csv_reader.h"
#include "simulator/trace_file/function_table.h"
#include "simulator/trace_file/gzip_source.h"

namespace floe {
namespace {

absl::StatusOr<int64_t> ReadSeconds(const CsvReader& file, size_t column, absl::string_view cell,
                                    Duration max) {
  const std::optional<int64_t> nanoseconds = ParseBillionths(cell);
  if (nanoseconds.has_value() && *nanoseconds <= max.nanoseconds()) return *nanoseconds;
  return file.CellError(
      column, cell,
      absl::StrCat("must be a number of seconds from 0 to ", static_cast<int64_t>(max.seconds())));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadAzure2021Trace(
    std::unique_ptr<ByteSource> source, std::string name) {
  CsvReader file(std::move(source), std::move(name));
  RETURN_IF_ERROR(file.ReadHeader());
  ASSIGN_OR_RETURN(const size_t app, file.RequireColumn("app"));
  ASSIGN_OR_RETURN(const size_t func, file.RequireColumn("func"));
  ASSIGN_OR_RETURN(const size_t end_column, file.RequireColumn("end_timestamp"));
  ASSIGN_OR_RETURN(const size_t duration_column, file.RequireColumn("duration"));
  FunctionTable functions;
  ArrivalStore store;
  absl::Span<const absl::string_view> cells;
  while (file.NextRow(cells)) {
    if (cells[func].empty()) return file.CellError(func, cells[func], "must name a function");
    const absl::StatusOr<uint32_t> function =
        functions.NumberOf(cells[app], cells[func], FunctionTable::HashName(cells[func]));
    if (!function.ok()) return file.LineError(function.status().message());
    ASSIGN_OR_RETURN(const int64_t end,
                     ReadSeconds(file, end_column, cells[end_column], kScenarioDurationMax));
    ASSIGN_OR_RETURN(const int64_t run,
                     ReadSeconds(file, duration_column, cells[duration_column], kLengthMax));
    RETURN_IF_ERROR(store.Add({.at_ns = std::max<int64_t>(end - run, 0),
                               .function = *function,
                               .run_ns = run,
                               .tenant = 0}));
  }
  RETURN_IF_ERROR(file.status());
  if (store.size() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("read ", file.name(), ": there is no row below the header"));
  }
  return std::move(store).Finish(std::move(functions.functions()), 0);
}

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenAzure2021Trace(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenPlainOrGzip(path));
  return ReadAzure2021Trace(std::move(source), path);
}

}  // namespace floe
