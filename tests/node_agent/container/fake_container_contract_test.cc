#include "node_agent/container/fake_container_runtime.h"
#include "tests/node_agent/container/container_contract.h"

namespace floe::node_agent {
namespace {

class FakeHarness final : public ContractHarness {
 public:
  FakeHarness() {
    runtime_.SetProgram("/missing", {.start = absl::NotFoundError("execute /missing")});
    runtime_.SetProgram("/closed", {.start = absl::PermissionDeniedError("execute /closed")});
    runtime_.SetProgram("/text", {.start = absl::InvalidArgumentError("execute /text")});
  }
  ContainerRuntime& runtime() override { return runtime_; }
  bool runs_scripts() const override { return false; }
  ContainerSpec RunsForEver() override { return Running("/endless"); }
  ContainerSpec PrintsAndExits(const std::string& text, int code) override {
    runtime_.SetProgram("/short", {.output = text, .exit = ProcessExit{.code = code}});
    return Running("/short");
  }
  ContainerSpec MissingEntrypoint() override { return Running("/missing"); }
  ContainerSpec NotExecutable() override { return Running("/closed"); }
  ContainerSpec NotAProgram() override { return Running("/text"); }
  ContainerSpec MissingWorkingDirectory() override { return Running("/missing"); }
  ContainerSpec Script(const std::string&) override { return {}; }

 private:
  ContainerSpec Running(const std::string& program) {
    return {.name = UniqueContainerName(), .root_directory = "/", .arguments = {program}};
  }
  FakeContainerRuntime runtime_;
};

INSTANTIATE_TEST_SUITE_P(Fake, ContainerContractTest, testing::Values(MakeHarness([] {
                           return std::make_unique<FakeHarness>();
                         })),
                         [](const auto&) { return "Default"; });

ContainerSpec Endless() {
  return {.name = "one", .root_directory = "/", .arguments = {"/endless"}};
}

TEST(FakeContainerRuntimeTest, TestEndsTheEntrypointAndTheObserverHearsOfIt) {
  FakeContainerRuntime runtime;
  RecordingObserver observer;
  auto container = runtime.Create(Endless(), &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  EXPECT_EQ(runtime.EndEntrypoint("one", {}).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE((*container)->Run().ok());

  ASSERT_TRUE(runtime.WriteOutput("one", "hi").ok());
  ASSERT_TRUE(
      runtime.EndEntrypoint("one", {.kind = ProcessExit::Kind::kOutOfMemory, .code = 9}).ok());

  EXPECT_EQ(observer.WaitForExit(1)->kind, ProcessExit::Kind::kOutOfMemory);
  EXPECT_EQ(observer.output(), "hi");
}

TEST(FakeContainerRuntimeTest, ViewShowsSpecStateAndRuns) {
  FakeContainerRuntime runtime;
  RecordingObserver observer;
  auto container = runtime.Create(Endless(), &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  EXPECT_EQ(runtime.Find("one")->state, FakeContainerState::kEmpty);
  ASSERT_TRUE((*container)->Run().ok());
  ASSERT_TRUE((*container)->Freeze().ok());
  EXPECT_EQ(runtime.Find("one")->state, FakeContainerState::kFrozen);
  EXPECT_EQ(runtime.Find("one")->run, 1u);
  EXPECT_EQ(runtime.Find("one")->spec.arguments[0], "/endless");
  container->reset();
  EXPECT_FALSE(runtime.Find("one").has_value());
}

TEST(FakeContainerRuntimeTest, CreateFailsOnceWhenAskedTo) {
  FakeContainerRuntime runtime;
  RecordingObserver observer;
  runtime.FailNextCreate(absl::ResourceExhaustedError("full"));
  EXPECT_EQ(runtime.Create(Endless(), &observer).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(runtime.Create(Endless(), &observer).ok());
}

}  // namespace
}  // namespace floe::node_agent
