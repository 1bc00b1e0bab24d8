#include <atomic>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"
#include "cli/replay_command.h"
#include "cli/simulate_command.h"
#include "experiment/result_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal.h"

namespace floe::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kFirstLook[] = "examples/scenarios/first_look.textproto";
constexpr char kLegacyBurst[] = "examples/scenarios/burst_legacy.textproto";

struct Outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Outcome Simulate(const SimulateArguments& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunSimulateCommand(arguments, {.out = out, .err = err});
  return {exit_code, out.str(), err.str()};
}

Outcome Replay(const ReplayArguments& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunReplayCommand(arguments, out, err);
  return {exit_code, out.str(), err.str()};
}

std::string TempPath(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

std::string WriteTemp(const std::string& name, const std::string& content) {
  const std::string path = TempPath(name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The journal of the legacy burst.
std::string JournalPath(const std::string& name) {
  const std::string path = TempPath(name);
  EXPECT_EQ(Simulate({.scenario_path = kLegacyBurst, .journal_path = path}).exit_code, 0);
  return path;
}

// One run, as it was drawn.
SimulateArguments Once(SimulateArguments arguments) {
  arguments.experiment.replications = 1;
  return arguments;
}

TEST(SimulateCommandTest, PrintsTheTableAndOnErrorOutputTheSpeed) {
  const Outcome outcome = Simulate(Once({.scenario_path = kLegacyBurst}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("burst, legacy rule: 2 min of virtual time, seed 1"));
  EXPECT_THAT(outcome.out, testing::ContainsRegex("throttled +3,500 +35.0 %"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("per second")));
  EXPECT_THAT(outcome.err, HasSubstr("million invocations per second"));
}

TEST(SimulateCommandTest, PrintsTheSameEveryTime) {
  const SimulateArguments arguments = Once(
      {.scenario_path = kLegacyBurst, .experiment = {.seed = 9}, .format = OutputFormat::kJson});
  const Outcome outcome = Simulate(arguments);
  EXPECT_EQ(Simulate(arguments).out, outcome.out);
  EXPECT_THAT(outcome.out, HasSubstr("\"seed\": 9"));
  EXPECT_THAT(outcome.out, HasSubstr("\"scaling_rate\": 3500"));
}

TEST(SimulateCommandTest, PrintsIntervalsOfTenReplicationsByDefault) {
  const Outcome table = Simulate({.scenario_path = kFirstLook});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("seed 1, 10 replications"));
  EXPECT_THAT(table.out, HasSubstr("± at 95 %"));
  const Outcome csv = Simulate({.scenario_path = kFirstLook, .format = OutputFormat::kCsv});
  EXPECT_THAT(csv.out, HasSubstr("\r\n,cold_share,share,0.0013"));
}

TEST(SimulateCommandTest, FieldsOfTheScenarioCanBeSet) {
  const Outcome outcome =
      Simulate(Once({.scenario_path = kFirstLook, .experiment = {.sets = {"duration=11m"}}}));
  EXPECT_THAT(outcome.out, HasSubstr("first look: 11 min of virtual time"));
  const Outcome bad =
      Simulate({.scenario_path = kFirstLook, .experiment = {.sets = {"duratio=1m"}}});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("duratio"));
  EXPECT_EQ(Simulate({.scenario_path = kFirstLook, .experiment = {.sets = {"duration"}}}).exit_code,
            2);
}

TEST(SimulateCommandTest, WritesAResultFile) {
  const std::string path = TempPath("first_look.result");
  EXPECT_EQ(Simulate({.scenario_path = kFirstLook, .output_path = path}).exit_code, 0);
  const absl::StatusOr<ResultFile> file = ReadResultFile(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(file->complete());
  EXPECT_TRUE(ExperimentOfFile(*file).ok());
  const Outcome outcome =
      Simulate({.scenario_path = kFirstLook, .output_path = "/no/such/folder/result"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/no/such/folder/result"));
}

TEST(SimulateCommandTest, InterruptedBeforeAnythingIsFinishedItSaysSo) {
  std::ostringstream out;
  std::ostringstream err;
  const std::atomic<bool> cancelled = true;
  EXPECT_EQ(RunSimulateCommand({.scenario_path = kFirstLook},
                               {.out = out, .err = err, .cancelled = &cancelled}),
            130);
  EXPECT_THAT(err.str(), HasSubstr("there is nothing to show"));
  EXPECT_EQ(out.str(), "");
}

TEST(SimulateCommandTest, AsciiChartsHaveNoOtherCharacters) {
  const Outcome outcome = Simulate({.scenario_path = kLegacyBurst, .ascii = true});
  for (const char c : outcome.out) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(SimulateCommandTest, RefusesABadScenarioWithItsLine) {
  const std::string path = WriteTemp("bad.textproto", "duration: '1s'\nfunctons {}\n");
  const Outcome outcome = Simulate({.scenario_path = path});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("bad.textproto:2:"));
  EXPECT_EQ(outcome.out, "");
}

TEST(SimulateCommandTest, FailsWhenTheJournalCannotBeWritten) {
  const Outcome outcome =
      Simulate({.scenario_path = kLegacyBurst, .journal_path = "/no/such/folder/journal"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("create /no/such/folder/journal"));
}

TEST(ReplayCommandTest, FindsEveryActionOfASimulationTheSame) {
  const Outcome outcome = Replay({.journal_path = JournalPath("same.journal")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("every action the same"));
  EXPECT_EQ(outcome.err, "");
}

TEST(ReplayCommandTest, PrintsEventsAndActionsWhenAsked) {
  const Outcome outcome = Replay({.journal_path = JournalPath("verbose.journal"), .verbose = true});
  EXPECT_THAT(outcome.out, HasSubstr("0 s  invocation 0 of function 0 arrived\n"
                                     "    start environment 0."));
}

TEST(ReplayCommandTest, WarnsOfATornTail) {
  const std::string bytes = ReadAll(JournalPath("whole.journal"));
  const std::string path = WriteTemp("torn.journal", bytes.substr(0, bytes.size() - 3));
  const Outcome outcome = Replay({.journal_path = path});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("warning: "));
  EXPECT_THAT(outcome.err, HasSubstr("the last record is incomplete"));
}

TEST(ReplayCommandTest, ADifferenceIsExitCodeOne) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  writer.Record({Instant(), DeadlineReached{}}, {FreezeEnvironment{}});
  ASSERT_TRUE(writer.Flush().ok());
  const Outcome outcome = Replay({.journal_path = WriteTemp("differs.journal", bytes)});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("expected: freeze environment 0.0"));
}

TEST(ReplayCommandTest, WhatIsNoJournalIsExitCodeTwo) {
  EXPECT_EQ(Replay({.journal_path = kLegacyBurst}).exit_code, 2);
  EXPECT_EQ(Replay({.journal_path = "/no/such/file"}).exit_code, 2);
  std::string bytes = ReadAll(JournalPath("damaged.journal"));
  bytes[bytes.size() / 2] ^= 1;
  const Outcome outcome = Replay({.journal_path = WriteTemp("damaged2.journal", bytes)});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("checksum does not match"));
}

}  // namespace
}  // namespace floe::cli
