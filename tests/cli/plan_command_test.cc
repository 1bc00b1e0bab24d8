#include "cli/plan_command.h"

#include <fstream>
#include <sstream>
#include <string>

#include "cli/command_session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Offered load 5: by Erlang's loss formula 10 servers lose 1.84 %, 9 lose 3.75 %.
Outcome Plan(PlanArguments arguments) {
  arguments.scenario_path = testing::TempDir() + "/plan.textproto";
  arguments.field = "functions[0].concurrency_reserved";
  std::ofstream(arguments.scenario_path) << R"(
duration: "1h"
account { requests_per_concurrency: 0 scaling_rule: SCALING_RULE_UNLIMITED }
functions {
  name: "f"
  timeout: "900s"
  arrivals { poisson { rate_per_second: 5 } }
  run { exponential { mean: "1s" } }
}
)";
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunPlanCommand(arguments, {.out = out, .err = err});
  return {exit_code, out.str(), err.str()};
}

TEST(PlanCommandTest, SaysTheAnswerItsConfidenceAndTheNeighbourThatFails) {
  const Outcome outcome = Plan({.range = "1..50", .goals = {"throttle_share <= 2.5%"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("functions[0].concurrency_reserved = 10, "));
  EXPECT_THAT(outcome.out, HasSubstr("is the least that meets throttle_share <= 2.5%, with 95 % "
                                     "confidence."));
  EXPECT_THAT(outcome.out, HasSubstr("The next lower, 9, "));
  EXPECT_THAT(outcome.out, HasSubstr(" USD a month, fails.\n"));
}

TEST(PlanCommandTest, WritesWhatWasTried) {
  PlanArguments arguments = {
      .range = "9,10", .goals = {"throttle_share <= 2.5%"}, .format = OutputFormat::kCsv};
  EXPECT_THAT(Plan(arguments).out,
              StartsWith("value,verdict,replications,throttle_share,throttle_share_low,"
                         "throttle_share_high,cost_month\r\n9,fails,10,0.03"));
  arguments.format = OutputFormat::kJson;
  EXPECT_THAT(Plan(arguments).out, HasSubstr("\"answer\": \"10\""));
}

TEST(PlanCommandTest, NoAnswerIsExitCodeOneAndNonsenseTwo) {
  const Outcome none = Plan({.range = "1..5", .goals = {"throttle_share <= 2.5%"}});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.out, StartsWith("No value of functions[0].concurrency_reserved in the range"));
  EXPECT_EQ(Plan({.range = "1..5", .goals = {"throttle_share"}}).exit_code, 2);
  EXPECT_EQ(Plan({.range = "5..1", .goals = {"throttle_share <= 1"}}).exit_code, 2);
}

}  // namespace
}  // namespace floe::cli
