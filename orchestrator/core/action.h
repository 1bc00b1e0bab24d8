// What the scheduler orders: imperatives. A closed list of plain structs.

#ifndef FLOE_ORCHESTRATOR_CORE_ACTION_H_
#define FLOE_ORCHESTRATOR_CORE_ACTION_H_

#include <cstdint>
#include <variant>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"

namespace floe {

// Why an invocation was refused. Each becomes HTTP 429 with the Reason named beside it.
enum class ThrottleReason : uint8_t {
  kAccountConcurrency,   // ConcurrentInvocationLimitExceeded
  kReservedConcurrency,  // ReservedFunctionConcurrentInvocationLimitExceeded
  kScalingRate,          // FunctionInvocationRateLimitExceeded
  kAccountRequestRate,   // FunctionInvocationRateLimitExceeded
  kReservedRequestRate,  // ReservedFunctionInvocationRateLimitExceeded
  kNoCapacity,           // No node has room; ConcurrentInvocationLimitExceeded
  kTenantEnvironments,   // ConcurrentInvocationLimitExceeded
};
inline constexpr int kThrottleReasonCount = 7;

enum class StopReason : uint8_t {
  kIdleTooLong,
  kLifetimeOver,
  kFunctionChanged,  // Deployed anew or removed.
  kStartTimedOut,
  kEvicted,          // Another start needs its memory.
  kProvisionedLess,  // The function has less provisioned concurrency than before.
  kInitFailed,       // Of provisioned concurrency: another one is started instead.
};

// What an environment is started for.
enum class StartPurpose : uint8_t {
  kInvocation,
  kProvisioned,  // Provisioned concurrency: no invocation waits for it.
  kPrewarm,      // An invocation is expected soon; none waits for it.
};

// Make a container for the function on the node and run its entrypoint (incarnation 0). Without an
// invocation to take, the environment is frozen once it is ready.
struct StartEnvironment {
  EnvironmentId environment;
  FunctionId function;
  NodeId node;
  StartPurpose purpose = StartPurpose::kInvocation;
  friend bool operator==(const StartEnvironment&, const StartEnvironment&) = default;
};
// Give the invocation to the environment. A frozen environment is thawed first; one whose runtime
// is not running (after ResetEnvironment) starts it first, and `incarnation` is then the new one's.
struct AssignInvocation {
  EnvironmentId environment;
  InvocationId invocation;
  Instant deadline;  // When the function's time-out passes.
  uint32_t incarnation = 0;
  friend bool operator==(const AssignInvocation&, const AssignInvocation&) = default;
};
// Suspend every process of the environment until the next assignment.
struct FreezeEnvironment {
  EnvironmentId environment;
  friend bool operator==(const FreezeEnvironment&, const FreezeEnvironment&) = default;
};
// Kill every process of the environment; keep the container and its /tmp. From here on reports of
// incarnations below `incarnation` are stale.
struct ResetEnvironment {
  EnvironmentId environment;
  uint32_t incarnation = 0;
  friend bool operator==(const ResetEnvironment&, const ResetEnvironment&) = default;
};
// Remove the container. EnvironmentStopped confirms.
struct StopEnvironment {
  EnvironmentId environment;
  StopReason reason = StopReason::kIdleTooLong;
  friend bool operator==(const StopEnvironment&, const StopEnvironment&) = default;
};
// Refuse the invocation.
struct ThrottleInvocation {
  InvocationId invocation;
  ThrottleReason reason = ThrottleReason::kAccountConcurrency;
  friend bool operator==(const ThrottleInvocation&, const ThrottleInvocation&) = default;
};
// Tell the caller that the invocation failed, unless it has been answered already.
struct FailInvocation {
  InvocationId invocation;
  FailureCause cause = FailureCause::kRuntimeExited;
  friend bool operator==(const FailInvocation&, const FailInvocation&) = default;
};

// The order of the alternatives is part of the journal format: append only.
using Action = std::variant<AssignInvocation, FreezeEnvironment, StartEnvironment, ResetEnvironment,
                            StopEnvironment, ThrottleInvocation, FailInvocation>;

// Filled by one Step, cleared by its caller: the memory is used again.
using Actions = std::vector<Action>;

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_ACTION_H_
