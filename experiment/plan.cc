#include "experiment/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "experiment/metric.h"
#include "experiment/parallel.h"
#include "experiment/run_watch.h"
#include "experiment/sweep.h"

namespace floe {
namespace {

// The limit in the metric's unit: a number, "0.1%" of shares, "800ms" of lengths of time.
std::optional<double> ParseLimit(absl::string_view text, MetricUnit unit) {
  double number = 0;
  if (absl::SimpleAtod(text, &number)) {
    // Whoever writes 800 of a latency means milliseconds, perhaps.
    const bool has_unit = unit != MetricUnit::kSeconds || number == 0;
    return std::isfinite(number) && has_unit ? std::optional<double>(number) : std::nullopt;
  }
  if (unit == MetricUnit::kShare && !text.empty() && text.back() == '%' &&
      absl::SimpleAtod(text.substr(0, text.size() - 1), &number) && std::isfinite(number)) {
    return number / 100;
  }
  absl::Duration length;
  if (unit == MetricUnit::kSeconds && absl::ParseDuration(std::string(text), &length) &&
      length != absl::InfiniteDuration() && length != -absl::InfiniteDuration()) {
    return absl::ToDoubleSeconds(length);
  }
  return std::nullopt;
}

absl::Status RefuseGoal(absl::string_view text, absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("goal '", text, "': ", reason,
                   "; write for example 'throttle_share <= 0.1%' or 'latency_p99 <= 800ms' or "
                   "'NAME.cold_share <= 0.01' of the function NAME"));
}

absl::Status CheckOptions(const Axis& axis, const std::vector<Goal>& goals,
                          const PlanOptions& options) {
  if (goals.empty() || goals.size() > kGoalsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("plan: ", goals.size(), " goals, but 1 to ", kGoalsMax, " are possible"));
  }
  if (axis.values.empty()) return absl::InvalidArgumentError("plan: the range has no values");
  // One replication has no interval.
  if (options.replications < 2 || options.replications_max < options.replications ||
      options.replications_max > kReplicationsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("plan: from ", options.replications, " to ", options.replications_max,
                     " replications, but at least 2 are needed, at most ", kReplicationsMax,
                     " are possible, and the second number is not the smaller one"));
  }
  if (!(options.confidence >= kConfidenceMin && options.confidence <= kConfidenceMax)) {
    return absl::InvalidArgumentError(absl::StrCat("confidence: ", options.confidence, ", but ",
                                                   kConfidenceMin, " to ", kConfidenceMax,
                                                   " are possible"));
  }
  return absl::OkStatus();
}

// How often one value is looked at, at most: after each doubling of the replications.
int LooksOf(const PlanOptions& options) {
  int looks = 1;
  for (int n = options.replications; n < options.replications_max; n *= 2) ++looks;
  return looks;
}

Verdict Judge(const std::vector<Goal>& goals, const std::vector<Estimate>& estimates) {
  Verdict verdict = Verdict::kMeets;
  for (size_t i = 0; i < goals.size(); ++i) {
    const Estimate& estimate = estimates[i];
    const bool at_most = goals[i].side == Goal::Side::kAtMost;
    // Comparisons with no number are false: without an interval nothing is clear.
    if (at_most ? estimate.low > goals[i].limit : estimate.high < goals[i].limit) {
      return Verdict::kFails;
    }
    if (!(at_most ? estimate.high <= goals[i].limit : estimate.low >= goals[i].limit)) {
      verdict = Verdict::kUnclear;
    }
  }
  return verdict;
}

// Tries values and remembers what came of them.
class Planner {
 public:
  Planner(const ScenarioEdit& edit, const Axis& axis, const std::vector<Goal>& goals,
          const PlanOptions& options, double decision_confidence)
      : edit_(edit),
        grid_{{axis}},
        goals_(goals),
        options_(options),
        decision_confidence_(decision_confidence) {}

  absl::StatusOr<Verdict> Try(size_t index) {
    absl::StatusOr<Scenario> scenario = ScenarioAt(edit_, grid_, static_cast<int64_t>(index));
    if (!scenario.ok()) return scenario.status();
    absl::StatusOr<PreparedScenario> prepared = PrepareScenario(*scenario, options_.cancelled);
    if (!prepared.ok()) return prepared.status();
    PlanCandidate candidate{.index = index, .value = grid_.axes[0].values[index]};
    std::vector<ReplicationValues> values;
    for (int wanted = options_.replications;;
         wanted = std::min(2 * wanted, options_.replications_max)) {
      RETURN_IF_ERROR(Run(prepared->scenario, wanted, values));
      RETURN_IF_ERROR(Evaluate(*scenario, values, candidate));
      candidate.verdict = Judge(goals_, candidate.goals);
      if (candidate.verdict != Verdict::kUnclear || wanted == options_.replications_max) break;
    }
    return (tried_[index] = std::move(candidate)).verdict;
  }

  const std::map<size_t, PlanCandidate>& tried() const { return tried_; }

