#include "simulator/trace_file/timestamp_trace.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

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

using Options = TimestampTraceOptions;

constexpr int64_t kSecondNs = 1'000'000'000;
// Seconds from here on are a date: 2001-09-09.
constexpr int64_t kDatesFromNs = int64_t{1'000'000'000} * kSecondNs;

enum class TimeKind : uint8_t { kSeconds, kDate };

std::optional<int64_t> ParseTime(TimeKind kind, absl::string_view cell) {
  return kind == TimeKind::kSeconds ? ParseBillionths(cell) : ParseDateTime(cell);
}

class TimestampReader {
 public:
  TimestampReader(CsvReader file, const Options& options)
      : file_(std::move(file)), options_(options) {}

  absl::StatusOr<std::shared_ptr<const ArrivalTrace>> Read() {
    absl::Span<const absl::string_view> cells;
    if (!file_.NextRow(cells)) {
      RETURN_IF_ERROR(file_.status());
      return absl::InvalidArgumentError(
          absl::StrCat("read ", options_.path, ": the file is empty"));
    }
    if (cells.size() == 1 && LearnKind(cells[0])) {
      const std::string name = options_.time_column.empty() ? "timestamp" : options_.time_column;
      // The cell stays where it is while the header is set.
      const absl::string_view header[] = {name};
      RETURN_IF_ERROR(file_.SetHeader(header));
      RETURN_IF_ERROR(FindColumns());
      RETURN_IF_ERROR(TakeRow(cells));
    } else {
      RETURN_IF_ERROR(file_.SetHeader(cells));
      RETURN_IF_ERROR(FindColumns());
    }
    while (file_.NextRow(cells)) RETURN_IF_ERROR(TakeRow(cells));
    RETURN_IF_ERROR(file_.status());
    return Finish();
  }

 private:
  // Whether the cell is a time, and of which kind.
  bool LearnKind(absl::string_view cell) {
    for (const TimeKind kind : {TimeKind::kSeconds, TimeKind::kDate}) {
      if (!ParseTime(kind, cell).has_value()) continue;
      kind_ = kind;
      return true;
    }
    return false;
  }

  absl::Status FindColumns() {
    if (!options_.time_column.empty()) {
      ASSIGN_OR_RETURN(time_column_, file_.RequireColumn(options_.time_column));
    } else if (file_.header().size() > 1) {
      ASSIGN_OR_RETURN(time_column_, file_.RequireColumn("timestamp"));
    }
    RETURN_IF_ERROR(FindOptional(options_.function_column, "function", function_column_));
    return FindOptional(options_.duration_column, "duration", duration_column_);
  }

  // The column that was asked for must be there, the usual one need not.
  absl::Status FindOptional(const std::string& wanted, absl::string_view usual, int& column) {
    column = file_.FindColumn(wanted.empty() ? usual : absl::string_view(wanted));
    if (wanted.empty() || column >= 0) return absl::OkStatus();
    return file_.RequireColumn(wanted).status();
  }

  absl::Status TakeRow(absl::Span<const absl::string_view> cells) {
    const absl::string_view time = cells[time_column_];
    if (!kind_.has_value()) LearnKind(time);
    const std::optional<int64_t> at =
        kind_.has_value() ? ParseTime(*kind_, time) : std::optional<int64_t>();
    if (!at.has_value()) {
      return file_.CellError(time_column_, time,
                             !kind_.has_value()
                                 ? "must be a number of seconds from 0, as 12.5, or a date and "
                                   "time, as 2026-08-09T12:34:56.7Z"
                             : *kind_ == TimeKind::kSeconds
                                 ? "must be a number of seconds from 0, as in the rows before it"
                                 : "must be a date and time, as in the rows before it");
    }
    if (options_.order == Options::Order::kAscending && *at < last_) {
      return file_.CellError(time_column_, time,
                             "is earlier than the row before it; sort the file, or ask for its "
                             "rows to be sorted");
    }
    last_ = *at;
    first_ = std::min(first_, *at);
    latest_ = std::max(latest_, *at);
    TraceArrival arrival{.at_ns = *at, .function = 0, .run_ns = -1, .tenant = 0};
    RETURN_IF_ERROR(TakeFunction(cells, arrival));
    RETURN_IF_ERROR(TakeDuration(cells, arrival));
    return store_.Add(arrival);
  }

  absl::Status TakeFunction(absl::Span<const absl::string_view> cells, TraceArrival& arrival) {
    // A file without functions is a trace of one.
    absl::string_view name = "function";
    if (function_column_ >= 0) {
      const auto column = static_cast<size_t>(function_column_);
      name = cells[column];
      if (name.empty() || name.size() > kTraceNameBytesMax) {
        return file_.CellError(column, name,
                               absl::StrCat("must have 1 to ", kTraceNameBytesMax, " bytes"));
      }
    }
    const absl::StatusOr<uint32_t> number = functions_.NumberOf("", name, name);
    if (!number.ok()) return file_.LineError(number.status().message());
    arrival.function = *number;
    return absl::OkStatus();
  }

  absl::Status TakeDuration(absl::Span<const absl::string_view> cells, TraceArrival& arrival) {
    if (duration_column_ < 0) return absl::OkStatus();
    const auto column = static_cast<size_t>(duration_column_);
    if (cells[column].empty()) return absl::OkStatus();
    const std::optional<int64_t> run = ParseBillionths(cells[column]);
    if (!run.has_value() || *run > kLengthMax.nanoseconds()) {
      return file_.CellError(column, cells[column],
                             absl::StrCat("must be empty or a number of seconds from 0 to ",
                                          static_cast<int64_t>(kLengthMax.seconds())));
    }
    arrival.run_ns = *run;
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<const ArrivalTrace>> Finish() {
    if (store_.size() == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("read ", options_.path, ": there is no row below the header"));
    }
    const bool dated = *kind_ == TimeKind::kDate || first_ >= kDatesFromNs;
    const bool from_first = options_.origin == Options::Origin::kFirstArrival ||
                            (options_.origin == Options::Origin::kDetect && dated);
    const int64_t origin = from_first ? first_ : 0;
    if (latest_ - origin > kScenarioDurationMax.nanoseconds()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "read ", options_.path, ": the last arrival comes ", (latest_ - origin) / kSecondNs,
          " s after the run begins, at most ", static_cast<int64_t>(kScenarioDurationMax.seconds()),
          " s can be simulated"));
    }
    return std::move(store_).Finish(std::move(functions_.functions()), origin);
  }

  CsvReader file_;
  const Options& options_;
  std::optional<TimeKind> kind_;
  size_t time_column_ = 0;
  int function_column_ = -1;
  int duration_column_ = -1;
  int64_t last_ = 0;
  int64_t first_ = std::numeric_limits<int64_t>::max();
  int64_t latest_ = 0;
  FunctionTable functions_;
  ArrivalStore store_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenTimestampTrace(
    const TimestampTraceOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenPlainOrGzip(options.path));
  return ReadTimestampTrace(std::move(source), options);
}

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadTimestampTrace(
    std::unique_ptr<ByteSource> source, const TimestampTraceOptions& options) {
  return TimestampReader(CsvReader(std::move(source), options.path), options).Read();
}

}  // namespace floe
