#include "node_agent/container/container_spec_check.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe::node_agent {
namespace {

using ::testing::ElementsAre;

ContainerSpec Valid() {
  return {.name = "a", .root_directory = "/", .arguments = {"run"}};
}

bool IsValid(const ContainerSpec& spec) {
  return CheckContainerSpec(spec).ok();
}

TEST(ContainerSpecCheckTest, NumbersAreTakenUpToTheirBoundsAndNotBeyond) {
  ContainerSpec spec = Valid();
  spec.memory_mib = kMemoryMibMin;
  spec.tmp_mib = kTmpMibMax;
  spec.processes_max = kProcessesMin;
  spec.open_files_max = kOpenFilesMax;
  EXPECT_TRUE(IsValid(spec));
  spec.memory_mib = kMemoryMibMin - 1;
  EXPECT_FALSE(IsValid(spec));
  spec = Valid();
  spec.memory_mib = kMemoryMibMax + 1;
  EXPECT_FALSE(IsValid(spec));
  spec = Valid();
  spec.tmp_mib = kTmpMibMax + 1;
  EXPECT_FALSE(IsValid(spec));
  spec = Valid();
  spec.processes_max = kProcessesMax + 1;
  EXPECT_FALSE(IsValid(spec));
}

TEST(ContainerSpecCheckTest, NameHas1To63LowerCaseLettersDigitsAndDashes) {
  ContainerSpec spec = Valid();
  spec.name = std::string(63, 'z');
  EXPECT_TRUE(IsValid(spec));
  spec.name += 'z';
  EXPECT_FALSE(IsValid(spec));
  spec.name = "a/b";
  EXPECT_FALSE(IsValid(spec));
  spec.name = "a-0";
  EXPECT_TRUE(IsValid(spec));
}

TEST(ContainerSpecCheckTest, StringsWithZeroBytesAreRefused) {
  ContainerSpec spec = Valid();
  spec.arguments.push_back(std::string("a\0b", 3));
  EXPECT_FALSE(IsValid(spec));
  spec = Valid();
  spec.working_directory = std::string("/a\0b", 4);
  EXPECT_FALSE(IsValid(spec));
}

TEST(ContainerSpecCheckTest, ArgumentsMayBeLongButNotLongerThanTheKernelTakes) {
  ContainerSpec spec = Valid();
  spec.arguments.push_back(std::string(kArgumentBytesMax, 'x'));
  EXPECT_TRUE(IsValid(spec));
  spec.arguments.back() += 'x';
  EXPECT_FALSE(IsValid(spec));
}

TEST(ContainerSpecCheckTest, AddressOfTheRuntimeApiIsNotTheCallersToSet) {
  ContainerSpec spec = Valid();
  spec.variables = {"AWS_LAMBDA_RUNTIME_API=elsewhere"};
  EXPECT_FALSE(IsValid(spec));
}

TEST(EntrypointPathsTest, PathWithASlashIsTakenAsItIs) {
  ContainerSpec spec = Valid();
  spec.arguments = {"./run"};
  EXPECT_THAT(EntrypointPaths(spec), ElementsAre("./run"));
}

TEST(EntrypointPathsTest, NameIsLookedForInThePathOfTheVariables) {
  ContainerSpec spec = Valid();
  spec.variables = {"X=1", "PATH=/a:/b::/c"};
  EXPECT_THAT(EntrypointPaths(spec), ElementsAre("/a/run", "/b/run", "run", "/c/run"));
  spec.variables = {};
  EXPECT_THAT(EntrypointPaths(spec), ElementsAre("/usr/local/bin/run", "/usr/bin/run", "/bin/run"));
}

}  // namespace
}  // namespace floe::node_agent
