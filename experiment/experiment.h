// An experiment: independent replications of one scenario, on all processors, and what they say
// about every figure, with an interval.
//
//   absl::StatusOr<ExperimentResult> result = RunExperiment(scenario, {.replications = 10});
//
// The result depends on the scenario and the number of replications alone, not on the threads.

#ifndef FLOE_EXPERIMENT_EXPERIMENT_H_
#define FLOE_EXPERIMENT_EXPERIMENT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "experiment/estimate.h"
#include "experiment/progress.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {

inline constexpr int kReplicationsMax = 100'000;
// With more entries than this, functions have counts (in ExperimentResult::merged), but no
// estimates.
inline constexpr size_t kEntriesWithEstimatesMax = 1'000;

struct ExperimentOptions {
  int replications = 10;
  // 0: one for each processor that this process may use.
  int threads = 0;
  double confidence = 0.95;
  // Called on the calling thread about ten times a second. May be empty.
  std::function<void(const ExperimentProgress&)> on_progress;
  // Once true, what is under way is given up. May be null; else outlives the call.
  const std::atomic<bool>* cancelled = nullptr;
  // Records replication 0. May be null.
  Recorder* recorder = nullptr;
};

// Of one entry of Scenario::functions.
struct FunctionEstimates {
  std::string name;
  int64_t count = 1;
  // Parallel to Metrics(); without samples where the metric is not per function.
  std::vector<Estimate> metrics;
};

// What one replication measured, each parallel to Metrics().
struct ReplicationValues {
  std::vector<double> total;
  // By entry; empty above kEntriesWithEstimatesMax.
  std::vector<std::vector<double>> functions;
  friend bool operator==(const ReplicationValues&, const ReplicationValues&) = default;
};

ReplicationValues MeasureRun(const Scenario& scenario, const SimulationResult& result);

struct ExperimentResult {
  std::string scenario_name;
  uint64_t seed = 0;
  Duration duration;
  // The warm-up that was used, found or given.
  Duration warm_up;
  bool warm_up_auto = false;
  // False: it was looked for, but the run does not settle in its first half; the figures are of the
  // second.
  bool warm_up_settled = true;
  int replications_asked = 0;
  // Less than asked after a cancellation: those that were finished, without a gap from 0 on.
  int replications_done = 0;
  double confidence = 0.95;
  // Parallel to Metrics().
  std::vector<Estimate> metrics;
  // By entry; empty above kEntriesWithEstimatesMax.
  std::vector<FunctionEstimates> functions;
  // Of each replication, in order.
  std::vector<ReplicationValues> values;
  // All replications together: counts and histograms are sums, levels are means over the
  // replications, maxima are maxima.
  SimulationResult merged;
  // The file that the scenario was read from; empty when there was none.
  std::string scenario_text;
};

// The seed of replication r. That of replication 0 is the scenario's own. The same r has the same
// random numbers whatever else differs between two scenarios of one seed.
uint64_t SeedOfReplication(uint64_t seed, int64_t replication);

// The scenario with a given warm-up in place of an automatic one, which a pilot run finds, and what
// that run said. kCancelled: the pilot run was not finished.
struct PreparedScenario {
  Scenario scenario;
  bool warm_up_auto = false;
  bool warm_up_settled = true;
};
absl::StatusOr<PreparedScenario> PrepareScenario(const Scenario& scenario,
                                                 const std::atomic<bool>* cancelled);

// kInvalidArgument: the scenario or an option. kCancelled: not even replication 0 was finished.
absl::StatusOr<ExperimentResult> RunExperiment(const Scenario& scenario,
                                               const ExperimentOptions& options);

// Fills `metrics` and `functions` from `values`. REQUIRES: every replication has the same number of
// functions as `merged`, or none.
void EstimateAll(ExperimentResult& result);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_EXPERIMENT_H_
