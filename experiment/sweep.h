// A sweep: replications of every setting of a grid, on all processors, into a file that a killed
// sweep goes on with and that several machines can share the work of.
//
// The unit of work is one replication of one setting. Replication r has the same random numbers in
// every setting. What is in the file at the end depends on the scenario and the grid alone.

#ifndef FLOE_EXPERIMENT_SWEEP_H_
#define FLOE_EXPERIMENT_SWEEP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "experiment/experiment.h"
#include "experiment/grid.h"
#include "experiment/metric.h"
#include "experiment/result_file.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {

inline constexpr int64_t kSweepUnitsMax = 10'000'000;
// Of all units, metrics and functions together: they are kept in memory at the end.
inline constexpr int64_t kSweepValuesMax = 200'000'000;
inline constexpr int64_t kShardsMax = 100'000;

// The `number`-th of `count` equal parts of the units, from 1 on.
struct Shard {
  int64_t number = 1;
  int64_t count = 1;
  bool Has(int64_t unit) const { return unit % count == number - 1; }
};
// "3/8". kInvalidArgument says what is accepted.
absl::StatusOr<Shard> ParseShard(absl::string_view text);

struct SweepOptions {
  int replications = 10;
  // 0: one for each processor that this process may use.
  int threads = 0;
  double confidence = 0.95;
  Shard shard;
  // Called on the calling thread about ten times a second. May be empty.
  std::function<void(const ExperimentProgress&)> on_progress;
  // Once true, what is under way is given up; what is finished is in the file. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct SweepOutcome {
  ResultFile file;
  int64_t units_before = 0;  // Were in the file already.
  int64_t units_run = 0;
  int64_t units_missing = 0;  // Of this shard: not 0 after a cancellation.
  uint64_t events = 0;        // Of the units that were run.
};

// kInvalidArgument: the scenario, the grid or an option; the text names the setting.
// kFailedPrecondition: the file at `path` is of another sweep.
absl::StatusOr<SweepOutcome> RunSweep(const ScenarioEdit& scenario, const Grid& grid,
                                      const std::string& path, const SweepOptions& options);

// The scenario of one setting. Errors name it.
absl::StatusOr<Scenario> ScenarioAt(const ScenarioEdit& scenario, const Grid& grid, int64_t point);

// "keep_alive=1m, functions[0].memory_mib=512"; empty without axes.
std::string DescribePoint(const Grid& grid, int64_t point);

// All units of several files of one sweep. Units that several files have must be the same in each.
// kInvalidArgument: no file, files of different sweeps, or units that differ.
absl::StatusOr<ResultFile> MergeResultFiles(const std::vector<std::string>& paths);

// What the units of one setting say of all functions together, each parallel to Metrics().
// REQUIRES: a point of the grid.
std::vector<Estimate> EstimatesAt(const ResultFile& file, int64_t point);
// What they say of one figure; no number of a function that the file does not know.
Estimate EstimateAt(const ResultFile& file, int64_t point, const Figure& figure);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_SWEEP_H_
