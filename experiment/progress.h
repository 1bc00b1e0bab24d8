// How far an experiment has come.

#ifndef FLOE_EXPERIMENT_PROGRESS_H_
#define FLOE_EXPERIMENT_PROGRESS_H_

#include <cstdint>

namespace floe {

struct ExperimentProgress {
  int64_t units_done = 0;
  int64_t units = 0;
  double share = 0;     // Of the virtual time of all units that has been simulated.
  uint64_t events = 0;  // Simulated so far.
};

}  // namespace floe

#endif  // FLOE_EXPERIMENT_PROGRESS_H_
