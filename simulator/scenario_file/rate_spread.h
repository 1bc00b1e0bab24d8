// Functions that are alike but for how often they are called.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_RATE_SPREAD_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_RATE_SPREAD_H_

#include <vector>

#include "simulator/scenario.h"

namespace floe {

inline constexpr double kRateSpreadMax = 1e12;

// An entry of its own for each of the `count` functions: number i from 0 on is called
// spread^((i + 1/2) / count) times as often. Rates are multiplied by that, intervals and gaps
// divided; bursts, listed times and the stays of a Markov chain are as they were. The names are
// "name-1", "name-2", ... REQUIRES: spread >= 1.
std::vector<ScenarioFunction> SpreadRates(const ScenarioFunction& function, double spread);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_RATE_SPREAD_H_
