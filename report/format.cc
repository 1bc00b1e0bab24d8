#include "report/format.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace floe {
namespace {

// From here on the digits of a double are no longer all its own.
constexpr double kCountMax = 1e15;

}  // namespace

std::string FormatCount(uint64_t count) {
  std::string text = absl::StrCat(count);
  for (size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
  return text;
}

std::string FormatNumber(double number) {
  if (number < 0) return "-" + FormatNumber(-number);
  if (number == 0) return "0";
  if (number >= kCountMax) return absl::StrFormat("%.2e", number);
  if (number >= 999.5) return FormatCount(static_cast<uint64_t>(std::llround(number)));
  if (number >= 99.95) return absl::StrFormat("%.0f", number);
  if (number >= 9.995) return absl::StrFormat("%.1f", number);
  if (number >= 0.9995) return absl::StrFormat("%.2f", number);
  if (number >= 0.001) return absl::StrFormat("%.3g", number);
  return absl::StrFormat("%.1e", number);
}

std::string FormatLength(Duration length) {
  if (length.is_infinite()) return "unlimited";
  const double seconds = length.seconds();
  const double magnitude = std::abs(seconds);
  if (magnitude == 0) return "0 s";
  if (magnitude < 0.9995e-6) return FormatNumber(seconds * 1e9) + " ns";
  if (magnitude < 0.9995e-3) return FormatNumber(seconds * 1e6) + " us";
  if (magnitude < 0.9995) return FormatNumber(seconds * 1e3) + " ms";
  if (magnitude < 599.5) return FormatNumber(seconds) + " s";
  if (magnitude < 2 * 3'600) return FormatNumber(seconds / 60) + " min";
  if (magnitude < 2 * 86'400) return FormatNumber(seconds / 3'600) + " h";
  return FormatNumber(seconds / 86'400) + " d";
}

std::string FormatSpan(Duration span) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t nanoseconds = span.nanoseconds();
  if (nanoseconds <= 0 || nanoseconds % kSecond != 0) return FormatLength(span);
  const auto seconds = static_cast<uint64_t>(nanoseconds / kSecond);
  if (seconds % 3'600 == 0) return FormatCount(seconds / 3'600) + " h";
  if (seconds % 60 == 0) return FormatCount(seconds / 60) + " min";
  return FormatCount(seconds) + " s";
}

std::string FormatShare(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  return FormatNumber(100.0 * static_cast<double>(part) / static_cast<double>(whole)) + " %";
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++width;
  }
  return width;
}

}  // namespace floe
