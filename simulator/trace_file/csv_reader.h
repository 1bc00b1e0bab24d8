// Rows of a CSV file, one at a time, without a copy of any cell.
//
// Cells are parted by commas and may stand in double quotes, in which two quotes are one; a quoted
// cell does not reach over the end of its line. Lines end with \n or \r\n; the last may lack its
// end. A byte order mark is skipped, and so are empty lines.

#ifndef FLOE_SIMULATOR_TRACE_FILE_CSV_READER_H_
#define FLOE_SIMULATOR_TRACE_FILE_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "orchestrator/engine/byte_stream.h"

namespace floe {

inline constexpr size_t kCsvLineBytesMax = size_t{1} << 20;
inline constexpr size_t kCsvColumnsMax = 100'000;

// Thread-compatible. The first error ends the reading: status() tells it.
class CsvReader {
 public:
  // `name` is what errors call the file.
  CsvReader(std::unique_ptr<ByteSource> source, std::string name);

  // The next line that is not empty, without its end; it stays until the next call. False at the
  // end, or when status() is not OK.
  bool NextLine(absl::string_view& line);
  // The next row, cell by cell. A row with another number of cells than the header is an error,
  // once there is a header.
  bool NextRow(absl::Span<const absl::string_view>& cells);
  // Parts a line that NextLine gave. The cells stay until the next call of anything.
  absl::StatusOr<absl::Span<const absl::string_view>> Split(absl::string_view line);

  // Takes the next row as the header. kInvalidArgument if there is none, or a name comes twice.
  absl::Status ReadHeader();
  // Takes `cells` as the header.
  absl::Status SetHeader(absl::Span<const absl::string_view> cells);
  const std::vector<std::string>& header() const { return header_; }
  // The column of this name, or -1.
  int FindColumn(absl::string_view name) const;
  // kInvalidArgument if there is no such column: it names those that there are.
  absl::StatusOr<size_t> RequireColumn(absl::string_view name) const;

  const absl::Status& status() const { return status_; }
  const std::string& name() const { return name_; }
  // Of the line that was read last, from 1.
  uint64_t line_number() const { return line_number_; }
  // Whether it reached its end. A line that did not may have been cut off.
  bool line_ended() const { return line_ended_; }

  // kInvalidArgument: the file, the line that was read last, the column and the reason.
  absl::Status CellError(size_t column, absl::string_view cell, absl::string_view reason) const;
  absl::Status LineError(absl::string_view reason) const;

 private:
  // Reads on. False at the end of the source or at an error.
  bool Fill();
  void Fail(absl::Status status);

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool source_ended_ = false;
  bool line_ended_ = true;
  uint64_t line_number_ = 0;
  std::vector<std::string> header_;
  std::vector<absl::string_view> cells_;
  std::string unquoted_;
  absl::Status status_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_CSV_READER_H_
