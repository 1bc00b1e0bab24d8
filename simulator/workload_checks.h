// Whether the models of a workload can be drawn from: their limits, field by field.

#ifndef FLOE_SIMULATOR_WORKLOAD_CHECKS_H_
#define FLOE_SIMULATOR_WORKLOAD_CHECKS_H_

#include <string>

#include "absl/status/status.h"
#include "simulator/scenario.h"

namespace floe {

// kInvalidArgument with the path of the field, which begins with `path`, its value and the limit.
absl::Status CheckLengthModel(const std::string& path, const LengthModel& model);
absl::Status CheckArrivals(const std::string& path, const Arrivals& arrivals);

}  // namespace floe

#endif  // FLOE_SIMULATOR_WORKLOAD_CHECKS_H_
