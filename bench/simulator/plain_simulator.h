// The simulator that one would write in an afternoon: a priority queue of callbacks, a timer per
// idle environment, hash maps and the standard library's random numbers. It knows the account
// limit, reserved concurrency, the keep-alive and newest-first reuse, and draws from the same
// distributions as
// //simulator; no other limit. A yardstick for speed only.

#ifndef FLOE_BENCH_SIMULATOR_PLAIN_SIMULATOR_H_
#define FLOE_BENCH_SIMULATOR_PLAIN_SIMULATOR_H_

#include <cstdint>

#include "simulator/scenario.h"

namespace floe {

struct PlainResult {
  uint64_t invocations = 0;
  uint64_t cold_starts = 0;
  uint64_t throttled = 0;
  double busy_seconds = 0;
};

// REQUIRES: Poisson arrivals, lognormal runs and exponential inits in every entry.
PlainResult RunPlainSimulation(const Scenario& scenario);

}  // namespace floe

#endif  // FLOE_BENCH_SIMULATOR_PLAIN_SIMULATOR_H_
