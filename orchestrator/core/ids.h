// The identifiers that travel between the core and everything around it.

#ifndef FLOE_ORCHESTRATOR_CORE_IDS_H_
#define FLOE_ORCHESTRATOR_CORE_IDS_H_

#include <compare>
#include <cstdint>
#include <utility>

#include "base/strong_id.h"

namespace floe {

// Dense numbers given out by whoever deploys functions and admits nodes, starting at 0. The core
// uses them as indexes; a number is used again only after FunctionRemoved, respectively NodeLost.
using FunctionId = StrongId<struct FunctionTag>;
using NodeId = StrongId<struct NodeTag>;

// The core's tables are bounded. What names a function or node beyond is dropped like one that is
// not there; what would need an environment beyond is throttled with kNoCapacity.
inline constexpr uint32_t kFunctionsMax = 1u << 20;
inline constexpr uint32_t kNodesMax = 1u << 16;
inline constexpr uint32_t kEnvironmentsMax = 1u << 24;

// Whose request it is, of a function that keeps its tenants apart. 0: the function does not.
using TenantId = StrongId<struct TenantTag, uint64_t>;

// One request to run a function. Unique within a run; never reused.
using InvocationId = StrongId<struct InvocationTag, uint64_t>;

// A handle given out by the core. The row is used again with another generation, so that a handle
// kept too long is recognised as stale rather than mistaken for another environment.
struct EnvironmentId {
  uint32_t row = 0;
  uint32_t generation = 0;

  // The handle as one number, for wires and journals.
  constexpr uint64_t packed() const { return (uint64_t{generation} << 32) | row; }
  static constexpr EnvironmentId FromPacked(uint64_t packed) {
    return {.row = static_cast<uint32_t>(packed),
            .generation = static_cast<uint32_t>(packed >> 32)};
  }

  friend constexpr auto operator<=>(EnvironmentId, EnvironmentId) = default;
  template <typename H>
  friend H AbslHashValue(H h, EnvironmentId id) {
    return H::combine(std::move(h), id.packed());
  }
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_IDS_H_
