// The arrival process of each model of a scenario.

#ifndef FLOE_SIMULATOR_ARRIVAL_PROCESSES_MAKE_ARRIVAL_PROCESS_H_
#define FLOE_SIMULATOR_ARRIVAL_PROCESSES_MAKE_ARRIVAL_PROCESS_H_

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "simulator/arrival_process.h"
#include "simulator/scenario.h"

namespace floe {

// How the `count` functions of an entry share the process of one arrival block.
enum class ProcessSharing : uint8_t {
  // One process of `count` times the rate; every arrival chooses its function by chance. The same
  // law as a process for each, at the cost of one.
  kChosen,
  // One process; at each of its times a request arrives for every function.
  kTogether,
  // Every function has a process of its own.
  kApart,
};
ProcessSharing SharingOf(const Arrivals& model);

// What a process draws by, and how far it must go.
struct ArrivalProcessKey {
  uint64_t seed = 0;
  uint64_t source = 0;         // The number of the process in the run.
  int64_t function_count = 1;  // With kChosen: the rate is so many times that of the model.
  Instant run_end;             // Arrivals from here on may be left out.
};

// `model` is valid and outlives the process.
std::unique_ptr<ArrivalProcess> MakeArrivalProcess(const Arrivals& model,
                                                   const ArrivalProcessKey& key);

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_PROCESSES_MAKE_ARRIVAL_PROCESS_H_
