// Everything that a run's result says, as text: equal texts are equal results, bit for bit.

#ifndef FLOE_TESTS_SIMULATOR_RESULT_TEXT_H_
#define FLOE_TESTS_SIMULATOR_RESULT_TEXT_H_

#include <cstdint>
#include <string>

#include "simulator/simulation.h"

namespace floe {

// One figure a line, with its name.
std::string TextOf(const SimulationResult& result);

// 64 bits of a text (FNV-1a): the same on every machine.
uint64_t DigestOf(const std::string& text);

}  // namespace floe

#endif  // FLOE_TESTS_SIMULATOR_RESULT_TEXT_H_
