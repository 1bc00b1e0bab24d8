#include "orchestrator/live/environment_variables.h"

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "orchestrator/live/uuid.h"

namespace floe::live {
namespace {

constexpr char kStream[] = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef";

FunctionSpec Spec(CodeSource source) {
  FunctionSpec spec;
  spec.name = "f";
  spec.source = source;
  spec.memory_mib = 256;
  return spec;
}

TEST(EnvironmentVariablesTest, ATaskDirectoryGetsAllOfThem) {
  FunctionSpec spec = Spec(CodeSource::kTaskDirectory);
  spec.handler = "main.handler";
  spec.variables = {{"MINE", "1"}};
  const std::vector<std::string> expected = {
      "AWS_ACCESS_KEY_ID=FLOELOCALACCESSKEYID",
      "AWS_DEFAULT_REGION=eu-west-1",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
      "AWS_LAMBDA_FUNCTION_NAME=f",
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f",
      std::string("AWS_LAMBDA_LOG_STREAM_NAME=") + kStream,
      "AWS_REGION=eu-west-1",
      "AWS_SECRET_ACCESS_KEY=floe-local-secret-access-key",
      "AWS_SESSION_TOKEN=floe-local-session-token",
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "LAMBDA_TASK_ROOT=/var/task",
      "LANG=en_US.UTF-8",
      "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:"
      "/var/task/lib:/opt/lib",
      "MINE=1",
      "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
      "TZ=:UTC",
      "_HANDLER=main.handler"};
  EXPECT_EQ(EnvironmentVariables(spec, {.region = "eu-west-1", .log_stream_name = kStream}),
            expected);
}

TEST(EnvironmentVariablesTest, AnImageBringsItsOwnPaths) {
  const auto lines = EnvironmentVariables(Spec(CodeSource::kOciImage),
                                          {.region = "us-east-1", .log_stream_name = kStream});
  EXPECT_EQ(lines.size(), 14u);
  for (const std::string& line : lines) {
    EXPECT_NE(line.rfind("PATH=", 0), 0u);
    EXPECT_NE(line.rfind("LANG=", 0), 0u);
    EXPECT_NE(line.rfind("LD_LIBRARY_PATH=", 0), 0u);
    EXPECT_NE(line.rfind("_HANDLER=", 0), 0u);
  }
}

TEST(EnvironmentVariablesTest, FunctionsOverrideDefaultsButNotReservedNames) {
  FunctionSpec spec = Spec(CodeSource::kRootDirectory);
  spec.variables = {{"PATH", "/mine"},
                    {"AWS_REGION", "mars"}};  // The second by no way but a defect.
  const auto lines =
      EnvironmentVariables(spec, {.region = "us-east-1", .log_stream_name = kStream});
  EXPECT_NE(std::find(lines.begin(), lines.end(), "PATH=/mine"), lines.end());
  EXPECT_NE(std::find(lines.begin(), lines.end(), "AWS_REGION=us-east-1"), lines.end());
}

TEST(EnvironmentVariablesTest, LogStreamNamesHaveTheDateAndRandomDigits) {
  const std::string name = MakeLogStreamName(absl::FromUnixSeconds(1'700'000'000));
  EXPECT_TRUE(std::regex_match(name, std::regex(R"(2023/11/14/\[\$LATEST\][0-9a-f]{32})"))) << name;
}

TEST(UuidTest, IsOfVersionFourAndNeverTheSame) {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const std::string uuid = MakeUuid();
    ASSERT_TRUE(std::regex_match(uuid, form)) << uuid;
    ASSERT_TRUE(seen.insert(uuid).second) << uuid;
  }
}

TEST(UuidTest, TraceIdsAreNotSampled) {
  const std::string trace = MakeTraceId(0x6553f100);
  EXPECT_TRUE(std::regex_match(
      trace, std::regex("Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0")))
      << trace;
}

}  // namespace
}  // namespace floe::live
