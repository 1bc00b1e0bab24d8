#include "cli/compare_command.h"

#include <fstream>
#include <sstream>
#include <string>

#include "cli/command_session.h"
#include "cli/simulate_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Outcome RunCompare(const CompareArguments& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunCompareCommand(arguments, {.out = out, .err = err});
  return {exit_code, out.str(), err.str()};
}

// A scenario file with this keep-alive.
std::string ScenarioPath(const std::string& keep_alive) {
  const std::string path = testing::TempDir() + "/compare_" + keep_alive + ".textproto";
  std::ofstream(path) << "keep_alive: \"" << keep_alive << "\""
                      << R"(
duration: "10m"
functions {
  name: "f"
  arrivals { poisson { rate_per_second: 2 } }
  run { exponential { mean: "300ms" } }
  init { constant: "200ms" }
}
)";
  return path;
}

// The file of its result.
std::string ResultPath(const std::string& keep_alive) {
  const std::string path = testing::TempDir() + "/compare_" + keep_alive + ".result";
  std::ostringstream out;
  EXPECT_EQ(RunSimulateCommand({.scenario_path = ScenarioPath(keep_alive), .output_path = path},
                               {.out = out, .err = out}),
            0)
      << out.str();
  return path;
}

TEST(CompareCommandTest, MarksWhatDiffers) {
  const Outcome outcome = RunCompare({.path_a = ScenarioPath("1m"), .path_b = ScenarioPath("5s")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Replication by replication, with the same random numbers."));
  EXPECT_THAT(outcome.out, ContainsRegex("cold_share [^\n]+ \\*\n"));
  EXPECT_THAT(outcome.out, Not(ContainsRegex("invocations [^\n]+ \\*\n")));
  const Outcome changed = RunCompare(
      {.path_a = ScenarioPath("1m"), .path_b = ScenarioPath("5s"), .changed_only = true});
  EXPECT_THAT(changed.out, Not(HasSubstr("  invocations")));
  EXPECT_THAT(changed.out, HasSubstr("  cold_share"));
}

TEST(CompareCommandTest, ResultFilesAreAsGoodAsTheirScenarios) {
  const Outcome files = RunCompare(
      {.path_a = ResultPath("1m"), .path_b = ResultPath("5s"), .format = OutputFormat::kCsv});
  const Outcome scenarios = RunCompare(
      {.path_a = ScenarioPath("1m"), .path_b = ScenarioPath("5s"), .format = OutputFormat::kCsv});
  EXPECT_EQ(files.exit_code, 0) << files.err;
  EXPECT_EQ(files.out, scenarios.out);
  EXPECT_THAT(files.out, HasSubstr("\r\nf,cold_share,share,"));
  EXPECT_THAT(
      RunCompare(
          {.path_a = ResultPath("1m"), .path_b = ScenarioPath("5s"), .format = OutputFormat::kJson})
          .out,
      HasSubstr("\"significant\": 1"));
}

TEST(CompareCommandTest, WhatCannotBeComparedIsExitCodeTwo) {
  EXPECT_EQ(RunCompare({.path_a = "/no/such/file", .path_b = ScenarioPath("5s")}).exit_code, 2);
  const std::string path = ResultPath("1m");
  std::ofstream(path, std::ios::app) << "something that is no record";
  const Outcome damaged = RunCompare({.path_a = path, .path_b = ScenarioPath("5s")});
  EXPECT_EQ(damaged.exit_code, 2);
  EXPECT_THAT(damaged.err, HasSubstr("checksum"));
}

TEST(CompareCommandTest, WarnsOfDifferentLengths) {
  const Outcome outcome = RunCompare({.path_a = ResultPath("1m"),
                                      .path_b = ScenarioPath("1m"),
                                      .experiment = {.sets = {"duration=11m"}}});
  EXPECT_THAT(outcome.err, HasSubstr("different lengths of time"));
}

}  // namespace
}  // namespace floe::cli
