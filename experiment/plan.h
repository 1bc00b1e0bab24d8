// The least value of one field of a scenario with which stated goals are met, and how sure that is.
//
// The search takes for granted that a greater value is never worse for the goals: it halves the
// range. A value passes when the intervals of all goals lie on the good side, and fails when one
// lies on the bad side; where an interval holds the limit, replications are added. All values meet
// the same requests in the same replication.

#ifndef FLOE_EXPERIMENT_PLAN_H_
#define FLOE_EXPERIMENT_PLAN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "experiment/estimate.h"
#include "experiment/experiment.h"
#include "experiment/grid.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {

struct Goal {
  enum class Side : uint8_t { kAtMost, kAtLeast };
  std::string text;      // As it was written.
  std::string function;  // Empty: of all functions together.
  size_t metric = 0;     // Index in Metrics().
  Side side = Side::kAtMost;
  double limit = 0;
};

// "throttle_share <= 0.1%", "latency_p99 <= 800ms", "cost_month <= 25", "api.cold_share <= 0.01" of
// one function, "utilization >= 0.3". kInvalidArgument says what is accepted.
absl::StatusOr<Goal> ParseGoal(absl::string_view text);

inline constexpr size_t kGoalsMax = 20;

enum class Verdict : uint8_t {
  kMeets,    // Every goal, with the confidence that was asked for.
  kFails,    // At least one goal, likewise.
  kUnclear,  // Still undecided after as many replications as are allowed. Counts as failing.
};

struct PlanCandidate {
  size_t index = 0;  // In the axis.
  std::string value;
  Verdict verdict = Verdict::kUnclear;
  int replications = 0;
  // Parallel to the goals, with the confidence of the decision.
  std::vector<Estimate> goals;
  // What a month costs, with the confidence that was asked for; no number without known prices.
  Estimate cost_month;
};

struct PlanOptions {
  int replications = 10;       // To begin with, for each value.
  int replications_max = 160;  // At least `replications`.
  int threads = 0;
  double confidence = 0.95;
  std::function<void(const ExperimentProgress&)> on_progress;
  const std::atomic<bool>* cancelled = nullptr;
};

struct PlanResult {
  // By index, those that were tried.
  std::vector<PlanCandidate> tried;
  // The least that meets the goals. None: the greatest does not either.
  std::optional<PlanCandidate> answer;
  // The next lower value, which does not. None where the answer is the least of the range.
  std::optional<PlanCandidate> neighbour;
  // Of each single decision, so that all decisions about one value (of every goal, at every number
  // of replications) hold together with the confidence that was asked for.
  double decision_confidence = 0;
};

// `axis` has the values to choose from in the order in which they get better.
// kInvalidArgument: the scenario, a goal or an option. kCancelled.
absl::StatusOr<PlanResult> RunPlan(const ScenarioEdit& scenario, const Axis& axis,
                                   const std::vector<Goal>& goals, const PlanOptions& options);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_PLAN_H_
