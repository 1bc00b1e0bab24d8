// A scenario: everything that a simulated run depends on, as plain values. Scenario + seed = run.

#ifndef FLOE_SIMULATOR_SCENARIO_H_
#define FLOE_SIMULATOR_SCENARIO_H_

#include <cstddef>
#include <cstdint>
#include <memory>
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
// Shape 1 is exponential; the coefficient of variation is 1 / sqrt(shape).
struct GammaLength {
  Duration mean;
  double shape = 1;
};
// P(X > x) = exp(-(x / scale)^shape).
struct WeibullLength {
  Duration scale;
  double shape = 1;
};
// Lomax, the Pareto distribution that starts at 0: P(X > x) = (1 + x / scale)^-shape.
struct ParetoLength {
  Duration scale;
  double shape = 1;
};
// The inverse of the distribution function at these probabilities, linear between them.
struct EmpiricalLength {
  struct Quantile {
    double probability = 0;
    Duration value;
  };
  // Ascending in both; the first at probability 0, the last at 1.
  std::vector<Quantile> quantiles;
};
// One of the parts, chosen with a chance in proportion to its weight.
struct MixtureLength;
using LengthModel =
    std::variant<ConstantLength, ExponentialLength, LogNormalLength, GammaLength, WeibullLength,
                 ParetoLength, EmpiricalLength, std::shared_ptr<const MixtureLength>>;
