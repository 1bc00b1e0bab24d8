#include "experiment/grid.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace floe {
namespace {

// A number or a length of time, in which case it counts nanoseconds.
struct Quantity {
  double value = 0;
  bool is_length = false;
};

std::optional<Quantity> ParseQuantity(absl::string_view text) {
  Quantity quantity;
  if (absl::SimpleAtod(text, &quantity.value)) {
    if (!std::isfinite(quantity.value)) return std::nullopt;
    return quantity;
  }
  absl::Duration length;
  if (!absl::ParseDuration(std::string(text), &length) || length == absl::InfiniteDuration() ||
      length == -absl::InfiniteDuration()) {
    return std::nullopt;
  }
  return Quantity{absl::ToDoubleNanoseconds(length), true};
}

std::string FormatQuantity(Quantity quantity) {
  if (quantity.is_length) {
    return absl::FormatDuration(absl::Nanoseconds(std::round(quantity.value)));
  }
  return absl::StrFormat("%.12g", quantity.value);
}

absl::Status Refuse(absl::string_view part, absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", part, "': ", reason,
                   "; write for example 10,20,50 or 1..100 or 0.1..0.9+0.2 or 1m..1h*2"));
}

// What stands at commas outside of quotation marks and brackets.
std::vector<std::string> SplitValues(absl::string_view text) {
  std::vector<std::string> parts(1);
  char quote = '\0';
  int depth = 0;
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '{' || c == '[' || c == '(') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ')') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  for (std::string& part : parts) part = std::string(absl::StripAsciiWhitespace(part));
  return parts;
}

absl::Status AppendRange(absl::string_view part, size_t dots, std::vector<std::string>& values) {
  const std::optional<Quantity> first = ParseQuantity(part.substr(0, dots));
  absl::string_view rest = part.substr(dots + 2);
  const size_t sign = rest.find_first_of("+*");
  const std::optional<Quantity> last = ParseQuantity(rest.substr(0, sign));
  if (!first.has_value() || !last.has_value()) {
    return Refuse(part, "both ends of a range are numbers or lengths of time");
  }
  const bool is_length = first->is_length || last->is_length;
  const bool multiplies = sign != absl::string_view::npos && rest[sign] == '*';
  std::optional<Quantity> step = Quantity{1, false};
  if (sign != absl::string_view::npos) step = ParseQuantity(rest.substr(sign + 1));
  if (!step.has_value()) return Refuse(part, "the step is no number and no length of time");
  const auto fits = [is_length](Quantity end) {
    return end.is_length == is_length || end.value == 0;
  };
  if (!fits(*first) || !fits(*last)) return Refuse(part, "one end is a length of time, one is not");
  if (multiplies ? step->is_length || step->value <= 1 || first->value <= 0
                 : step->is_length != is_length || step->value <= 0) {
    if (multiplies) {
      return Refuse(part, "a factor is a number above 1, and the range begins above 0");
    }
    return Refuse(part, sign == absl::string_view::npos
                            ? "a range of lengths of time needs a step or a factor"
                            : "a step is above 0, and a length of time where the ends are");
  }
  if (first->value > last->value) return Refuse(part, "the range ends before it begins");
  // The last value may miss the end by rounding only.
  const double end = last->value + std::abs(last->value) * 1e-12;
  for (int64_t i = 0;; ++i) {
    const auto n = static_cast<double>(i);
    // Each from the first, so that errors do not add up.
    const double value =
        multiplies ? first->value * std::pow(step->value, n) : first->value + step->value * n;
    if (value > end) return absl::OkStatus();
    if (static_cast<int64_t>(values.size()) >= kAxisValuesMax) {
      return Refuse(part, absl::StrCat("more than ", kAxisValuesMax, " values"));
    }
    values.push_back(FormatQuantity({value, is_length}));
  }
}

}  // namespace

int64_t Grid::points() const {
  int64_t points = 1;
  for (const Axis& axis : axes) points *= static_cast<int64_t>(axis.values.size());
  return points;
}

std::vector<std::string> Grid::ValuesAt(int64_t point) const {
  CHECK(point >= 0 && point < points());
  std::vector<std::string> values(axes.size());
  for (size_t i = axes.size(); i-- > 0;) {
    const auto count = static_cast<int64_t>(axes[i].values.size());
    values[i] = axes[i].values[static_cast<size_t>(point % count)];
    point /= count;
  }
  return values;
}

size_t FindAssignment(absl::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']') --depth;
    if (text[i] == '=' && depth == 0) return i;
  }
  return absl::string_view::npos;
}

absl::StatusOr<Axis> ParseAxis(absl::string_view text) {
  const size_t equals = FindAssignment(text);
  if (equals == absl::string_view::npos || equals == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text,
        "': write FIELD=VALUES, for example functions[0].concurrency_reserved=10,20,50"));
  }
  Axis axis{.field = std::string(absl::StripAsciiWhitespace(text.substr(0, equals)))};
  for (const std::string& part : SplitValues(text.substr(equals + 1))) {
    if (part.empty()) return Refuse(text, "a value is missing");
    const size_t dots = part.find("..");
    if (dots != std::string::npos && dots > 0 && part[0] != '\'' && part[0] != '"' &&
        part.find_first_of("{:") == std::string::npos) {
      RETURN_IF_ERROR(AppendRange(part, dots, axis.values));
    } else {
      axis.values.push_back(part);
    }
    if (static_cast<int64_t>(axis.values.size()) > kAxisValuesMax) {
      return Refuse(axis.field, absl::StrCat("more than ", kAxisValuesMax, " values"));
    }
  }
  return axis;
}

absl::StatusOr<Grid> MakeGrid(std::vector<Axis> axes) {
  int64_t points = 1;
  for (size_t i = 0; i < axes.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (axes[i].field == axes[j].field) {
        return absl::InvalidArgumentError(absl::StrCat("vary ", axes[i].field, ": named twice"));
      }
    }
    points *= static_cast<int64_t>(axes[i].values.size());
    if (points > kGridPointsMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("the grid has more than ", kGridPointsMax, " points; vary less at once"));
    }
  }
  return Grid{std::move(axes)};
}

}  // namespace floe
