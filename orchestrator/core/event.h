// What the scheduler is told: facts, in past tense. A closed list of plain structs.
//
// Anything that comes from outside may come late, twice or never. The core compares, counts and
// drops what does not fit; no sequence of events can make it fail.

#ifndef FLOE_ORCHESTRATOR_CORE_EVENT_H_
#define FLOE_ORCHESTRATOR_CORE_EVENT_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "base/time.h"
#include "orchestrator/core/ids.h"

namespace floe {

// What the core must know of a function. Ranges are Lambda's (limits page); the core itself accepts
// any memory_mib >= 0 and any positive timeout, so that experiments may go beyond them.
struct FunctionConfig {
  int32_t memory_mib = 128;                 // 128 to 10,240, in steps of 1.
  Duration timeout = Duration::Seconds(3);  // 1 to 900 s.
  std::optional<int32_t>
      concurrency_reserved;  // None: shares the unreserved pool. 0: switched off.
  // Environments kept initialised ahead of any request; claimed from the account even while idle.
  int32_t concurrency_provisioned = 0;

  friend bool operator==(const FunctionConfig&, const FunctionConfig&) = default;
};

// Why an environment's runtime ended, or an invocation failed.
enum class FailureCause : uint8_t {
  kRuntimeExited,  // The process ended by itself or by a signal.
  kOutOfMemory,    // The kernel killed it for exceeding its memory.
  kInitError,      // The runtime reported an initialisation error.
  kTimedOut,       // The function's time-out passed.
  kStartFailed,    // The container could not be made.
  kNodeLost,       // The node that held the environment is gone.
};

// A function is new, or has new code or a new configuration. Environments of the earlier revision
// take no further invocation: idle ones are stopped at once, busy ones when they finish.
struct FunctionDeployed {
  FunctionId function;
  FunctionConfig config;
  friend bool operator==(const FunctionDeployed&, const FunctionDeployed&) = default;
};
// Only the reservation changed; environments stay.
struct ReservedConcurrencySet {
  FunctionId function;
  std::optional<int32_t> concurrency_reserved;
  friend bool operator==(const ReservedConcurrencySet&, const ReservedConcurrencySet&) = default;
};
// Only the provisioned concurrency changed.
struct ProvisionedConcurrencySet {
  FunctionId function;
  int32_t concurrency_provisioned = 0;
  friend bool operator==(const ProvisionedConcurrencySet&,
                         const ProvisionedConcurrencySet&) = default;
};
// Invocations under way finish; idle environments are stopped at once, the others when they finish.
struct FunctionRemoved {
  FunctionId function;
  friend bool operator==(const FunctionRemoved&, const FunctionRemoved&) = default;
};
// A node offers room for environments whose memory adds up to at most `memory_mib`. Reported again,
// the room changes; environments that are there stay.
struct NodeJoined {
  NodeId node;
  int64_t memory_mib = 0;
  friend bool operator==(const NodeJoined&, const NodeJoined&) = default;
};
// All environments on the node are gone, and their invocations have failed.
struct NodeLost {
  NodeId node;
  friend bool operator==(const NodeLost&, const NodeLost&) = default;
};
struct InvocationArrived {
  InvocationId invocation;
  FunctionId function;
  // Environments never cross tenants.
  TenantId tenant;
  friend bool operator==(const InvocationArrived&, const InvocationArrived&) = default;
};
// The container exists and its entrypoint runs: the init phase begins.
struct EnvironmentStarted {
  EnvironmentId environment;
  friend bool operator==(const EnvironmentStarted&, const EnvironmentStarted&) = default;
};
// The container could not be made. Nothing of it is left, so this also answers an order to stop.
struct EnvironmentStartFailed {
  EnvironmentId environment;
  friend bool operator==(const EnvironmentStartFailed&, const EnvironmentStartFailed&) = default;
};
// The runtime asked for its first invocation: the init phase is over. An `incarnation` counts the
// runtime processes of one environment, from 0; each reset adds one.
struct EnvironmentReady {
  EnvironmentId environment;
  uint32_t incarnation = 0;
  friend bool operator==(const EnvironmentReady&, const EnvironmentReady&) = default;
};
// The runtime of this incarnation ended or reported that it cannot initialise.
struct EnvironmentFailed {
  EnvironmentId environment;
  uint32_t incarnation = 0;
  FailureCause cause = FailureCause::kRuntimeExited;
  friend bool operator==(const EnvironmentFailed&, const EnvironmentFailed&) = default;
};
// The runtime has answered the invocation (with a result or with an error that it reports itself)
// and asked for the next one.
struct InvocationFinished {
  EnvironmentId environment;
  InvocationId invocation;
  friend bool operator==(const InvocationFinished&, const InvocationFinished&) = default;
};
// The container is gone, asked for or not.
struct EnvironmentStopped {
  EnvironmentId environment;
  friend bool operator==(const EnvironmentStopped&, const EnvironmentStopped&) = default;
};
// Nothing happened, but NextDeadline() has come.
struct DeadlineReached {
  friend bool operator==(const DeadlineReached&, const DeadlineReached&) = default;
};

// The order of the alternatives is part of the journal format: append only.
using Event =
    std::variant<DeadlineReached, InvocationArrived, InvocationFinished, EnvironmentStarted,
                 EnvironmentStartFailed, EnvironmentReady, EnvironmentFailed, EnvironmentStopped,
                 FunctionDeployed, ReservedConcurrencySet, FunctionRemoved, NodeJoined, NodeLost,
                 ProvisionedConcurrencySet>;

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_EVENT_H_
