// What the floe command says, and with which exit code, when it is used wrongly: 2 when it does not
// understand, 1 when what was asked for did not work.

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/daemon/testing/floe_process.h"
#include "tests/daemon/testing/short_directory.h"
#include "tests/node_agent/testing/busybox_root.h"

namespace floe::test {
namespace {

using ::testing::HasSubstr;

// A daemon whose functions are plain processes, so that nothing needs root.
class CommandErrorsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(serve_.WaitForOutput("floe is ready")) << serve_.Output(); }

  std::string Path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string control() const { return "unix:" + Path("socket"); }

  FloeResult Floe(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin() + 1, {"--control", control()});
    return RunFloe(arguments);
  }
  void Expect(const FloeResult& result, int exit_code, const std::string& text) {
    EXPECT_EQ(result.exit_code, exit_code) << result.output;
    EXPECT_THAT(result.output, HasSubstr(text));
  }
  FloeResult Deploy(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"deploy", "f", "--root", root_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Floe(arguments);
  }

  const ShortDirectory directory_;
  const std::string root_ = node_agent::MakeBusyboxRoot(directory_.path());
  FloeProcess serve_{{"serve", "--listen", "", "--http-trigger", "", "--control", control(),
                      "--runtime", "process", "--state-directory", Path("state")}};
};

TEST(CommandUsageTest, IsExplainedWithExitCodeTwo) {
  const struct {
    std::vector<std::string> arguments;
    std::string text;
  } cases[] = {
      {{}, "A subcommand is required"},
      {{"fly"}, "there is no command 'fly'"},
      {{"serve", "--no-such-flag"}, "--no-such-flag"},
      {{"serve", "--keep-alive", "soon"}, "--keep-alive: 'soon' is no length of time"},
      {{"serve", "--keep-alive", "-1s"}, "--keep-alive"},
      {{"serve", "--lease", "never"}, "--lease: 'never' is no length of time"},
      {{"serve", "--account-concurrency", "0"}, "--account-concurrency"},
      {{"serve", "--account-concurrency", "many"}, "--account-concurrency"},
      {{"serve", "--scaling-rule", "fast"}, "--scaling-rule"},
      {{"agent"}, "--orchestrator is required"},
      {{"deploy"}, "name is required"},
      {{"deploy", "f"}, "exactly one of --image, --root and --task"},
      {{"deploy", "f", "--root", "/", "--timeout", "soon"}, "'soon' is no length of time"},
      {{"deploy", "f", "--root", "/", "--memory", "lots"}, "--memory"},
      {{"deploy", "f", "--root", "/", "--env", "NAME"}, "write NAME=VALUE"},
      {{"deploy", "f", "--task", "/"}, "--task and --base go together"},
      {{"reserve", "f"}, "give a number, or --remove"},
      {{"reserve", "f", "-1"}, "concurrency: Value -1 not in range 0 to 1000000"},
      {{"invoke"}, "name is required"},
      {{"replay"}, "FILE is required"},
      {{"replay", "/nonexistent/journal"}, "/nonexistent/journal"},
  };
  for (const auto& wrong : cases) {
    const FloeResult result = RunFloe(wrong.arguments);
    SCOPED_TRACE(::testing::PrintToString(wrong.arguments));
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr(wrong.text));
  }
}

TEST(CommandUsageTest, DaemonThatIsNotThereIsNamed) {
  const std::string nowhere = "unix:/nonexistent/control.sock";
  for (const char* command : {"list", "environments", "limits", "metrics"}) {
    const FloeResult result = RunFloe({command, "--control", nowhere});
    EXPECT_EQ(result.exit_code, 1) << command << result.output;
    EXPECT_THAT(result.output, HasSubstr("no daemon answers at " + nowhere));
    EXPECT_THAT(result.output, HasSubstr("floe serve"));
  }
}

TEST(CommandUsageTest, HelpIsNoError) {
  EXPECT_EQ(RunFloe({"--help"}).exit_code, 0);
  EXPECT_EQ(RunFloe({"serve", "--help"}).exit_code, 0);
  EXPECT_EQ(RunFloe({"--version"}).output, "floe 0.1.0\n");
}

TEST_F(CommandErrorsTest, UnknownFunctionIsNamed) {
  Expect(Floe({"invoke", "nobody"}), 1, "nobody");
  Expect(Floe({"delete", "nobody"}), 1, "nobody");
  Expect(Floe({"reserve", "nobody", "1"}), 1, "nobody");
}

TEST_F(CommandErrorsTest, ImageThatIsNotThereIsNamed) {
  // Looked up by the command itself, which is where the path means something.
  Expect(Floe({"deploy", "f", "--image", "/nonexistent/image"}), 2, "/nonexistent/image");
  Expect(Floe({"deploy", "f", "--root", "/nonexistent/root"}), 2, "/nonexistent/root");
}

TEST_F(CommandErrorsTest, MemoryIsChecked) {
  Expect(Deploy({"--memory", "127"}), 1, "127");
  Expect(Deploy({"--memory", "10241"}), 1, "10241");
  Expect(Deploy({"--memory", "99999999999"}), 1, "memory_mib is 99999999999");
  Expect(Deploy({"--memory", "128"}), 0, "deployed f: 128 MiB");
  Expect(Deploy({"--memory", "10240"}), 0, "deployed f: 10240 MiB");
}

TEST_F(CommandErrorsTest, TimeoutIsChecked) {
  Expect(Deploy({"--timeout", "0s"}), 1, "timeout");
  Expect(Deploy({"--timeout", "901s"}), 1, "timeout");
  Expect(Deploy({"--timeout", "1s"}), 0, "time-out 1 s");
  Expect(Deploy({"--timeout", "900s"}), 0, "time-out 900 s");
}

TEST_F(CommandErrorsTest, PayloadThatIsNotJsonIsRefused) {
  ASSERT_EQ(Deploy({}).exit_code, 0);
  Expect(Floe({"invoke", "f", "--payload", "{not json"}), 1, "JSON");
  Expect(Floe({"invoke", "f", "--payload", "@/nonexistent/payload"}), 1, "/nonexistent/payload");
}

TEST_F(CommandErrorsTest, FunctionNameIsChecked) {
  Expect(Floe({"deploy", "a b", "--root", root_}), 1, "a b");
}

}  // namespace
}  // namespace floe::test
