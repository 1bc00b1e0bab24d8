// Whether the values of a scenario's function make sense: their limits, field by field, and what
// does not go together.

#ifndef FLOE_SIMULATOR_FUNCTION_CHECKS_H_
#define FLOE_SIMULATOR_FUNCTION_CHECKS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "simulator/scenario.h"

namespace floe {

enum class FunctionOrigin {
  kEntry,  // Of Scenario::functions.
  kTrace,  // What the functions of a trace are like; it has no arrivals, and maybe no name.
};

// kInvalidArgument with the path of the field, which begins with `path`, its value and the limit.
absl::Status CheckFunction(const std::string& path, const ScenarioFunction& function,
                           FunctionOrigin origin);

// The most provisioned concurrency that the function has at any time.
int32_t ProvisionedMax(const ScenarioFunction& function);

}  // namespace floe

#endif  // FLOE_SIMULATOR_FUNCTION_CHECKS_H_
