// Which way a simulated run is computed. For tests and benchmarks, which compare the two.

#ifndef FLOE_SIMULATOR_SIMULATION_PATH_H_
#define FLOE_SIMULATOR_SIMULATION_PATH_H_

#include <cstdint>

#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"
#include "simulator/simulation_observer.h"

namespace floe {

enum class SimulationPath : uint8_t {
  kGeneral,  // The scheduler, in the simulated world.
  kFast,     // simulator/fast_simulation.h.
};

// The path that RunSimulation takes.
SimulationPath SimulationPathOf(const Scenario& scenario, const Recorder* recorder);

// As RunSimulation. REQUIRES: with kFast, `recorder` is null and FastPathCovers(scenario).
SimulationResult RunSimulationOn(SimulationPath path, const Scenario& scenario, Recorder* recorder,
                                 SimulationObserver* observer);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SIMULATION_PATH_H_
