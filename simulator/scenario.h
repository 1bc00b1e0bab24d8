// A scenario: everything that a simulated run depends on, as plain values. Scenario + seed = run.

#ifndef FLOE_SIMULATOR_SCENARIO_H_
#define FLOE_SIMULATOR_SCENARIO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// ---- How long something takes

struct ConstantLength {
  Duration value;
};
struct ExponentialLength {
  Duration mean;
};
// exp(N(ln median, sigma^2)): half of the values are below `median`; the mean is
// median * exp(sigma^2 / 2).
struct LogNormalLength {
  Duration median;
  double sigma = 0;
};
using LengthModel = std::variant<ConstantLength, ExponentialLength, LogNormalLength>;

// ---- When requests arrive. `from` is inclusive, `until` exclusive.

struct PoissonArrivals {
  double rate_per_second = 0;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
// At from, from + interval, from + 2 * interval, ...
struct IntervalArrivals {
  Duration interval;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
// `count` requests at one instant.
struct BurstArrivals {
  int64_t count = 0;
  Instant at;
};
// One request at each of these times, in ascending order.
struct ListedArrivals {
  std::vector<Instant> times;
};
using Arrivals = std::variant<PoissonArrivals, IntervalArrivals, BurstArrivals, ListedArrivals>;

// ---- What runs where

// `count` identical functions. Each has these arrivals, independently of the others where they are
// random, and its own reserved concurrency and scaling budget.
struct ScenarioFunction {
  std::string name;
  int64_t count = 1;
  int32_t memory_mib = 128;
  Duration timeout = Duration::Seconds(3);
  std::optional<int32_t> concurrency_reserved;
  std::vector<Arrivals> arrivals;
  // From the assignment to the answer.
  LengthModel run = ConstantLength{Duration::Milliseconds(100)};
  // From the request for a container until its entrypoint runs.
  LengthModel start = ConstantLength{Duration()};
  // From there until the code asks for its first invocation.
  LengthModel init = ConstantLength{Duration()};
  // Of the invocations: end with an error that the function itself reports.
  double error_rate = 0;
  // Of the invocations: end with the death of the runtime.
  double crash_rate = 0;
};

// `count` nodes with this much room for environments each.
struct ScenarioNodes {
  int64_t count = 1;
  int64_t memory_mib = 0;
};

struct Scenario {
  std::string name;
  // The run is [0, duration). What is under way at its end stays unfinished.
  Duration duration;
  // Statistics count what happens from here on.
  Duration warm_up;
  uint64_t seed = 1;
  SchedulerOptions scheduler;
  // Empty: one node without limit.
  std::vector<ScenarioNodes> nodes;
  std::vector<ScenarioFunction> functions;
};

// ---- Limits, all inclusive

inline constexpr Duration kScenarioDurationMax = Duration::Hours(10 * 366 * 24);
inline constexpr Duration kLengthMax = Duration::Hours(366 * 24);
inline constexpr double kLogNormalSigmaMax = 8;
inline constexpr double kArrivalRateMax = 1e7;
inline constexpr int64_t kBurstCountMax = 10'000'000;
inline constexpr int64_t kListedArrivalsMax = 10'000'000;
inline constexpr int64_t kFunctionEntriesMax = 100'000;
// All entries' counts together.
inline constexpr int64_t kScenarioFunctionsMax = 1'000'000;
inline constexpr int64_t kScenarioNodesMax = kNodesMax;
inline constexpr int64_t kNodeMemoryMibMax = int64_t{1} << 40;
inline constexpr int32_t kAccountConcurrencyMax = 10'000'000;
inline constexpr int32_t kFunctionMemoryMibMin = 128;
inline constexpr int32_t kFunctionMemoryMibMax = 10'240;
inline constexpr Duration kFunctionTimeoutMin = Duration::Seconds(1);
inline constexpr Duration kFunctionTimeoutMax = Duration::Seconds(900);

// Whether the values make sense together: everything a file's reader cannot see field by field, and
// every limit above. kInvalidArgument with the path of the field, its value and the limit.
absl::Status ValidateScenario(const Scenario& scenario);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_H_
