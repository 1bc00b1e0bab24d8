// How many environments are in which phase.

#ifndef FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_COUNTS_H_
#define FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_COUNTS_H_

#include <cstdint>

namespace floe {

// How many environments are in which phase, of one function or of all.
struct EnvironmentCounts {
  int32_t starting = 0;      // The container is being made.
  int32_t initializing = 0;  // Code runs before its first request for an invocation.
  int32_t busy = 0;          // Running an invocation, a repeated init inside it included.
  int32_t idle = 0;          // Frozen between invocations.
  int32_t reset = 0;         // Idle, its runtime to be started again by the next invocation.
  int32_t stopping = 0;      // Ordered to stop, not yet confirmed gone.

  // Of those starting or initializing: hold no invocation.
  int32_t ahead = 0;
  // Invocations that wait for an environment; see BindingRule::kLate.
  int32_t waiting = 0;

  // Environments that hold resources and can or will serve.
  int32_t live() const { return starting + initializing + busy + idle + reset; }
  // Invocations in flight.
  int32_t concurrency() const { return starting + initializing + busy - ahead + waiting; }
  friend bool operator==(const EnvironmentCounts&, const EnvironmentCounts&) = default;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_COUNTS_H_
