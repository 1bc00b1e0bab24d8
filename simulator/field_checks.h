// What the checks of a scenario's fields share: kInvalidArgument with the field's path, its value
// and the limit.

#ifndef FLOE_SIMULATOR_FIELD_CHECKS_H_
#define FLOE_SIMULATOR_FIELD_CHECKS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/time.h"

namespace floe {

inline absl::Status RefuseField(const std::string& path, const std::string& reason) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", reason));
}

// Both ends are allowed; NaN is not.
template <typename Number>
absl::Status CheckRange(const std::string& path, Number value, Number min, Number max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return RefuseField(path, absl::StrCat("is ", value, ", must be ", min, " to ", max));
}

inline absl::Status CheckLength(const std::string& path, Duration value, Duration min,
                                Duration max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return RefuseField(path, absl::StrCat("is ", value.seconds(), " s, must be ", min.seconds(),
                                        " to ", max.seconds(), " s"));
}

}  // namespace floe

#endif  // FLOE_SIMULATOR_FIELD_CHECKS_H_
