// The steady clock as an Instant.

#ifndef FLOE_NODE_AGENT_STEADY_CLOCK_H_
#define FLOE_NODE_AGENT_STEADY_CLOCK_H_

#include <chrono>

#include "base/time.h"

namespace floe::node_agent {

inline Instant SteadyNow() {
  return Instant::FromNanoseconds(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::steady_clock::now().time_since_epoch())
                                      .count());
}

// For waits on condition variables.
inline std::chrono::steady_clock::time_point ToTimePoint(Instant instant) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(instant.nanoseconds()));
}

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_STEADY_CLOCK_H_
