#include "experiment/sweep.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiment/experiment.h"
#include "experiment/metric.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {
namespace {

using testing::HasSubstr;

constexpr char kScenario[] = R"(
name: "api"
duration: "10m"
seed: 3
functions {
  name: "f"
  arrivals { poisson { rate_per_second: 2 } }
  run { exponential { mean: "300ms" } }
  init { constant: "200ms" }
}
)";

ScenarioEdit Edit(const std::string& text = kScenario) {
  absl::StatusOr<ScenarioEdit> edit =
      ScenarioEdit::Parse("api.textproto", text, ScenarioFormat::kText);
  EXPECT_TRUE(edit.ok()) << edit.status();
  return *std::move(edit);
}

Grid KeepAliveAndReserved() {
  return {{{.field = "keep_alive", .values = {"1s", "1m"}},
           {.field = "functions[name=f].concurrency_reserved", .values = {"1", "2", "3"}}}};
}

// Where there is no file yet.
std::string NewPath(const std::string& name) {
  std::string path = testing::TempDir() + "/" + name;
  std::remove(path.c_str());
  return path;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

SweepOutcome Sweep(const std::string& path, const SweepOptions& options) {
  absl::StatusOr<SweepOutcome> outcome = RunSweep(Edit(), KeepAliveAndReserved(), path, options);
  EXPECT_TRUE(outcome.ok()) << outcome.status();
  return outcome.ok() ? *std::move(outcome) : SweepOutcome();
}

// The file of a whole sweep with three replications.
std::string WholeSweep(const std::string& name) {
  const std::string path = NewPath(name);
  EXPECT_EQ(Sweep(path, {.replications = 3, .threads = 2}).units_run, 18);
  return path;
}

TEST(SweepTest, EverySettingIsTheExperimentOfItsScenario) {
  const SweepOutcome outcome = Sweep(NewPath("settings"), {.replications = 3});
  EXPECT_TRUE(outcome.file.complete());
  for (int64_t point = 0; point < 6; ++point) {
    const absl::StatusOr<Scenario> scenario = ScenarioAt(Edit(), KeepAliveAndReserved(), point);
    ASSERT_TRUE(scenario.ok()) << scenario.status();
    const absl::StatusOr<ExperimentResult> experiment =
        RunExperiment(*scenario, {.replications = 3});
    ASSERT_TRUE(experiment.ok()) << experiment.status();
    const std::vector<Estimate> estimates = EstimatesAt(outcome.file, point);
    for (const char* name : {"throttle_share", "cold_share", "latency_p99"}) {
      const size_t metric = FindMetric(name).value();
      EXPECT_EQ(estimates[metric].mean, experiment->metrics[metric].mean) << name;
      EXPECT_EQ(estimates[metric].high, experiment->metrics[metric].high) << name;
    }
  }
}

TEST(SweepTest, ThreadsChangeNoByteOfTheFile) {
  const std::string one = NewPath("one_thread");
  const std::string four = NewPath("four_threads");
  Sweep(one, {.replications = 3, .threads = 1});
  Sweep(four, {.replications = 3, .threads = 4});
  EXPECT_EQ(ReadAll(one), ReadAll(four));
}

TEST(SweepTest, AKilledSweepGoesOnWhereItWas) {
  const std::string whole = ReadAll(WholeSweep("whole"));
  const std::string path = NewPath("killed");
  // What a process leaves behind that is killed while it writes.
  std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2);
  const SweepOutcome outcome = Sweep(path, {.replications = 3});
  EXPECT_GT(outcome.units_before, 5);
  EXPECT_EQ(outcome.units_before + outcome.units_run, 18);
  EXPECT_EQ(ReadAll(path), whole);
  EXPECT_EQ(Sweep(path, {.replications = 3}).units_run, 0);
  EXPECT_EQ(ReadAll(path), whole);
}

TEST(SweepTest, ACancelledSweepKeepsWhatIsFinished) {
  const std::string path = NewPath("cancelled");
  const std::atomic<bool> cancelled = true;
  const SweepOutcome outcome = Sweep(path, {.replications = 3, .cancelled = &cancelled});
  EXPECT_EQ(outcome.units_run, 0);
  EXPECT_EQ(outcome.units_missing, 18);
  EXPECT_EQ(Sweep(path, {.replications = 3}).units_missing, 0);
  EXPECT_EQ(ReadAll(path), ReadAll(WholeSweep("not_cancelled")));
}

TEST(SweepTest, ShardsMergeToTheWhole) {
  std::vector<std::string> paths;
  for (int64_t shard = 1; shard <= 4; ++shard) {
    paths.push_back(NewPath("shard" + std::to_string(shard)));
    const SweepOutcome outcome =
        Sweep(paths.back(), {.replications = 3, .shard = {.number = shard, .count = 4}});
    EXPECT_EQ(outcome.units_missing, 0);
    EXPECT_FALSE(outcome.file.complete());
  }
  const absl::StatusOr<ResultFile> merged =
      MergeResultFiles({paths[2], paths[0], paths[3], paths[1], paths[0]});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_TRUE(merged->complete());
  EXPECT_EQ(SerializeResultFile(*merged), ReadAll(WholeSweep("unsharded")));
  const absl::StatusOr<ResultFile> part = MergeResultFiles({paths[2], paths[0]});
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->units.size(), 9u);
}

TEST(SweepTest, RefusesTheFileOfAnotherSweep) {
  const std::string path = WholeSweep("other");
  EXPECT_EQ(RunSweep(Edit(), Grid(), path, {.replications = 3}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RunSweep(Edit(), KeepAliveAndReserved(), path, {.replications = 4}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const std::string single = NewPath("single");
  ASSERT_TRUE(RunSweep(Edit(), Grid(), single, {.replications = 3}).ok());
  EXPECT_THAT(std::string(MergeResultFiles({path, single}).status().message()),
              HasSubstr("is of another sweep than"));
}

TEST(SweepTest, NamesTheSettingThatIsNoScenario) {
  const Grid grid = {{{.field = "keep_alive", .values = {"1s", "1m"}},
                      {.field = "functions[0].concurrency_reserved", .values = {"1", "1000000"}}}};
  const absl::Status status = RunSweep(Edit(), grid, NewPath("bad"), {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("with keep_alive=1s, functions[0].concurrency_reserved=1000000: "));
  EXPECT_EQ(RunSweep(Edit(), {{{.field = "keep_alife", .values = {"1s"}}}}, NewPath("bad"), {})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ShardTest, TakesPartsOfWhat) {
  const absl::StatusOr<Shard> shard = ParseShard("3/8");
  ASSERT_TRUE(shard.ok());
  EXPECT_EQ(shard->number, 3);
  EXPECT_EQ(shard->count, 8);
  EXPECT_TRUE(shard->Has(2));
  EXPECT_TRUE(shard->Has(10));
  EXPECT_FALSE(shard->Has(3));
  for (const char* bad : {"", "3", "0/8", "9/8", "1/0", "a/b", "1/2/3", "1/100001", "-1/2"}) {
    EXPECT_EQ(ParseShard(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace floe
