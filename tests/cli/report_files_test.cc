#include "cli/report_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/time.h"
#include "cli/flags.h"
#include "cli/report_command.h"
#include "experiment/experiment.h"
#include "experiment/result_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"

namespace floe::cli {
namespace {

using testing::HasSubstr;

Scenario Ticker() {
  Scenario scenario{.name = "ticker", .duration = Duration::Minutes(1)};
  scenario.functions = {ScenarioFunction{.name = "tick"}};
  scenario.functions[0].arrivals = {IntervalArrivals{.interval = Duration::Seconds(10)}};
  return scenario;
}

class CountingRecorder final : public Recorder {
 public:
  void Record(const TimedEvent&, const Actions&) override { ++events; }
  int events = 0;
};

class ReportFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(testing::TempDir(), "/",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Runs the scenario once, with these files.
  absl::StatusOr<ExperimentResult> Run(ReportFiles& files) {
    return RunExperiment(scenario_,
                         {.replications = 1, .threads = 1, .recorder = files.recorder()});
  }

  Scenario scenario_ = Ticker();
  std::string folder_;
  std::ostringstream err_;
};

TEST_F(ReportFilesTest, WithoutPathsTheJournalListensAlone) {
  CountingRecorder journal;
  const auto files = ReportFiles::Open({}, scenario_, &journal);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)->recorder(), &journal);
  const auto nobody = ReportFiles::Open({}, scenario_, nullptr);
  ASSERT_TRUE(nobody.ok()) << nobody.status();
  EXPECT_EQ((*nobody)->recorder(), nullptr);
}

TEST_F(ReportFilesTest, PageTraceAndJournalComeFromTheSameRun) {
  CountingRecorder journal;
  const auto files = ReportFiles::Open({.html = Path("page.html"), .chrome_trace = Path("trace")},
                                       scenario_, &journal);
  ASSERT_TRUE(files.ok()) << files.status();
  const absl::StatusOr<ExperimentResult> result = Run(**files);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE((*files)->Write(*result, err_).ok());
  EXPECT_GE(journal.events, 12);
  EXPECT_THAT(Read("page.html"), HasSubstr(R"({"function":"tick","name":"#1","spans":[)"));
  EXPECT_THAT(Read("trace"), HasSubstr(R"("args":{"name":"tick"})"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ReportFilesTest, APathThatCannotBeWrittenIsRefusedBeforeTheRun) {
  const auto files =
      ReportFiles::Open({.html = Path("no/such/folder/page.html")}, scenario_, nullptr);
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound) << files.status();
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("no/such/folder/page.html"));
}

TEST_F(ReportFilesTest, AResultFileGivesAPageOfItsOwn) {
  const auto files = ReportFiles::Open({}, scenario_, nullptr);
  ASSERT_TRUE(files.ok()) << files.status();
  absl::StatusOr<ExperimentResult> result = Run(**files);
  ASSERT_TRUE(result.ok()) << result.status();
  result->scenario_text =
      "name: \"ticker\" duration: \"1m\" account { concurrency: 321 }\n"
      "functions { name: \"tick\" arrivals { constant { interval: \"10s\" } } }\n";
  ASSERT_TRUE(WriteResultFile(Path("result"), FileOfExperiment(*result)).ok());
  EXPECT_EQ(RunReportCommand({.result_path = Path("result"), .html_path = Path("page.html")}, err_),
            kExitOk);
  EXPECT_THAT(Read("page.html"), HasSubstr(R"("limits":{"account_concurrency":321})"));
  EXPECT_EQ(err_.str(), "");
}

TEST_F(ReportFilesTest, WhatIsNoResultFileIsRefused) {
  std::ofstream(Path("result")) << "name: \"x\"\n";
  EXPECT_EQ(RunReportCommand({.result_path = Path("result"), .html_path = Path("page.html")}, err_),
            kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("floe: "));
  EXPECT_FALSE(std::filesystem::exists(Path("page.html")));
}

}  // namespace
}  // namespace floe::cli
