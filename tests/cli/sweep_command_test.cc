#include "cli/sweep_command.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

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

std::string NewPath(const std::string& name) {
  std::string path = testing::TempDir() + "/" + name;
  std::remove(path.c_str());
  return path;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string ScenarioPath() {
  const std::string path = testing::TempDir() + "/sweep_scenario.textproto";
  std::ofstream(path) << R"(
duration: "10m"
functions {
  name: "f"
  arrivals { poisson { rate_per_second: 2 } }
  run { exponential { mean: "300ms" } }
}
)";
  return path;
}

Outcome Sweep(SweepArguments arguments, const std::atomic<bool>* cancelled = nullptr) {
  std::ostringstream out;
  std::ostringstream err;
  arguments.scenario_path = ScenarioPath();
  arguments.experiment.replications = 3;
  const int exit_code =
      RunSweepCommand(arguments, {.out = out, .err = err, .cancelled = cancelled});
  return {exit_code, out.str(), err.str()};
}

Outcome Merge(const MergeArguments& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunMergeCommand(arguments, {.out = out, .err = err});
  return {exit_code, out.str(), err.str()};
}

const std::vector<std::string> kVary = {"keep_alive=1s,1m",
                                        "functions[0].concurrency_reserved=1..2"};

TEST(SweepCommandTest, ShowsOneLinePerSettingWithIntervals) {
  const Outcome outcome = Sweep({.vary = kVary, .output_path = NewPath("table")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith("keep_alive  functions[0].concurrency_reserved  cold_share"));
  EXPECT_THAT(outcome.out, HasSubstr("± at 95 %"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 5);
  EXPECT_THAT(outcome.err, HasSubstr("12 runs of 4 settings in "));
}

TEST(SweepCommandTest, WritesCsvAndJsonOfTheMetricsThatAreAskedFor) {
  SweepArguments arguments = {.vary = kVary,
                              .output_path = NewPath("csv"),
                              .view = {.format = OutputFormat::kCsv, .metrics = {"cold_share"}}};
  const Outcome csv = Sweep(arguments);
  EXPECT_THAT(csv.out, StartsWith("keep_alive,functions[0].concurrency_reserved,replications,"
                                  "cold_share,cold_share_low,cold_share_high\r\n1s,1,3,0."));
  // The runs are in the file already.
  arguments.view.format = OutputFormat::kJson;
  const Outcome json = Sweep(arguments);
  EXPECT_THAT(json.err, HasSubstr("0 runs of 4 settings in "));
  EXPECT_THAT(json.out, HasSubstr("\"cold_share\": {"));
  arguments.view.metrics = {"cold_shar"};
  const Outcome bad = Sweep(arguments);
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("there is no metric 'cold_shar'; there are:\n  invocations "));
}

TEST(SweepCommandTest, ShowsFiguresOfOneFunction) {
  SweepArguments arguments = {
      .vary = kVary,
      .output_path = NewPath("function"),
      .view = {.format = OutputFormat::kCsv, .metrics = {"f.invocations", "invocations"}}};
  const Outcome outcome = Sweep(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("replications,f.invocations,f.invocations_low,"));
  // The only function has all invocations.
  const std::string first_line = outcome.out.substr(outcome.out.find("\r\n1s,1,3,") + 9);
  const std::string mean = first_line.substr(0, first_line.find(','));
  EXPECT_NE(first_line.find("," + mean + ","), std::string::npos) << first_line;

  arguments.view.metrics = {"g.invocations"};
  const Outcome unknown = Sweep(arguments);
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err, "floe: --metrics g.invocations: the scenario has no function 'g'\n");
  arguments.view.metrics = {"f.environments_mean"};
  EXPECT_THAT(Sweep(arguments).err, HasSubstr("is known of all functions together only"));
}

TEST(SweepCommandTest, ShardsInAFolderMergeToTheSameAsTheWhole) {
  const std::string folder = testing::TempDir();
  std::vector<std::string> paths;
  for (const char* shard : {"1/2", "2/2"}) {
    paths.push_back(NewPath(std::string("shard-") + shard[0] + "-of-2.result"));
    const Outcome outcome = Sweep({.vary = kVary, .shard = shard, .output_path = folder});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  const std::string whole = NewPath("whole");
  const Outcome all = Sweep({.vary = kVary, .output_path = whole});
  const std::string merged = NewPath("merged");
  const Outcome outcome = Merge({.paths = paths, .output_path = merged});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, all.out);
  EXPECT_EQ(ReadAll(merged), ReadAll(whole));
  const Outcome part = Merge({.paths = {paths[1]}});
  EXPECT_EQ(part.exit_code, 1);
  EXPECT_THAT(part.err, HasSubstr("6 runs of 12 missing"));
}

TEST(SweepCommandTest, InterruptedItSaysHowToGoOn) {
  const std::string path = NewPath("interrupted");
  const std::atomic<bool> cancelled = true;
  const Outcome outcome = Sweep({.vary = kVary, .output_path = path}, &cancelled);
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("12 runs missing; the same command goes on with them"));
  EXPECT_EQ(Sweep({.vary = kVary, .output_path = path}).exit_code, 0);
}

TEST(SweepCommandTest, WrongArgumentsAreExitCodeTwo) {
  EXPECT_EQ(Sweep({.vary = {"keep_alive"}, .output_path = NewPath("x")}).exit_code, 2);
  EXPECT_EQ(Sweep({.vary = {"no_field=1"}, .output_path = NewPath("x")}).exit_code, 2);
  EXPECT_EQ(Sweep({.vary = kVary, .shard = "3/2", .output_path = NewPath("x")}).exit_code, 2);
  const Outcome other = Sweep({.vary = {"keep_alive=1s"}, .output_path = NewPath("other")});
  EXPECT_EQ(other.exit_code, 0);
  const Outcome refused =
      Sweep({.vary = {"keep_alive=2s"}, .output_path = testing::TempDir() + "/other"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("name another file, or remove this one"));
}

}  // namespace
}  // namespace floe::cli
