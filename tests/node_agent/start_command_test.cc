#include "node_agent/start_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace floe::node_agent {
namespace {

using Strings = std::vector<std::string>;

PreparedCode Image() {
  PreparedCode code;
  code.root_directory = "/images/thumbnailer";
  code.entry_point = {"/entry"};
  code.command = {"a", "b"};
  code.variables = {"PATH=/bin", "COLOUR=red"};
  code.working_directory = "/work";
  return code;
}

TEST(StartCommandTest, TakesWhatTheImageSays) {
  v1::StartEnvironmentCommand command;
  command.set_memory_mib(256);
  command.set_tmp_mib(1'024);
  command.set_network(v1::FUNCTION_NETWORK_ISOLATED);

  const ContainerSpec spec = ToContainerSpec("e1", command, Image());

  EXPECT_EQ(spec.name, "e1");
  EXPECT_EQ(spec.root_directory, "/images/thumbnailer");
  EXPECT_EQ(spec.arguments, (Strings{"/entry", "a", "b"}));
  EXPECT_EQ(spec.variables, (Strings{"PATH=/bin", "COLOUR=red"}));
  EXPECT_EQ(spec.working_directory, "/work");
  EXPECT_EQ(spec.memory_mib, 256);
  EXPECT_EQ(spec.tmp_mib, 1'024);
  EXPECT_EQ(spec.network, ContainerNetwork::kIsolated);
}

TEST(StartCommandTest, CodeWithoutAPathGetsTheOneOfOtherContainers) {
  PreparedCode code = Image();
  code.variables = {"MANPATH=/man"};
  EXPECT_EQ(ToContainerSpec("e1", v1::StartEnvironmentCommand(), code).variables,
            (Strings{"MANPATH=/man",
                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}));
}

TEST(StartCommandTest, TheCommandReplacesEntrypointCommandAndDirectory) {
  v1::StartEnvironmentCommand command;
  command.add_entry_point("/other");
  command.add_command("c");
  command.set_working_directory("/elsewhere");
  command.set_network(v1::FUNCTION_NETWORK_HOST);

  const ContainerSpec spec = ToContainerSpec("e1", command, Image());

  EXPECT_EQ(spec.arguments, (Strings{"/other", "c"}));
  EXPECT_EQ(spec.working_directory, "/elsewhere");
  EXPECT_EQ(spec.network, ContainerNetwork::kHost);
}

TEST(StartCommandTest, EntrypointAndCommandAreReplacedIndependently) {
  v1::StartEnvironmentCommand command;
  command.add_command("c");
  EXPECT_EQ(ToContainerSpec("e1", command, Image()).arguments, (Strings{"/entry", "c"}));
}

TEST(StartCommandTest, VariablesOfTheCommandWinOneByOne) {
  v1::StartEnvironmentCommand command;
  command.add_variables("COLOUR=blue");
  command.add_variables("EMPTY=");
  command.add_variables("SUM=1+1=2");
  EXPECT_EQ(ToContainerSpec("e1", command, Image()).variables,
            (Strings{"PATH=/bin", "COLOUR=blue", "EMPTY=", "SUM=1+1=2"}));
}

TEST(StartCommandTest, WithoutAnyDirectoryTheRootIsTheWorkingDirectory) {
  PreparedCode code = Image();
  code.working_directory = "";
  EXPECT_EQ(ToContainerSpec("e1", {}, code).working_directory, "/");
}

TEST(StartCommandTest, EverySourceOfCodeIsKnownAndNoneIsRefused) {
  v1::FunctionCode code;
  EXPECT_EQ(ToCodeLocation(code).status().code(), absl::StatusCode::kInvalidArgument);
  code.set_oci_image("/image");
  EXPECT_EQ(ToCodeLocation(code)->source, CodeSource::kOciImage);
  EXPECT_EQ(ToCodeLocation(code)->path, "/image");
  code.set_root_directory("/root");
  EXPECT_EQ(ToCodeLocation(code)->source, CodeSource::kRootDirectory);
  EXPECT_EQ(ToCodeLocation(code)->path, "/root");
  code.set_task_directory("/task");
  code.set_base_root("/base");
  EXPECT_EQ(ToCodeLocation(code)->source, CodeSource::kTaskDirectory);
  EXPECT_EQ(ToCodeLocation(code)->path, "/task");
  EXPECT_EQ(ToCodeLocation(code)->base_root, "/base");
}

class RunFailureTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/floe-root-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    std::filesystem::create_directories(directory_ + "/root/work");
    std::filesystem::create_directories(directory_ + "/task/inner");
    spec_.root_directory = directory_ + "/root";
    spec_.mounts = {{directory_ + "/task", "/var/task"}};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string TypeIn(const std::string& working_directory) {
    spec_.working_directory = working_directory;
    return DescribeRunFailure(absl::NotFoundError("gone"), spec_).error_type;
  }

  std::string directory_;
  ContainerSpec spec_;
};

TEST_F(RunFailureTest, AMissingFileIsTheEntrypointWhenTheWorkingDirectoryIsThere) {
  EXPECT_EQ(TypeIn("/"), "Runtime.InvalidEntrypoint");
  EXPECT_EQ(TypeIn("/work"), "Runtime.InvalidEntrypoint");
  EXPECT_EQ(TypeIn("/var/task"), "Runtime.InvalidEntrypoint");
  EXPECT_EQ(TypeIn("/var/task/inner"), "Runtime.InvalidEntrypoint");
  EXPECT_EQ(TypeIn("/tmp"), "Runtime.InvalidWorkingDir");  // This root lacks it.
}

TEST_F(RunFailureTest, AMissingWorkingDirectoryIsNamed) {
  EXPECT_EQ(TypeIn("/nowhere"), "Runtime.InvalidWorkingDir");
  EXPECT_EQ(TypeIn("/work/nowhere"), "Runtime.InvalidWorkingDir");
  EXPECT_EQ(TypeIn("/var/task/nowhere"), "Runtime.InvalidWorkingDir");
  EXPECT_EQ(TypeIn("/tmp/nowhere"), "Runtime.InvalidWorkingDir");
}

TEST_F(RunFailureTest, LinksOfTheImageDoNotLeadToTheHost) {
  std::filesystem::create_symlink(directory_ + "/task", directory_ + "/root/out");
  EXPECT_EQ(TypeIn("/out"), "Runtime.InvalidWorkingDir");
}

TEST_F(RunFailureTest, NotExecutableAndNotAProgramAreTheEntrypointsFault) {
  const RuntimeFailure denied = DescribeRunFailure(absl::PermissionDeniedError("no x"), spec_);
  EXPECT_EQ(denied.error_type, "Runtime.InvalidEntrypoint");
  EXPECT_EQ(denied.message, "no x");
  EXPECT_EQ(DescribeRunFailure(absl::InvalidArgumentError("not ELF"), spec_).error_type,
            "Runtime.InvalidEntrypoint");
}

TEST_F(RunFailureTest, WhateverElseGoesWrongIsTheSandbox) {
  EXPECT_EQ(DescribeRunFailure(absl::InternalError("clone3"), spec_).error_type, "Sandbox.Failure");
  EXPECT_EQ(DescribeSandboxFailure(absl::NotFoundError("image")).error_type, "Sandbox.Failure");
  EXPECT_EQ(DescribeMissingEntrypoint().error_type, "Runtime.InvalidEntrypoint");
}

}  // namespace
}  // namespace floe::node_agent
