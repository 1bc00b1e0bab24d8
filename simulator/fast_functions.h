// What the fast path keeps of each function: how many environments are in flight, and since when
// each of the idle ones is idle.
//
// Environments of a function differ in nothing else, so they have no names. The times stand in a
// stack: the one that became idle last is on top and is used first. Its places are numbered from
// the bottom of the busy ones, and the stack grows downwards into the place that the environment
// will need when its invocation ends:
//
//     0 .. depth - 1      places of those in flight
//     depth .. slots - 1  idle, the newest first
//
// so that an arrival only moves `depth`, and an end writes one number.

#ifndef FLOE_SIMULATOR_FAST_FUNCTIONS_H_
#define FLOE_SIMULATOR_FAST_FUNCTIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"

namespace floe {

struct alignas(64) FastFunction {
  static constexpr uint32_t kNoReservation = UINT32_MAX;
  static constexpr uint32_t kPlacesAtFirst = 3;

  int64_t* idle_since = nullptr;
  uint32_t depth = 0;
  uint32_t slots = 0;
  uint32_t capacity = 0;
  uint32_t in_flight = 0;
  uint32_t entry = 0;
  uint32_t reservation = kNoReservation;  // Where its limits are, if it has limits of its own.
  uint32_t reset_count = 0;               // Idle ones whose runtime must be started again.
  bool expiry_pending = false;            // Whether an event will look for idle ones to stop.
  int64_t first_places[kPlacesAtFirst];

  bool has_idle() const { return depth < slots; }
};
static_assert(sizeof(FastFunction) == 64);

// Indexed by FunctionId. Thread-compatible.
class FastFunctions {
 public:
  explicit FastFunctions(size_t count) : functions_(count) {
    for (FastFunction& function : functions_) {
      function.idle_since = function.first_places;
      function.capacity = FastFunction::kPlacesAtFirst;
    }
  }

  FastFunction& operator[](uint32_t function) { return functions_[function]; }
  size_t size() const { return functions_.size(); }
  void Prefetch(uint32_t function) const { __builtin_prefetch(&functions_[function], 1); }

  // The newest idle one is in flight again. REQUIRES: has_idle().
  static void Reuse(FastFunction& function) {
    ++function.depth;
    ++function.in_flight;
  }
  // One more is in flight, which was not among the idle ones. REQUIRES: !has_idle().
  void Add(FastFunction& function) {
    if (function.slots == function.capacity) [[unlikely]] {
      MakeRoom(function);
    }
    function.depth = ++function.slots;
    ++function.in_flight;
  }
  // One in flight becomes idle.
  static void BecomeIdle(FastFunction& function, int64_t now) {
    DCHECK(function.depth > 0);
    function.idle_since[--function.depth] = now;
    --function.in_flight;
  }
  // One in flight leaves, and does not become idle. Its place stays until room is needed.
  static void Leave(FastFunction& function) { --function.in_flight; }
  // Since when the one is idle that became idle first. REQUIRES: has_idle().
  static int64_t OldestSince(const FastFunction& function) {
    return function.idle_since[function.slots - 1];
  }
  static void DropOldest(FastFunction& function) { --function.slots; }

 private:
  void MakeRoom(FastFunction& function) {
    // Places of those that left. As none is idle, the places hold nothing.
    if (function.slots > function.in_flight) {
      function.depth = function.slots = function.in_flight;
      return;
    }
    const uint32_t capacity = std::max<uint32_t>(16, 2 * function.capacity);
    // Not initialised: a place is written before it is read.
    blocks_.emplace_back(new int64_t[capacity]);
    function.idle_since = blocks_.back().get();
    function.capacity = capacity;
  }

  std::vector<FastFunction> functions_;
  std::vector<std::unique_ptr<int64_t[]>> blocks_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_FUNCTIONS_H_
