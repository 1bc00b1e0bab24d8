// How an attempt to have something handled by a function ended, as far as delivery must know.

#ifndef FLOE_ORCHESTRATOR_DELIVERY_ATTEMPT_H_
#define FLOE_ORCHESTRATOR_DELIVERY_ATTEMPT_H_

#include <cstdint>

namespace floe {

enum class AttemptOutcome : uint8_t {
  kSuccess,
  kFunctionError,  // It reported an error, ended, or passed its time-out.
  kThrottled,      // It was not run: 429.
  kSystemError,    // It was not run, or lost, by no fault of its own: 5xx.
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_DELIVERY_ATTEMPT_H_
