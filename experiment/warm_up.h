// How long a scenario takes to settle, found from a run of it.
//
// The rule is MSER-5 (K. P. White, "An effective truncation heuristic for bias reduction in
// simulation output", 1997; five observations a batch: White, Cobb and Spratt, 2000): of all starts
// in the first half of a series, the one with which the mean of the rest is known best.

#ifndef FLOE_EXPERIMENT_WARM_UP_H_
#define FLOE_EXPERIMENT_WARM_UP_H_

#include <cstddef>

#include "absl/types/span.h"
#include "base/time.h"
#include "simulator/simulation.h"

namespace floe {

inline constexpr size_t kMserBatch = 5;

struct MserCut {
  // So many values at the beginning are to be left out; a multiple of kMserBatch.
  size_t values = 0;
  // False: a start in the second half is far better, so the series is too short. `values` is half
  // of it then.
  bool settled = true;
};
MserCut CutByMser(absl::Span<const double> series);

struct WarmUp {
  Duration length;
  bool settled = true;
};
// From a run without warm-up: the longest that its environments, its invocations in flight and its
// cold starts want.
WarmUp WarmUpOf(const SimulationResult& run);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_WARM_UP_H_
