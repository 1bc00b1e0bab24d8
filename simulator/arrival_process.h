// When requests arrive, as a stream of times that is drawn as it is read.

#ifndef FLOE_SIMULATOR_ARRIVAL_PROCESS_H_
#define FLOE_SIMULATOR_ARRIVAL_PROCESS_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace floe {

// One process of a run. Its memory does not grow with the number of arrivals, and it keeps below a
// kilobyte where there can be many of it. Thread-compatible.
class ArrivalProcess {
 public:
  virtual ~ArrivalProcess() = default;
  // Writes the next arrival times in nanoseconds since the start of the run, ascending over all
  // calls, equal ones included. Returns how many it wrote; 0: there are no more. What it writes
  // does not depend on how the times are split over calls. REQUIRES: `at` is not empty.
  virtual size_t Fill(absl::Span<int64_t> at) = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_PROCESS_H_
