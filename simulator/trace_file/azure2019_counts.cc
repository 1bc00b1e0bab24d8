#include "simulator/trace_file/azure2019_counts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/trace_file/cell_numbers.h"

namespace floe {
namespace {

// What a column holds: a minute from 0 on, or one of these.
constexpr int16_t kNotRead = -1;
constexpr int16_t kApp = -2;
constexpr int16_t kFunction = -3;
constexpr int16_t kTrigger = -4;

// A cell as one number: minute, function, count.
constexpr int kCountBits = 32;
constexpr int kFunctionBits = 20;
static_assert(kTraceFunctionsMax <= int64_t{1} << kFunctionBits);
static_assert(kAzureInvocationsPerMinuteMax < int64_t{1} << kCountBits);

uint64_t Pack(uint64_t minute, uint64_t function, uint64_t count) {
  return (minute << kFunctionBits | function) << kCountBits | count;
}
size_t MinuteOf(uint64_t cell) {
  return cell >> (kFunctionBits + kCountBits);
}
uint32_t FunctionOf(uint64_t cell) {
  return static_cast<uint32_t>(cell >> kCountBits) & ((1u << kFunctionBits) - 1);
}
uint32_t CountOf(uint64_t cell) {
  return static_cast<uint32_t>(cell);
}

// Sorts by minute; the cells of a minute keep their order.
std::vector<uint64_t> SortByMinute(const std::vector<uint64_t>& cells) {
  std::array<size_t, kAzureMinutesPerDay + 1> begin = {};
  for (const uint64_t cell : cells) ++begin[MinuteOf(cell) + 1];
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint64_t> sorted(cells.size());
  for (const uint64_t cell : cells) sorted[begin[MinuteOf(cell)]++] = cell;
  return sorted;
}

void AppendVarint(uint64_t value, std::string& out) {
  while (value >= 128) {
    out.push_back(static_cast<char>(value | 128));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

uint32_t TakeVarint(const char*& at) {
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<uint32_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

}  // namespace

// Reads the rows of one day.
class Azure2019Counts::DayReader {
 public:
  DayReader(CsvReader& file, FunctionTable& functions) : file_(file), functions_(functions) {}

  absl::Status Read() {
    RETURN_IF_ERROR(file_.ReadHeader());
    RETURN_IF_ERROR(ReadRoles());
    absl::string_view line;
    while (file_.NextLine(line)) {
      row_.clear();
      app_ = function_ = trigger_ = absl::string_view();
      // The quick way is for what is published; everything else, errors too, goes the other one.
      if (!ScanRow(line)) RETURN_IF_ERROR(SplitRow(line));
      RETURN_IF_ERROR(TakeRow());
    }
    return file_.status();
  }

  const std::vector<uint64_t>& cells() const { return cells_; }

 private:
  absl::Status ReadRoles() {
    RETURN_IF_ERROR(file_.RequireColumn("HashApp").status());
    RETURN_IF_ERROR(file_.RequireColumn("HashFunction").status());
    std::array<bool, kAzureMinutesPerDay> named = {};
    size_t minutes = 0;
    for (const std::string& name : file_.header()) {
      int32_t minute = 0;
      if (name == "HashApp" || name == "HashFunction" || name == "Trigger") {
        roles_.push_back(name == "HashApp" ? kApp : name == "Trigger" ? kTrigger : kFunction);
      } else if (absl::SimpleAtoi(absl::StripPrefix(name, "minute_"), &minute)) {
        if (minute < 1 || minute > static_cast<int32_t>(kAzureMinutesPerDay) ||
            named[static_cast<size_t>(minute - 1)]) {
          return file_.LineError(absl::StrCat("the column `", name, "` is no minute from 1 to ",
                                              kAzureMinutesPerDay, " or is there twice"));
        }
        named[static_cast<size_t>(minute - 1)] = true;
        ++minutes;
        roles_.push_back(static_cast<int16_t>(minute - 1));
      } else {
        roles_.push_back(kNotRead);
      }
    }
    const auto missing =
        std::find(named.begin(), named.begin() + static_cast<int64_t>(minutes), false) -
        named.begin();
    if (minutes == 0 || static_cast<size_t>(missing) < minutes) {
      return file_.LineError(absl::StrCat("there is no column `", missing + 1, "` or `minute_",
                                          missing + 1, "`: the minutes are named from 1 on"));
    }
    // From each column on, so many minutes follow.
    minutes_from_.assign(roles_.size() + 1, 0);
    for (size_t i = roles_.size(); i-- > 0;) {
      minutes_from_[i] = roles_[i] >= 0 ? minutes_from_[i + 1] + 1 : 0;
    }
    return absl::OkStatus();
  }

  // Fills in the row. False if it is not as it is published: then it is to be split.
  bool ScanRow(absl::string_view line) {
    const char* at = line.data();
    const char* const end = at + line.size();
    const size_t columns = roles_.size();
    size_t column = 0;
    while (true) {
      // Four times no invocation.
      constexpr char kZeros[] = "0,0,0,0,";
      while (minutes_from_[column] >= 4 && end - at > 8 && std::memcmp(at, kZeros, 8) == 0) {
        at += 8;
        column += 4;
      }
      if (column == columns) return false;
      const int16_t role = roles_[column];
      const char* const first = at;
      if (role >= 0) {
        uint32_t count = 0;
        while (at < end && static_cast<unsigned char>(*at - '0') < 10 && at - first < 9) {
          count = count * 10 + static_cast<uint32_t>(*at++ - '0');
        }
        if (at == first || count > kAzureInvocationsPerMinuteMax) return false;
        if (count > 0) row_.emplace_back(static_cast<uint16_t>(role), count);
      } else {
        const void* const comma = std::memchr(at, ',', static_cast<size_t>(end - at));
        at = comma == nullptr ? end : static_cast<const char*>(comma);
        const absl::string_view cell(first, static_cast<size_t>(at - first));
        if (!cell.empty() && cell.front() == '"') return false;
        TakeText(role, cell);
      }
      ++column;
      if (at == end) return column == columns;
      if (*at++ != ',') return false;
    }
  }

  absl::Status SplitRow(absl::string_view line) {
    row_.clear();
    const absl::StatusOr<absl::Span<const absl::string_view>> cells = file_.Split(line);
    if (!cells.ok()) return cells.status();
    if (cells->size() != roles_.size()) {
      return file_.LineError(absl::StrCat("has ", cells->size(), " cells where the header names ",
                                          roles_.size(),
                                          file_.line_ended() ? "" : "; the file ends inside it"));
    }
    for (size_t i = 0; i < cells->size(); ++i) {
      const absl::string_view cell = (*cells)[i];
      if (roles_[i] < 0) {
        TakeText(roles_[i], cell);
        continue;
      }
      const std::optional<int64_t> count = ParseCount(cell);
      if (!count.has_value() || *count > kAzureInvocationsPerMinuteMax) {
        return file_.CellError(
            i, cell,
            absl::StrCat("must be a whole number from 0 to ", kAzureInvocationsPerMinuteMax));
      }
      if (*count > 0) {
        row_.emplace_back(static_cast<uint16_t>(roles_[i]), static_cast<uint32_t>(*count));
      }
    }
    return absl::OkStatus();
  }

  void TakeText(int16_t role, absl::string_view cell) {
    if (role == kApp) app_ = cell;
    if (role == kFunction) function_ = cell;
    if (role == kTrigger) trigger_ = cell;
  }

  absl::Status TakeRow() {
    if (function_.empty()) return file_.LineError("its HashFunction is empty");
    const absl::StatusOr<uint32_t> number =
        functions_.NumberOf(app_, function_, FunctionTable::HashName(function_));
    if (!number.ok()) return file_.LineError(number.status().message());
    const auto [first, is_new] =
        lines_.try_emplace(std::make_pair(*number, std::string(trigger_)), file_.line_number());
    if (!is_new) {
      return file_.LineError(absl::StrCat("is about the same function",
                                          trigger_.empty() ? "" : " and trigger", " as line ",
                                          first->second));
    }
    if (cells_.size() + row_.size() > kAzureCellsPerDayMax) {
      return file_.LineError(absl::StrCat("up to here more than ", kAzureCellsPerDayMax,
                                          " cells are not 0, divide the file"));
    }
    for (const auto& [minute, count] : row_) cells_.push_back(Pack(minute, *number, count));
    return absl::OkStatus();
  }

  CsvReader& file_;
  FunctionTable& functions_;
  std::vector<int16_t> roles_;
  std::vector<size_t> minutes_from_;
  // The present row.
  std::vector<std::pair<uint16_t, uint32_t>> row_;
  absl::string_view app_;
  absl::string_view function_;
  absl::string_view trigger_;
  // Where each function and trigger is.
  absl::flat_hash_map<std::pair<uint32_t, std::string>, uint64_t> lines_;
  std::vector<uint64_t> cells_;
};

absl::Status Azure2019Counts::AddDay(CsvReader& file, FunctionTable& functions) {
  DayReader reader(file, functions);
  RETURN_IF_ERROR(reader.Read());
  return PutAway(file, SortByMinute(reader.cells()));
}

absl::Status Azure2019Counts::PutAway(const CsvReader& file, const std::vector<uint64_t>& cells) {
  std::vector<Cell> merged;
  std::string bytes;
  size_t at = 0;
  for (size_t minute = 0; minute < kAzureMinutesPerDay; ++minute) {
    merged.clear();
    for (; at < cells.size() && MinuteOf(cells[at]) == minute; ++at) {
      merged.push_back({FunctionOf(cells[at]), CountOf(cells[at])});
    }
    std::stable_sort(merged.begin(), merged.end(),
                     [](const Cell& a, const Cell& b) { return a.function < b.function; });
    int64_t sum = 0;
    uint32_t previous = 0;
    bytes.clear();
    for (size_t i = 0; i < merged.size();) {
      const uint32_t function = merged[i].function;
      uint64_t count = 0;
      // Several triggers.
      for (; i < merged.size() && merged[i].function == function; ++i) count += merged[i].count;
      sum += static_cast<int64_t>(count);
      if (sum > kAzureInvocationsPerMinuteMax) {
        return absl::ResourceExhaustedError(
            absl::StrCat("read ", file.name(), ": minute ", minute + 1, " has more than ",
                         kAzureInvocationsPerMinuteMax, " invocations"));
      }
      AppendVarint(function - previous, bytes);
      AppendVarint(count, bytes);
      previous = function;
    }
    minutes_.push_back({.begin = file_.size(),
                        .size = static_cast<uint32_t>(bytes.size()),
                        .invocations = static_cast<uint32_t>(sum)});
    invocations_ += sum;
    RETURN_IF_ERROR(file_.Append(bytes));
  }
  return absl::OkStatus();
}

absl::Status Azure2019Counts::ReadMinute(size_t minute, std::string& buffer,
                                         std::vector<Cell>& cells) const {
  cells.clear();
  buffer.resize(minutes_[minute].size);
  RETURN_IF_ERROR(file_.ReadAt(minutes_[minute].begin, buffer.data(), buffer.size()));
  const char* at = buffer.data();
  const char* const end = at + buffer.size();
  uint32_t function = 0;
  while (at < end) {
    function += TakeVarint(at);
    const uint32_t count = TakeVarint(at);
    cells.push_back({.function = function, .count = count});
  }
  return absl::OkStatus();
}

}  // namespace floe
