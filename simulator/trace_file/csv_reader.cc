#include "simulator/trace_file/csv_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace floe {
namespace {

constexpr size_t kBufferBytes = size_t{64} * 1024;
// Of a cell or a list that an error quotes.
constexpr size_t kQuotedBytesMax = 60;
constexpr size_t kNamesListedMax = 12;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// For an error message: short, and of printable characters.
std::string Quote(absl::string_view text) {
  const absl::string_view shown = text.substr(0, kQuotedBytesMax);
  return absl::StrCat("`", absl::CHexEscape(shown), shown.size() < text.size() ? "...`" : "`");
}

}  // namespace

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string name)
    : source_(std::move(source)), name_(std::move(name)), buffer_(kBufferBytes) {}

void CsvReader::Fail(absl::Status status) {
  status_ = std::move(status);
}

bool CsvReader::Fill() {
  if (source_ended_ || !status_.ok()) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (end_ >= kCsvLineBytesMax) {
      ++line_number_;
      Fail(LineError(absl::StrCat("is longer than ", kCsvLineBytesMax, " bytes")));
      return false;
    }
    buffer_.resize(std::min(2 * buffer_.size(), kCsvLineBytesMax));
  }
  const absl::StatusOr<size_t> count = source_->Read(buffer_.data() + end_, buffer_.size() - end_);
  if (!count.ok()) {
    Fail(count.status());
    return false;
  }
  end_ += *count;
  source_ended_ = *count == 0;
  return !source_ended_;
}

bool CsvReader::NextLine(absl::string_view& line) {
  if (line_number_ == 0) {
    while (end_ < kByteOrderMark.size() && Fill()) {
    }
    if (absl::string_view(buffer_.data(), end_).substr(0, 3) == kByteOrderMark) begin_ = 3;
  }
  size_t searched = 0;
  while (status_.ok()) {
    const void* const found =
        std::memchr(buffer_.data() + begin_ + searched, '\n', end_ - begin_ - searched);
    line_ended_ = found != nullptr;
    if (!line_ended_) {
      searched = end_ - begin_;
      if (Fill()) continue;
      if (!status_.ok() || begin_ == end_) return false;
    }
    const char* const first = buffer_.data() + begin_;
    const size_t size =
        line_ended_ ? static_cast<size_t>(static_cast<const char*>(found) - first) : end_ - begin_;
    begin_ += size + (line_ended_ ? 1 : 0);
    searched = 0;
    ++line_number_;
    line = absl::string_view(first, size);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) return true;
  }
  return false;
}

absl::StatusOr<absl::Span<const absl::string_view>> CsvReader::Split(absl::string_view line) {
  cells_.clear();
  unquoted_.clear();
  // Cells point into it: it must not move.
  if (line.find('"') != absl::string_view::npos) unquoted_.reserve(line.size());
  size_t at = 0;
  while (true) {
    if (cells_.size() == kCsvColumnsMax) {
      return LineError(absl::StrCat("has more than ", kCsvColumnsMax, " cells"));
    }
    if (at < line.size() && line[at] == '"') {
      const size_t first = unquoted_.size();
      for (++at;; ++at) {
        const size_t quote = line.find('"', at);
        if (quote == absl::string_view::npos) {
          return LineError("has a quoted cell that does not end on the line");
        }
        unquoted_.append(line.data() + at, quote - at);
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        unquoted_.push_back('"');
      }
      if (at < line.size() && line[at] != ',') {
        return LineError("has something between a closing quote and the comma");
      }
      cells_.push_back(absl::string_view(unquoted_).substr(first));
    } else {
      const size_t comma = std::min(line.find(',', at), line.size());
      cells_.push_back(line.substr(at, comma - at));
      at = comma;
    }
    if (at == line.size()) return absl::MakeConstSpan(cells_);
    ++at;
  }
}

bool CsvReader::NextRow(absl::Span<const absl::string_view>& cells) {
  absl::string_view line;
  if (!NextLine(line)) return false;
  absl::StatusOr<absl::Span<const absl::string_view>> split = Split(line);
  if (!split.ok()) {
    Fail(split.status());
    return false;
  }
  if (!header_.empty() && split->size() != header_.size()) {
    Fail(LineError(absl::StrCat("has ", split->size(), " cells where the header names ",
                                header_.size(), line_ended_ ? "" : "; the file ends inside it")));
    return false;
  }
  cells = *split;
  return true;
}

absl::Status CsvReader::ReadHeader() {
  absl::Span<const absl::string_view> cells;
  if (NextRow(cells)) return SetHeader(cells);
  RETURN_IF_ERROR(status_);
  return absl::InvalidArgumentError(
      absl::StrCat("read ", name_, ": the file is empty; its first line must name its columns"));
}

absl::Status CsvReader::SetHeader(absl::Span<const absl::string_view> cells) {
  absl::flat_hash_set<absl::string_view> seen;
  for (const absl::string_view cell : cells) {
    if (!seen.insert(cell).second) {
      return LineError(absl::StrCat("names the column ", Quote(cell), " twice"));
    }
  }
  header_.clear();
  for (const absl::string_view cell : cells) header_.emplace_back(cell);
  return absl::OkStatus();
}

int CsvReader::FindColumn(absl::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  return found == header_.end() ? -1 : static_cast<int>(found - header_.begin());
}

absl::StatusOr<size_t> CsvReader::RequireColumn(absl::string_view name) const {
  const int column = FindColumn(name);
  if (column >= 0) return static_cast<size_t>(column);
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(header_.size(), kNamesListedMax); ++i) {
    names.push_back(Quote(header_[i]));
  }
  if (names.size() < header_.size()) names.push_back("...");
  return absl::InvalidArgumentError(absl::StrCat(
      "read ", name_, ": there is no column ", Quote(name), ", only ", absl::StrJoin(names, ", ")));
}

absl::Status CsvReader::CellError(size_t column, absl::string_view cell,
                                  absl::string_view reason) const {
  const std::string title =
      column < header_.size() ? absl::StrCat(" (", Quote(header_[column]), ")") : std::string();
  return LineError(absl::StrCat("column ", column + 1, title, ": is ", Quote(cell), ", ", reason));
}

absl::Status CsvReader::LineError(absl::string_view reason) const {
  return absl::InvalidArgumentError(
      absl::StrCat("read ", name_, ": line ", line_number_, ": ", reason));
}

}  // namespace floe
