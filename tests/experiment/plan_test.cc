#include "experiment/plan.h"

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiment/metric.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {
namespace {

using testing::HasSubstr;

// Offered load 5: by Erlang's loss formula 10 servers lose 1.84 %, 9 lose 3.75 %, 11 lose 0.83 %.
ScenarioEdit LossSystem() {
  absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Parse("loss.textproto", R"(
duration: "1h"
warm_up: "1m"
account { requests_per_concurrency: 0 scaling_rule: SCALING_RULE_UNLIMITED }
functions {
  name: "f"
  timeout: "900s"
  arrivals { poisson { rate_per_second: 5 } }
  run { exponential { mean: "1s" } }
}
)",
                                                          ScenarioFormat::kText);
  EXPECT_TRUE(edit.ok()) << edit.status();
  return *std::move(edit);
}

Axis Reserved(const std::string& range) {
  absl::StatusOr<Axis> axis = ParseAxis("functions[0].concurrency_reserved=" + range);
  EXPECT_TRUE(axis.ok()) << axis.status();
  return *std::move(axis);
}

std::vector<Goal> Goals(const std::vector<std::string>& texts) {
  std::vector<Goal> goals;
  for (const std::string& text : texts) {
    absl::StatusOr<Goal> goal = ParseGoal(text);
    EXPECT_TRUE(goal.ok()) << goal.status();
    goals.push_back(*std::move(goal));
  }
  return goals;
}

TEST(PlanTest, FindsTheServersThatErlangAsksFor) {
  const absl::StatusOr<PlanResult> plan =
      RunPlan(LossSystem(), Reserved("1..100"), Goals({"throttle_share <= 2.5%"}), {});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->answer.has_value());
  EXPECT_EQ(plan->answer->value, "10");
  EXPECT_EQ(plan->answer->verdict, Verdict::kMeets);
  ASSERT_TRUE(plan->neighbour.has_value());
  EXPECT_EQ(plan->neighbour->value, "9");
  EXPECT_EQ(plan->neighbour->verdict, Verdict::kFails);
  EXPECT_NEAR(plan->answer->goals[0].mean, 0.01838, 0.002);
  EXPECT_LE(plan->tried.size(), 8u);
  EXPECT_GT(plan->decision_confidence, 0.95);
  EXPECT_GT(plan->answer->cost_month.mean, 0);
}

TEST(PlanTest, ThreadsChangeNothing) {
  const std::vector<Goal> goals = Goals({"throttle_share <= 2.5%", "f.latency_p99 <= 6s"});
  const auto answer = [&goals](int threads) {
    const absl::StatusOr<PlanResult> plan =
        RunPlan(LossSystem(), Reserved("5..15"), goals, {.threads = threads});
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan->answer.value();
  };
  const PlanCandidate one = answer(1);
  const PlanCandidate three = answer(3);
  EXPECT_EQ(one.value, three.value);
  EXPECT_EQ(one.goals[0].high, three.goals[0].high);
  EXPECT_EQ(one.goals[1].high, three.goals[1].high);
}

TEST(PlanTest, AddsReplicationsWhereTheLimitIsNear) {
  // Ten servers lose so much in the long run: no number of replications decides it.
  const absl::StatusOr<PlanResult> plan =
      RunPlan(LossSystem(), Reserved("10,11"), Goals({"throttle_share <= 0.01838"}),
              {.replications = 4, .replications_max = 16});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->neighbour.has_value());
  EXPECT_EQ(plan->answer->value, "11");
  EXPECT_EQ(plan->answer->replications, 4);
  EXPECT_EQ(plan->neighbour->verdict, Verdict::kUnclear);
  EXPECT_EQ(plan->neighbour->replications, 16);
}

TEST(PlanTest, SaysWhenTheRangeHasNoAnswerOrBeginsTooHigh) {
  const absl::StatusOr<PlanResult> low =
      RunPlan(LossSystem(), Reserved("1..5"), Goals({"throttle_share <= 2.5%"}), {});
  ASSERT_TRUE(low.ok()) << low.status();
  EXPECT_FALSE(low->answer.has_value());
  EXPECT_EQ(low->tried.size(), 1u);
  const absl::StatusOr<PlanResult> high =
      RunPlan(LossSystem(), Reserved("20..30"), Goals({"throttle_share <= 2.5%"}), {});
  ASSERT_TRUE(high.ok()) << high.status();
  EXPECT_EQ(high->answer->value, "20");
  EXPECT_FALSE(high->neighbour.has_value());
}

TEST(PlanTest, RefusesWhatItCannotAnswer) {
  const auto code = [](const Axis& axis, const std::vector<Goal>& goals,
                       const PlanOptions& options) {
    return RunPlan(LossSystem(), axis, goals, options).status().code();
  };
  const std::vector<Goal> goals = Goals({"throttle_share <= 2.5%"});
  EXPECT_EQ(code(Reserved("1..5"), {}, {}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Reserved("1..5"), goals, {.replications = 1}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Reserved("1..5"), goals, {.replications_max = 9}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Reserved("1..5"), Goals({"g.throttle_share <= 1"}), {}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.field = "no_field", .values = {"1"}}, goals, {}),
            absl::StatusCode::kInvalidArgument);
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(code(Reserved("1..5"), goals, {.cancelled = &cancelled}), absl::StatusCode::kCancelled);
}

TEST(GoalTest, TakesLimitsInTheUnitsOfTheMetric) {
  const std::vector<Goal> goals = Goals({"throttle_share<=0.1%", "latency_p99.9 <= 800ms",
                                         "utilization >= 0.3", "my.function.latency_p99.9 <= 2s"});
  EXPECT_DOUBLE_EQ(goals[0].limit, 0.001);
  EXPECT_EQ(goals[0].side, Goal::Side::kAtMost);
  EXPECT_DOUBLE_EQ(goals[1].limit, 0.8);
  EXPECT_EQ(goals[1].function, "");
  EXPECT_EQ(goals[2].side, Goal::Side::kAtLeast);
  EXPECT_EQ(goals[3].function, "my.function");
  EXPECT_EQ(Metrics()[goals[3].metric].name, "latency_p99.9");
}

TEST(GoalTest, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) {
    const absl::StatusOr<Goal> goal = ParseGoal(text);
    EXPECT_EQ(goal.status().code(), absl::StatusCode::kInvalidArgument) << text;
    return std::string(goal.status().message());
  };
  EXPECT_THAT(error("latency_p99 < 1s"), HasSubstr("there is no <= and no >="));
  EXPECT_THAT(error("latency_p98 <= 1s"), HasSubstr("there is no metric 'latency_p98'"));
  EXPECT_THAT(error("latency_p98 <= 1s"), HasSubstr("\n  latency_p99 "));
  EXPECT_THAT(error("latency_p99 <= 10%"), HasSubstr("'10%' is no limit for this metric"));
  EXPECT_THAT(error("latency_p99 <= 800"), HasSubstr("a length of time with a unit"));
  EXPECT_THAT(error("throttle_share <= 1s"), HasSubstr("is no limit"));
  EXPECT_THAT(error("throttle_share <= inf"), HasSubstr("is no limit"));
  EXPECT_THAT(error("throttle_share <="), HasSubstr("is no limit"));
  EXPECT_THAT(error("f.environments_mean <= 3"), HasSubstr("of all functions together"));
}

}  // namespace
}  // namespace floe
