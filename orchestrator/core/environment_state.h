// The phases of an environment's life and the moves between them.

#ifndef FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_STATE_H_
#define FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_STATE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "orchestrator/core/environment_counts.h"

namespace floe {

enum class EnvironmentState : uint8_t {
  kStarting,      // The container is being made.
  kInitializing,  // The runtime runs its init phase.
  kBusy,          // Runs an invocation.
  kIdle,          // Frozen, its runtime ready.
  kReset,         // No process runs; the next invocation starts the runtime again.
  kStopping,      // Ordered to stop; holds its memory until it is gone.
  kGone,          // The row is free.
};
inline constexpr int kEnvironmentStateCount = 7;

// Whom an environment serves. Only kOnDemand holds an invocation while it starts or initialises.
enum class EnvironmentRole : uint8_t {
  kOnDemand,
  // Starts or initialises without an invocation of its own, and is kOnDemand once it has one or
  // is idle.
  kAhead,
  // Of the provisioned concurrency of its function, not yet to be used: starts, initialises or
  // waits, idle, for the others of the same request.
  kAllocating,
  // Of the provisioned concurrency of its function.
  kProvisioned,
};

namespace environment_state_internal {

constexpr uint8_t Bit(EnvironmentState state) {
  return static_cast<uint8_t>(1u << static_cast<unsigned>(state));
}

// kAllowed[from] is the set of legal next states, one bit per state.
inline constexpr std::array<uint8_t, kEnvironmentStateCount> kAllowed = {
    /* kStarting     */ Bit(EnvironmentState::kInitializing) | Bit(EnvironmentState::kStopping) |
        Bit(EnvironmentState::kGone),
    /* kInitializing */ Bit(EnvironmentState::kBusy) | Bit(EnvironmentState::kIdle) |
        Bit(EnvironmentState::kReset) | Bit(EnvironmentState::kStopping) |
        Bit(EnvironmentState::kGone),
    /* kBusy         */ Bit(EnvironmentState::kIdle) | Bit(EnvironmentState::kReset) |
        Bit(EnvironmentState::kStopping) | Bit(EnvironmentState::kGone),
    /* kIdle         */ Bit(EnvironmentState::kBusy) | Bit(EnvironmentState::kReset) |
        Bit(EnvironmentState::kStopping) | Bit(EnvironmentState::kGone),
    /* kReset        */ Bit(EnvironmentState::kBusy) | Bit(EnvironmentState::kStopping) |
        Bit(EnvironmentState::kGone),
    /* kStopping     */ Bit(EnvironmentState::kGone),
    /* kGone         */ Bit(EnvironmentState::kStarting),
};

// Where each state is counted; kGone is not.
inline constexpr std::array<int32_t EnvironmentCounts::*, kEnvironmentStateCount - 1> kCountOf = {
    &EnvironmentCounts::starting, &EnvironmentCounts::initializing, &EnvironmentCounts::busy,
    &EnvironmentCounts::idle,     &EnvironmentCounts::reset,        &EnvironmentCounts::stopping,
};

}  // namespace environment_state_internal

constexpr bool IsAllowed(EnvironmentState from, EnvironmentState to) {
  return (environment_state_internal::kAllowed[static_cast<size_t>(from)] &
          environment_state_internal::Bit(to)) != 0;
}

// An environment on demand holds an invocation that has neither finished nor failed.
constexpr bool IsInFlight(EnvironmentState state) {
  return state <= EnvironmentState::kBusy;
}
// The environment holds resources and can or will serve.
constexpr bool IsLive(EnvironmentState state) {
  return state <= EnvironmentState::kReset;
}
// The environment can take an invocation.
constexpr bool IsReusable(EnvironmentState state) {
  return state == EnvironmentState::kIdle || state == EnvironmentState::kReset;
}

// Changes the count of one state by `change`.
constexpr void Count(EnvironmentCounts& counts, EnvironmentState state, int32_t change) {
  if (state == EnvironmentState::kGone) return;
  counts.*environment_state_internal::kCountOf[static_cast<size_t>(state)] += change;
}

// A stopped environment never serves again, and its row is given away only once it is gone.
static_assert(environment_state_internal::kAllowed[5] ==
              environment_state_internal::Bit(EnvironmentState::kGone));
static_assert(environment_state_internal::kAllowed[6] ==
              environment_state_internal::Bit(EnvironmentState::kStarting));
// Nothing becomes idle or runs before its init phase.
static_assert(!IsAllowed(EnvironmentState::kStarting, EnvironmentState::kIdle));
static_assert(!IsAllowed(EnvironmentState::kStarting, EnvironmentState::kBusy));
// A runtime that was killed comes back only inside an invocation.
static_assert(!IsAllowed(EnvironmentState::kReset, EnvironmentState::kIdle));
static_assert(IsLive(EnvironmentState::kReset) && !IsLive(EnvironmentState::kStopping));
static_assert(IsInFlight(EnvironmentState::kStarting) && !IsInFlight(EnvironmentState::kIdle));

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_STATE_H_
