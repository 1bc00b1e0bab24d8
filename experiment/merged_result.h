// The results of several replications of one scenario, made one.

#ifndef FLOE_EXPERIMENT_MERGED_RESULT_H_
#define FLOE_EXPERIMENT_MERGED_RESULT_H_

#include <cstdint>

#include "simulator/simulation.h"

namespace floe {

// Adds replications one by one: counts and histograms are summed exactly, levels and their series
// are averaged, maxima are maxima. Thread-compatible.
class MergedResult {
 public:
  // REQUIRES: results of the same scenario but for the seed, always in the same order where the
  // same bits are wanted.
  void Add(SimulationResult result);

  int64_t replications() const { return replications_; }
  const SimulationResult& result() const { return merged_; }

 private:
  SimulationResult merged_;
  int64_t replications_ = 0;
};

}  // namespace floe

#endif  // FLOE_EXPERIMENT_MERGED_RESULT_H_
