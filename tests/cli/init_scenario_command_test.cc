#include "cli/init_scenario_command.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "cli/scenario_templates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_file.h"

namespace floe::cli {
namespace {

using testing::HasSubstr;

class InitScenarioCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(testing::TempDir(), "/",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  int Run(const InitScenarioArguments& arguments) {
    out_.str("");
    err_.str("");
    return RunInitScenarioCommand(arguments, out_, err_);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(InitScenarioCommandTest, EveryKindIsAValidScenario) {
  for (const ScenarioTemplate& scenario : ScenarioTemplates()) {
    const std::string kind(scenario.kind);
    const std::string path = Path(kind + ".textproto");
    ASSERT_EQ(Run({.path = path, .kind = kind}), kExitOk) << err_.str();
    const absl::StatusOr<Scenario> read = ReadScenarioFile(path);
    EXPECT_TRUE(read.ok()) << kind << ": " << read.status();
  }
}

TEST_F(InitScenarioCommandTest, SaysWhatToDoNext) {
  const std::string path = Path("s.textproto");
  ASSERT_EQ(Run({.path = path}), kExitOk);
  EXPECT_THAT(err_.str(), HasSubstr("next: floe simulate " + path));
  EXPECT_EQ(out_.str(), "");
}

TEST_F(InitScenarioCommandTest, RefusesToOverwrite) {
  const std::string path = Path("s.textproto");
  std::ofstream(path) << "mine";
  EXPECT_EQ(Run({.path = path}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("there is such a file already"));
  EXPECT_EQ(ContentOf(path), "mine");
}

TEST_F(InitScenarioCommandTest, RefusesToOverwriteTheDataOfATraceOrToLeaveThemAlone) {
  std::ofstream(Path("a.csv")) << "mine";
  EXPECT_EQ(Run({.path = Path("a.textproto"), .kind = "trace"}), kExitFailed);
  EXPECT_EQ(ContentOf(Path("a.csv")), "mine");
  EXPECT_FALSE(std::filesystem::exists(Path("a.textproto")));
  std::ofstream(Path("b.textproto")) << "mine";
  EXPECT_EQ(Run({.path = Path("b.textproto"), .kind = "trace"}), kExitFailed);
  EXPECT_FALSE(std::filesystem::exists(Path("b.csv")));
  EXPECT_EQ(Run({.path = Path("c.csv"), .kind = "trace"}), kExitFailed);
  EXPECT_FALSE(std::filesystem::exists(Path("c.csv")));
}

TEST_F(InitScenarioCommandTest, AFolderThatIsNotThereIsTold) {
  EXPECT_EQ(Run({.path = Path("none/s.textproto")}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("floe: write "));
}

TEST_F(InitScenarioCommandTest, PrintsInsteadOfWriting) {
  EXPECT_EQ(Run({.path = "-", .kind = "queue"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("batch_size: 10"));
  EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(InitScenarioCommandTest, AnUnknownKindIsRefused) {
  EXPECT_EQ(Run({.path = "-", .kind = "apis"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("there is no kind \"apis\""));
}

TEST_F(InitScenarioCommandTest, ListsEveryField) {
  EXPECT_EQ(Run({.list_fields = true}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\naccount.concurrency "));
  EXPECT_THAT(out_.str(), HasSubstr("one of REUSE_ORDER_NEWEST_FIRST, "));
}

}  // namespace
}  // namespace floe::cli
