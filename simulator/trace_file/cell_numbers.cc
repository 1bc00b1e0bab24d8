#include "simulator/trace_file/cell_numbers.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

namespace floe {
namespace {

constexpr int64_t kBillion = 1'000'000'000;
constexpr size_t kWholeDigitsMax = 10;
constexpr double kBillionthsMax = 9e18;

constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes exactly `digits` digits from the front of `text`. Negative if they are not there.
int TakeDigits(absl::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!IsDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool Take(absl::string_view& text, absl::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == absl::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970-01-01 of a date from then on, in the Gregorian calendar.
int64_t DaysSince1970(int year, int month, int day) {
  // Counted from March on, so that the leap day is a year's last.
  const int64_t y = month > 2 ? year : year - 1;
  const int64_t m = month > 2 ? month - 3 : month + 9;
  const int64_t leap_days = y / 4 - y / 100 + y / 400;
  constexpr int64_t kDaysTo1970 = 719'468;
  return y * 365 + leap_days + (153 * m + 2) / 5 + day - 1 - kDaysTo1970;
}

int DaysOf(int year, int month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<int64_t> ParseWithExponent(absl::string_view cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  // Written so that NaN is refused.
  if (!(value >= 0 && value * 1e9 <= kBillionthsMax)) return std::nullopt;
  return static_cast<int64_t>(value * 1e9 + 0.5);
}

// ".123" from the front of `text`, in billionths; what is beyond is cut off. 0 if there is no
// point.
int64_t TakeFraction(absl::string_view& text, bool& valid) {
  if (!Take(text, ".")) return 0;
  valid = valid && !text.empty() && IsDigit(text.front());
  int64_t fraction = 0;
  int64_t unit = kBillion;
  while (!text.empty() && IsDigit(text.front())) {
    unit /= 10;
    fraction += unit * (text.front() - '0');
    text.remove_prefix(1);
  }
  return fraction;
}

// "Z", "+01:30", "" from the front of `text`, in seconds to be subtracted.
int64_t TakeZone(absl::string_view& text, bool& valid) {
  if (text.empty() || Take(text, "Zz")) return 0;
  const bool west = text.front() == '-';
  valid = valid && Take(text, "+-");
  const int hours = TakeDigits(text, 2);
  valid = valid && Take(text, ":");
  const int minutes = TakeDigits(text, 2);
  valid = valid && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
  return (west ? -1 : 1) * (int64_t{hours} * 3'600 + int64_t{minutes} * 60);
}

}  // namespace

std::optional<int64_t> ParseBillionths(absl::string_view cell) {
  size_t at = 0;
  int64_t whole = 0;
  while (at < cell.size() && IsDigit(cell[at]) && at < kWholeDigitsMax) {
    whole = whole * 10 + (cell[at++] - '0');
  }
  const bool has_whole = at > 0;
  int64_t fraction = 0;
  if (at < cell.size() && cell[at] == '.') {
    const size_t first = ++at;
    int64_t unit = kBillion;
    while (at < cell.size() && IsDigit(cell[at])) {
      if (unit > 1) {
        unit /= 10;
        fraction += unit * (cell[at] - '0');
      } else if (unit == 1) {
        // The first digit that does not fit decides how to round.
        fraction += cell[at] >= '5' ? 1 : 0;
        unit = 0;
      }
      ++at;
    }
    if (at == first && !has_whole) return std::nullopt;
  } else if (!has_whole) {
    return std::nullopt;
  }
  if (at < cell.size()) {
    if (cell[at] == 'e' || cell[at] == 'E') return ParseWithExponent(cell);
    return std::nullopt;
  }
  if (whole > 9 * kBillion || (whole == 9 * kBillion && fraction > 0)) return std::nullopt;
  return whole * kBillion + fraction;
}

std::optional<int64_t> ParseCount(absl::string_view cell) {
  constexpr size_t kDigitsMax = 18;
  size_t at = 0;
  int64_t value = 0;
  while (at < cell.size() && IsDigit(cell[at])) {
    if (at == kDigitsMax) return std::nullopt;
    value = value * 10 + (cell[at++] - '0');
  }
  if (at == 0) return std::nullopt;
  if (at < cell.size() && cell[at] == '.') {
    ++at;
    while (at < cell.size() && cell[at] == '0') ++at;
  }
  if (at < cell.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseDateTime(absl::string_view cell) {
  const int year = TakeDigits(cell, 4);
  bool valid = Take(cell, "-");
  const int month = TakeDigits(cell, 2);
  valid = valid && Take(cell, "-");
  const int day = TakeDigits(cell, 2);
  valid = valid && Take(cell, "Tt ");
  const int hour = TakeDigits(cell, 2);
  valid = valid && Take(cell, ":");
  const int minute = TakeDigits(cell, 2);
  valid = valid && Take(cell, ":");
  const int second = TakeDigits(cell, 2);
  // A leap second is the first of the next minute.
  if (!valid || year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 ||
      day > DaysOf(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return std::nullopt;
  }
  const int64_t fraction = TakeFraction(cell, valid);
  const int64_t zone = TakeZone(cell, valid);
  if (!valid || !cell.empty()) return std::nullopt;
  const int64_t seconds = DaysSince1970(year, month, day) * 86'400 + int64_t{hour} * 3'600 +
                          int64_t{minute} * 60 + second - zone;
  if (seconds < 0) return std::nullopt;
  return seconds * kBillion + fraction;
}

}  // namespace floe
