// Identifiers that cannot be mixed up. StrongId<struct FunctionTag> and StrongId<struct NodeTag>
// are different types with the same cheap representation: a dense number, usable as an index.

#ifndef FLOE_BASE_STRONG_ID_H_
#define FLOE_BASE_STRONG_ID_H_

#include <compare>
#include <cstdint>
#include <utility>

namespace floe {

template <typename Tag, typename Value = uint32_t>
struct StrongId {
  Value value = 0;

  friend constexpr auto operator<=>(StrongId, StrongId) = default;
  template <typename H>
  friend H AbslHashValue(H h, StrongId id) {
    return H::combine(std::move(h), id.value);
  }
};

}  // namespace floe

#endif  // FLOE_BASE_STRONG_ID_H_
