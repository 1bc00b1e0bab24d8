// The real side's clock: CLOCK_MONOTONIC as an Instant.

#ifndef FLOE_ORCHESTRATOR_LIVE_STEADY_CLOCK_H_
#define FLOE_ORCHESTRATOR_LIVE_STEADY_CLOCK_H_

#include <chrono>

#include "base/time.h"

namespace floe::live {

// std::chrono::steady_clock is CLOCK_MONOTONIC on Linux, in nanoseconds.
inline Instant SteadyNow() {
  return Instant::FromNanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::steady_clock::now().time_since_epoch())
                                      .count());
}

inline std::chrono::steady_clock::time_point ToSteadyTimePoint(Instant at) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at.nanoseconds()));
}

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_STEADY_CLOCK_H_
