// Recorded arrivals: when requests came, for which function, and how long they ran.

#ifndef FLOE_SIMULATOR_ARRIVAL_TRACE_H_
#define FLOE_SIMULATOR_ARRIVAL_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace floe {

struct TraceArrival {
  int64_t at_ns = 0;      // Since the start of the run.
  uint32_t function = 0;  // Index in ArrivalTrace::functions().
  int64_t run_ns = -1;    // How long it ran. Negative: the trace does not tell, so it is drawn.
  uint32_t tenant = 0;    // 0: the trace does not tell.
};

// Reads a trace once, from its beginning. Memory does not grow with what was read.
class TraceCursor {
 public:
  virtual ~TraceCursor() = default;
  // Writes the next arrivals, their times ascending over all calls. Returns how many; 0: there are
  // no more, or status() says why not. REQUIRES: `arrivals` is not empty.
  virtual size_t Fill(absl::Span<TraceArrival> arrivals) = 0;
  virtual absl::Status status() const = 0;
};

// What a trace tells of a function.
struct TraceFunction {
  std::string name;
  std::optional<int32_t> memory_mib;
};

// Immutable, and so thread-safe: each run opens a cursor of its own.
class ArrivalTrace {
 public:
  virtual ~ArrivalTrace() = default;
  // The same list at every call.
  virtual const std::vector<TraceFunction>& functions() const = 0;
  // `seed` is for what the trace leaves open, such as the moment within a minute.
  virtual std::unique_ptr<TraceCursor> Open(uint64_t seed) const = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_TRACE_H_