 private:
  // Adds replications until there are `wanted`.
  absl::Status Run(const Scenario& scenario, int wanted, std::vector<ReplicationValues>& values) {
    const auto begin = static_cast<int64_t>(values.size());
    values.resize(static_cast<size_t>(wanted));
    ParallelOptions parallel = {
        .units = wanted - begin, .threads = options_.threads, .cancelled = options_.cancelled};
    RunWatch watch(ThreadsOf(parallel), parallel.units, scenario.duration, options_.cancelled);
    if (options_.on_progress) parallel.tick = [&] { options_.on_progress(watch.progress()); };
    std::mutex mutex;
    absl::Status status;  // Guarded by `mutex`.
    RunInParallel(parallel, [&](int64_t unit, int thread) {
      Scenario run = scenario;
      run.seed = SeedOfReplication(scenario.seed, begin + unit);
      const SimulationResult result = RunSimulation(run, nullptr, &watch.Begin(thread));
      if (!watch.End(thread, result.events)) return;
      if (!result.trace_status.ok()) {
        const std::lock_guard lock(mutex);
        status = result.trace_status;
        return;
      }
      values[static_cast<size_t>(begin + unit)] = MeasureRun(run, result);
    });
    RETURN_IF_ERROR(status);
    if (watch.progress().units_done == parallel.units) return absl::OkStatus();
    return absl::CancelledError("cancelled before the plan was finished");
  }

  absl::Status Evaluate(const Scenario& scenario, const std::vector<ReplicationValues>& values,
                        PlanCandidate& candidate) const {
    candidate.replications = static_cast<int>(values.size());
    candidate.goals.clear();
    for (const Goal& goal : goals_) {
      std::optional<size_t> entry;
      if (!goal.function.empty()) {
        entry = FindFunction(scenario, goal.function);
        if (!entry.has_value() || *entry >= values.front().functions.size()) {
          return absl::InvalidArgumentError(
              absl::StrCat("goal '", goal.text, "': there is no function '", goal.function, "'"));
        }
      }
      Accumulator accumulator;
      for (const ReplicationValues& of : values) {
        accumulator.Add((entry.has_value() ? of.functions[*entry] : of.total)[goal.metric]);
      }
      candidate.goals.push_back(accumulator.ToEstimate(decision_confidence_));
    }
    Accumulator cost;
    const size_t cost_month = FindMetric("cost_month").value();
    for (const ReplicationValues& of : values) cost.Add(of.total[cost_month]);
    candidate.cost_month = cost.ToEstimate(options_.confidence);
    return absl::OkStatus();
  }

  static std::optional<size_t> FindFunction(const Scenario& scenario, const std::string& name) {
    for (size_t i = 0; i < scenario.functions.size(); ++i) {
      if (scenario.functions[i].name == name) return i;
    }
    return std::nullopt;
  }

  const ScenarioEdit& edit_;
  const Grid grid_;
  const std::vector<Goal>& goals_;
  const PlanOptions& options_;
  const double decision_confidence_;
  std::map<size_t, PlanCandidate> tried_;
};

}  // namespace

absl::StatusOr<Goal> ParseGoal(absl::string_view text) {
  Goal goal{.text = std::string(text)};
  size_t sign = text.find("<=");
  if (sign == absl::string_view::npos) {
    sign = text.find(">=");
    goal.side = Goal::Side::kAtLeast;
  }
  if (sign == absl::string_view::npos) return RefuseGoal(text, "there is no <= and no >=");
  const absl::string_view left = absl::StripAsciiWhitespace(text.substr(0, sign));
  const absl::string_view right = absl::StripAsciiWhitespace(text.substr(sign + 2));
  absl::StatusOr<Figure> figure = ParseFigure(std::string_view(left.data(), left.size()));
  if (!figure.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("goal '", text, "': ", figure.status().message()));
  }
  goal.function = std::move(figure->function);
  goal.metric = figure->metric;
  const std::optional<double> limit = ParseLimit(right, Metrics()[goal.metric].unit);
  if (!limit.has_value()) {
    const bool is_length = Metrics()[goal.metric].unit == MetricUnit::kSeconds;
    return RefuseGoal(text,
                      absl::StrCat("'", right, "' is no limit for this metric",
                                   is_length ? ", which is a length of time with a unit" : ""));
  }
  goal.limit = *limit;
  return goal;
}

absl::StatusOr<PlanResult> RunPlan(const ScenarioEdit& scenario, const Axis& axis,
                                   const std::vector<Goal>& goals, const PlanOptions& options) {
  RETURN_IF_ERROR(CheckOptions(axis, goals, options));
  PlanResult plan;
  const double mistakes = (1 - options.confidence) /
                          static_cast<double>(goals.size() * static_cast<size_t>(LooksOf(options)));
  plan.decision_confidence = std::min(1 - mistakes, kConfidenceMax);
  Planner planner(scenario, axis, goals, options, plan.decision_confidence);

  // Everything from `passes` on meets the goals, what lies before `unknown` does not.
  size_t passes = axis.values.size();
  size_t unknown = 0;
  size_t next = axis.values.size() - 1;
  while (true) {
    const absl::StatusOr<Verdict> verdict = planner.Try(next);
    if (!verdict.ok()) return verdict.status();
    if (*verdict == Verdict::kMeets) {
      passes = next;
    } else {
      unknown = next + 1;
    }
    if (unknown >= passes) break;
    next = unknown + (passes - unknown) / 2;
    if (next == passes) --next;
  }
  for (const auto& [index, candidate] : planner.tried()) plan.tried.push_back(candidate);
  if (passes < axis.values.size()) {
    plan.answer = planner.tried().at(passes);
    if (passes > 0) plan.neighbour = planner.tried().at(passes - 1);
  }
  return plan;
}

}  // namespace floe
