#include "node_agent/container/process_container_runtime.h"
#include "tests/node_agent/container/container_contract.h"
#include "tests/node_agent/testing/busybox_root.h"

namespace floe::node_agent {
namespace {

INSTANTIATE_TEST_SUITE_P(Process, ContainerContractTest, testing::Values(MakeHarness([] {
                           auto runtime = ProcessContainerRuntime::Create({});
                           EXPECT_TRUE(runtime.ok()) << runtime.status();
                           return runtime.ok() ? MakeScriptHarness(*std::move(runtime)) : nullptr;
                         })),
                         [](const auto&) { return "Default"; });

TEST(ProcessContainerRuntimeTest, SaysOnStderrThatItIsolatesNothing) {
  testing::internal::CaptureStderr();
  ASSERT_TRUE(ProcessContainerRuntime::Create({}).ok());
  EXPECT_NE(testing::internal::GetCapturedStderr().find("ISOLATES NOTHING"), std::string::npos);
}

TEST(ProcessContainerRuntimeTest, FindsTheEntrypointBelowAMount) {
  const TemporaryDirectory directory;
  const std::string root = MakeBusyboxRoot(directory.path());
  auto runtime = ProcessContainerRuntime::Create({});
  ASSERT_TRUE(runtime.ok()) << runtime.status();
  RecordingObserver observer;
  auto container = (*runtime)->Create({.name = "mounted",
                                       .root_directory = root,
                                       .mounts = {{root + "/bin", "/var/task"}},
                                       .arguments = {"/var/task/sh", "-c", "pwd"},
                                       .variables = {},
                                       .working_directory = "/var/task"},
                                      &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  const absl::StatusOr<uint64_t> run = (*container)->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_TRUE(observer.WaitForExit(*run).has_value());
  EXPECT_EQ(observer.output(), root + "/bin\n");
}

}  // namespace
}  // namespace floe::node_agent