struct MixtureLength {
  struct Part {
    double weight = 1;
    LengthModel length;  // Not a mixture itself.
  };
  std::vector<Part> parts;
};

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
  // The first comes after `from` by a part of the interval that is drawn for each function.
  bool random_phase = false;
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
// A renewal process: the gaps between arrivals are drawn independently. The first arrival comes
// one gap after `from`.
struct RenewalArrivals {
  LengthModel gap;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
// Poisson with a rate that follows a Markov chain: in state i for an exponential time, then in
// state i + 1, after the last in the first. Begins in the first.
struct MarkovModulatedArrivals {
  struct State {
    double rate_per_second = 0;
    Duration mean_stay;
  };
  std::vector<State> states;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
// Poisson with a rate that is given over time.
struct RateArrivals {
  enum class Between : uint8_t { kStep, kLine };
  struct Point {
    Duration at;  // From `from` on.
    double rate_per_second = 0;
  };
  // Ascending; the rate is 0 before the first, and that of the last after it.
  std::vector<Point> points;
  Between between = Between::kStep;
  // The points are repeated every `period`. Infinite: they are not.
  Duration period = Duration::Infinite();
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
// Poisson with rate mean * (1 + amplitude * cos(2 pi (t - peak_at) / period)).
struct SineArrivals {
  double mean_rate_per_second = 0;
  double amplitude = 0;  // 0 to 1, a part of the mean.
  Duration period = Duration::Hours(24);
  Duration peak_at;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};
using Arrivals = std::variant<PoissonArrivals, IntervalArrivals, BurstArrivals, ListedArrivals,
                              RenewalArrivals, MarkovModulatedArrivals, RateArrivals, SineArrivals>;

// Callers that wait for each answer and think before the next request: a closed loop.
struct ScenarioClients {
  int64_t count = 0;
  // From an answer to the next request, and before the first.
  LengthModel think = ConstantLength{Duration::Seconds(1)};
  // A request that was throttled or failed is repeated this often, after
  // min(backoff_max, backoff_first * 2^n), of which a drawn part (full jitter) when `jitter`.
  int32_t retries_max = 0;
  Duration backoff_first = Duration::Milliseconds(100);
  Duration backoff_max = Duration::Seconds(20);
  bool jitter = true;
  Instant from;
  Instant until = Instant::InfiniteFuture();
};

// ---- How requests reach a function

// Every arrival is a request whose caller waits for the answer.
struct SynchronousDelivery {};
// Every arrival is an event of Lambda's asynchronous queue. Source: lambda-model, section 6.
struct AsynchronousDelivery {
  int32_t retries_max = 2;                      // After errors of the function. 0 to 2.
  Duration event_age_max = Duration::Hours(6);  // 60 s to 6 h.
};
// Every arrival is a message of an SQS queue with an event source mapping. Source: AWS "Using
// Lambda with Amazon SQS", and "Configuring scaling behavior".
struct QueueDelivery {
  enum class Scaling : uint8_t {
    kCurrent,  // 5 concurrent batches at first, up to 300 more per minute, at most 1,250.
    kLegacy,   // 5 at first, 60 more per minute, at most 1,000.
  };
  Scaling scaling = Scaling::kCurrent;
  int32_t batch_size = 10;                              // 1 to 10,000.
  Duration batch_window;                                // 0 to 300 s.
  std::optional<int32_t> concurrency_max;               // 2 to 1,000.
  Duration visibility_timeout = Duration::Seconds(30);  // 0 to 12 h; at least the time-out.
  // A message that was received so often and comes back goes to the dead letters. 0: never.
  int32_t receives_max = 0;
  // Each further message of a batch adds this to the run time of the invocation.
  LengthModel run_per_message = ConstantLength{Duration()};
};
using Delivery = std::variant<SynchronousDelivery, AsynchronousDelivery, QueueDelivery>;

// ---- Provisioned concurrency

struct ProvisionedChange {
  Instant at;
  int32_t concurrency = 0;
};
// Application Auto Scaling's target tracking: utilisation is looked at once a minute; three minutes
// above the target scale out, fifteen below 90 % of it scale in. Source: lambda-model, section 1.5.
struct ProvisionedTracking {
  int32_t min = 1;
  int32_t max = 1;
  double target_utilization = 0.7;  // 0.1 to 0.9.
};
struct ProvisionedConcurrency {
  // Ascending; what holds from each time on, 0 before the first.
  std::vector<ProvisionedChange> schedule;
  // Takes over from the last entry of the schedule on.
  std::optional<ProvisionedTracking> tracking;
};

// ---- What runs where

enum class Package : uint8_t { kZip, kImage };
enum class Architecture : uint8_t { kX86, kArm };

// `count` identical functions. Each has these arrivals, independently of the others where they are
// random, and its own reserved concurrency and scaling budget.
struct ScenarioFunction {
  std::string name;
  int64_t count = 1;
  int32_t memory_mib = 128;
  int32_t tmp_mib = 512;  // 512 to 10,240; what is above 512 costs money.
  Duration timeout = Duration::Seconds(3);
  std::optional<int32_t> concurrency_reserved;
  ProvisionedConcurrency provisioned;
  // 0: no tenant isolation. Else each arrival belongs to one of so many tenants, each with equal
  // chance, and environments never serve two.
  int32_t tenants = 0;
  Package package = Package::kZip;
  // A zip with a runtime of its own. Changes prices before August 2025 only.
  bool custom_runtime = false;
  Architecture architecture = Architecture::kX86;
  std::vector<Arrivals> arrivals;
  std::vector<ScenarioClients> clients;
  Delivery delivery;
  // From the assignment to the answer. Arrivals of a trace that tell their run time have their own.
  LengthModel run = ConstantLength{Duration::Milliseconds(100)};
  // From the request for a container until its entrypoint runs.
  LengthModel start = ConstantLength{Duration()};
  // From there until the code asks for its first invocation.
  LengthModel init = ConstantLength{Duration()};
  // Of the invocations: end with an error that the function itself reports.
  double error_rate = 0;
  // Of the invocations: end with the death of the runtime.
  double crash_rate = 0;
  // Of the invocations: never answer, and so pass the time-out.
  double hang_rate = 0;
};

// `count` nodes with this much room for environments each.
struct ScenarioNodes {
  int64_t count = 1;
  int64_t memory_mib = 0;
  // Starts and initialisations share so many processors equally. 0: they do not slow each other.
  double cpus = 0;
  // So many containers are made at a time, the others wait. 0: no such limit.
  int32_t start_parallelism = 0;
};

class ArrivalTrace;

// The functions and arrivals of a trace.
struct ScenarioTrace {
  // What the trace does not tell of its functions. Its name stands before theirs; `count`,
  // `arrivals` and `clients` are not used.
  ScenarioFunction like;
  std::shared_ptr<const ArrivalTrace> trace;
};

// What the use of a run costs; see simulator/pricing.h.
struct ScenarioPrices {
  std::string profile = "aws-us-east-1-2026";
  // The monthly free tier is deducted.
  bool free_tier = false;
};

struct Scenario {
  std::string name;
  // The run is [0, duration). What is under way at its end stays unfinished.
  Duration duration;
  // Statistics count what happens from here on.
  Duration warm_up;
  // `warm_up` is found from the run itself, by the rule MSER-5.
  bool warm_up_auto = false;
  uint64_t seed = 1;
  SchedulerOptions scheduler;
  // Empty: one node without limit.
  std::vector<ScenarioNodes> nodes;
  std::vector<ScenarioFunction> functions;
  // Arrivals from files. The functions of a trace follow those above, in its order; see
  // simulator/arrival_trace.h.
  std::vector<ScenarioTrace> traces;
  ScenarioPrices prices;
};

// ---- Limits, all inclusive

inline constexpr Duration kScenarioDurationMax = Duration::Hours(10 * 366 * 24);
inline constexpr Duration kLengthMax = Duration::Hours(366 * 24);
inline constexpr double kLogNormalSigmaMax = 8;
// Of the gamma, Weibull and Pareto models.
inline constexpr double kLengthShapeMin = 0.1;
inline constexpr double kLengthShapeMax = 1'000;
inline constexpr size_t kEmpiricalQuantilesMax = 10'000;
inline constexpr size_t kMixturePartsMax = 16;
inline constexpr double kMixtureWeightMax = 1e12;
inline constexpr double kArrivalRateMax = 1e7;
// The mean gap of renewal arrivals; where there is no mean, the median or the scale.
inline constexpr Duration kArrivalGapMin = Duration::Nanoseconds(100);
// The mean stay in a state, and the period of a rate.
inline constexpr Duration kArrivalStayMin = Duration::Milliseconds(1);
inline constexpr size_t kArrivalStatesMax = 100;
inline constexpr size_t kRatePointsMax = 100'000;
inline constexpr int64_t kBurstCountMax = 10'000'000;
inline constexpr int64_t kListedArrivalsMax = 10'000'000;
inline constexpr int64_t kFunctionEntriesMax = 100'000;
// All entries' counts together.
inline constexpr int64_t kScenarioFunctionsMax = 1'000'000;
inline constexpr int64_t kScenarioNodesMax = kNodesMax;
inline constexpr int64_t kNodeMemoryMibMax = int64_t{1} << 40;
inline constexpr double kNodeCpusMax = 1'000'000;
inline constexpr int32_t kNodeStartsMax = 1'000'000;
inline constexpr size_t kScenarioTracesMax = 10'000;
inline constexpr int32_t kAccountConcurrencyMax = 10'000'000;
inline constexpr int32_t kFunctionMemoryMibMin = 128;
inline constexpr int32_t kFunctionMemoryMibMax = 10'240;
inline constexpr int32_t kFunctionTmpMibMin = 512;
inline constexpr int32_t kFunctionTmpMibMax = 10'240;
inline constexpr size_t kFunctionNameBytesMax = 64;
// Blocks of arrivals, and of clients, of one function.
inline constexpr size_t kLoadBlocksMax = 1'000;
// Of one block.
inline constexpr int64_t kClientsMax = 1'000'000;
// All functions' clients and message queues together.
inline constexpr int64_t kScenarioSendersMax = 4'000'000;
inline constexpr int32_t kClientRetriesMax = 1'000;
inline constexpr int32_t kTenantsMax = 1'000'000;
inline constexpr size_t kProvisionedChangesMax = 100'000;
inline constexpr Duration kFunctionTimeoutMin = Duration::Seconds(1);
inline constexpr Duration kFunctionTimeoutMax = Duration::Seconds(900);

// Whether the values make sense together: everything a file's reader cannot see field by field, and
// every limit above. kInvalidArgument with the path of the field, its value and the limit.
absl::Status ValidateScenario(const Scenario& scenario);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_H_
