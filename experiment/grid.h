// The settings of a sweep: every combination of the values of some fields of a scenario.

#ifndef FLOE_EXPERIMENT_GRID_H_
#define FLOE_EXPERIMENT_GRID_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe {

inline constexpr int64_t kAxisValuesMax = 100'000;
inline constexpr int64_t kGridPointsMax = 1'000'000;

// A field of the scenario, as ScenarioEdit::Set takes it, and its values.
struct Axis {
  std::string field;
  std::vector<std::string> values;
  friend bool operator==(const Axis&, const Axis&) = default;
};

struct Grid {
  std::vector<Axis> axes;

  // 1 without axes: the scenario as it is.
  int64_t points() const;
  // The value of each axis at the point; the last axis changes fastest.
  // REQUIRES: 0 <= point < points().
  std::vector<std::string> ValuesAt(int64_t point) const;
  friend bool operator==(const Grid&, const Grid&) = default;
};

// Where the '=' between a field's path and what it is set to stands; those in brackets, as in
// "functions[name=api].memory_mib=512", belong to the path. npos if there is none.
size_t FindAssignment(absl::string_view text);

// "field=values", where values are "10,20,50" or ranges, or both:
//   10..50        10, 11, ..., 50
//   10..50+20     10, 30, 50
//   1m..1h*2      1m, 2m, 4m, ..., 32m: as long as they are not above 1h
// Commas inside quotation marks or brackets do not separate.
// kInvalidArgument says which part is wrong and what is accepted.
absl::StatusOr<Axis> ParseAxis(absl::string_view text);

// kInvalidArgument: too many points, or a field twice.
absl::StatusOr<Grid> MakeGrid(std::vector<Axis> axes);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_GRID_H_
