// What the fast path keeps of each entry of a scenario, and of functions that are unlike others.

#ifndef FLOE_SIMULATOR_FAST_ENTRIES_H_
#define FLOE_SIMULATOR_FAST_ENTRIES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "orchestrator/core/concurrency_ledger.h"
#include "orchestrator/core/token_bucket.h"
#include "simulator/histogram.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"
#include "simulator/world.h"

namespace floe {

// What every invocation of an entry touches: one cache line.
struct alignas(64) FastHotEntry {
  int64_t timeout_ns = 0;
  int64_t concurrency = 0;
  int64_t concurrency_max = 0;
  uint64_t arrived = 0;
  uint64_t finished = 0;
  uint64_t billed_ms = 0;
  Histogram* warm = nullptr;
  int32_t memory_mib = 0;
  bool may_fail = false;
};
static_assert(sizeof(FastHotEntry) == 64);

struct FastEntry {
  explicit FastEntry(const ScenarioFunction& function)
      : crash_rate(function.crash_rate),
        error_rate(function.crash_rate + function.error_rate),
        failure_rate(function.crash_rate + function.error_rate + function.hang_rate),
        tmp_extra_mib(std::max(0, function.tmp_mib - World::kTmpMibFree)),
        start(function.start),
        init(function.init) {}
  double crash_rate;
  double error_rate;    // Crashes and errors.
  double failure_rate;  // And what hangs.
  int64_t tmp_extra_mib;
  LengthSampler start;
  LengthSampler init;
};

struct FastReservation {
  ConcurrencyClaim claim;
  TokenRate rate = TokenRate::Unlimited();
  TokenBucket requests;
};

// Of the environments of one function that must be initialised again, since when they are idle: the
// oldest first, from `oldest` on.
struct FastResetPool {
  std::vector<int64_t> since;
  size_t oldest = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_ENTRIES_H_
