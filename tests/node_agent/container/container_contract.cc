#include "tests/node_agent/container/container_contract.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace floe::node_agent {

std::string UniqueContainerName() {
  static std::atomic<int> counter = 0;
  return "c" + std::to_string(++counter);
}

void ContainerContractTest::SetUp() {
  harness_ = GetParam()();
}

std::unique_ptr<Container> ContainerContractTest::MakeContainer(const ContainerSpec& spec) {
  absl::StatusOr<std::unique_ptr<Container>> container =
      harness_->runtime().Create(spec, &observer_);
  EXPECT_TRUE(container.ok()) << container.status();
  return container.ok() ? *std::move(container) : nullptr;
}

// Every test begins with this: without a harness there is nothing to test.
#define NEED_HARNESS() \
  if (harness_ == nullptr) return

TEST_P(ContainerContractTest, EntrypointThatEndsIsReportedOnceWithItsCode) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->PrintsAndExits("hello\n", 3));

  const absl::StatusOr<uint64_t> run = container->Run();

  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(*run, 1u);
  const std::optional<ProcessExit> exit = observer_.WaitForExit(*run);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->kind, ProcessExit::Kind::kExited);
  EXPECT_EQ(exit->code, 3);
  EXPECT_EQ(observer_.exits().size(), 1u);
}

TEST_P(ContainerContractTest, OutputComesBeforeTheEnd) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->PrintsAndExits("hello\n", 0));
  const absl::StatusOr<uint64_t> run = container->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_TRUE(observer_.WaitForExit(*run).has_value());
  EXPECT_EQ(observer_.output(), "hello\n");
}

TEST_P(ContainerContractTest, RunsAreNumberedFromOneAndCanFollowEachOther) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->PrintsAndExits("", 0));
  for (uint64_t expected = 1; expected <= 3; ++expected) {
    const absl::StatusOr<uint64_t> run = container->Run();
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(*run, expected);
    ASSERT_TRUE(observer_.WaitForExit(*run).has_value());
  }
}

TEST_P(ContainerContractTest, SecondRunIsRefusedWhileTheFirstGoesOn) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  ASSERT_TRUE(container->Run().ok());
  EXPECT_EQ(container->Run().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(ContainerContractTest, KilledEntrypointIsNotReportedAndCanRunAgain) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  ASSERT_TRUE(container->Run().ok());

  EXPECT_TRUE(container->KillProcesses().ok());
  EXPECT_TRUE(container->KillProcesses().ok());

  const absl::StatusOr<uint64_t> second = container->Run();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*second, 2u);
  // The second run goes on: were it dead, its end would be reported within moments.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(observer_.exits().empty());
  EXPECT_EQ(container->Run().status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(ContainerContractTest, EveryCallIsFineWithoutProcesses) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  EXPECT_TRUE(container->Freeze().ok());
  EXPECT_TRUE(container->Thaw().ok());
  EXPECT_TRUE(container->KillProcesses().ok());
  EXPECT_TRUE(container->Freeze().ok());
  EXPECT_TRUE(container->Run().ok());
}

TEST_P(ContainerContractTest, FreezingAndThawingTwiceIsFine) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  ASSERT_TRUE(container->Run().ok());
  EXPECT_TRUE(container->Freeze().ok());
  EXPECT_TRUE(container->Freeze().ok());
  EXPECT_EQ(container->Run().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(container->Thaw().ok());
  EXPECT_TRUE(container->Thaw().ok());
  EXPECT_TRUE(observer_.exits().empty());
}

TEST_P(ContainerContractTest, FrozenContainerCanBeKilledAndRunsAgainUnfrozen) {
  NEED_HARNESS();
  const auto endless = MakeContainer(harness_->RunsForEver());
  ASSERT_TRUE(endless->Run().ok());
  ASSERT_TRUE(endless->Freeze().ok());

  EXPECT_TRUE(endless->KillProcesses().ok());

  EXPECT_TRUE(endless->Run().ok());
  EXPECT_TRUE(observer_.exits().empty());
}

TEST_P(ContainerContractTest, FrozenContainerCanBeDestroyed) {
  NEED_HARNESS();
  auto container = MakeContainer(harness_->RunsForEver());
  ASSERT_TRUE(container->Run().ok());
  ASSERT_TRUE(container->Freeze().ok());
  container.reset();
  EXPECT_TRUE(observer_.exits().empty());
}

TEST_P(ContainerContractTest, WhatCannotBeRunIsRefusedWithItsReason) {
  NEED_HARNESS();
  EXPECT_EQ(MakeContainer(harness_->MissingEntrypoint())->Run().status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(MakeContainer(harness_->MissingWorkingDirectory())->Run().status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(MakeContainer(harness_->NotExecutable())->Run().status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(MakeContainer(harness_->NotAProgram())->Run().status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(ContainerContractTest, FailedRunLeavesTheContainerUsableAndUncounted) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->MissingEntrypoint());
  EXPECT_FALSE(container->Run().ok());
  EXPECT_FALSE(container->Run().ok());
  EXPECT_TRUE(container->KillProcesses().ok());
  EXPECT_TRUE(observer_.exits().empty());
}

TEST_P(ContainerContractTest, SpecOutOfRangeIsInvalid) {
  NEED_HARNESS();
  const auto code_of = [this](const std::function<void(ContainerSpec&)>& change) {
    ContainerSpec spec = harness_->RunsForEver();
    change(spec);
    return harness_->runtime().Create(spec, &observer_).status().code();
  };
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.name = "Upper"; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.name = ""; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.name = std::string(64, 'a'); }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.arguments.clear(); }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.memory_mib = 15; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.tmp_mib = 0; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.processes_max = 0; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.open_files_max = 15; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.working_directory = "tmp"; }), kInvalid);
  EXPECT_EQ(code_of([](ContainerSpec& spec) { spec.variables = {"NO_EQUALS"}; }), kInvalid);
}

TEST_P(ContainerContractTest, RuntimeApiListenerListensAndIsGivenOnce) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  const int listener = container->TakeRuntimeApiListener();
  ASSERT_GE(listener, 0);
  int listening = 0;
  socklen_t length = sizeof(listening);
  EXPECT_EQ(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length), 0);
  EXPECT_EQ(listening, 1);
  sockaddr_in address = {};
  length = sizeof(address);
  EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  EXPECT_EQ(container->runtime_api_address(),
            "127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  EXPECT_EQ(container->TakeRuntimeApiListener(), -1);
  close(listener);
}

TEST_P(ContainerContractTest, ObserverMayRunTheContainerAgainFromInsideACall) {
  NEED_HARNESS();
  class Rerunner final : public ContainerObserver {
   public:
    void OnExit(uint64_t run, ProcessExit exit) override {
      if (run == 1) rerun = container->Run().status();
      recorded.OnExit(run, exit);
    }
    void OnOutput(absl::string_view) override {}
    Container* container = nullptr;
    absl::Status rerun = absl::UnknownError("not called");
    RecordingObserver recorded;
  } rerunner;
  auto container = harness_->runtime().Create(harness_->PrintsAndExits("", 0), &rerunner);
  ASSERT_TRUE(container.ok()) << container.status();
  rerunner.container = container->get();
  ASSERT_TRUE((*container)->Run().ok());
  EXPECT_TRUE(rerunner.recorded.WaitForExit(2).has_value());
  EXPECT_TRUE(rerunner.rerun.ok()) << rerunner.rerun;
}

TEST_P(ContainerContractTest, ManyThreadsMayUseOneContainer) {
  NEED_HARNESS();
  const auto container = MakeContainer(harness_->RunsForEver());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&container] {
      for (int turn = 0; turn < 10; ++turn) {
        (void)container->Run();
        EXPECT_TRUE(container->Freeze().ok());
        EXPECT_TRUE(container->Thaw().ok());
        EXPECT_TRUE(container->KillProcesses().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const RecordingObserver::Exit& exit : observer_.exits()) {
    ADD_FAILURE() << "run " << exit.run << " ended: kind " << static_cast<int>(exit.exit.kind)
                  << ", code " << exit.exit.code;
  }
}

TEST_P(ContainerContractTest, EntrypointSeesTheAddressOfItsRuntimeApi) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  const auto container = MakeContainer(harness_->Script("echo \"[$AWS_LAMBDA_RUNTIME_API]\""));
  const absl::StatusOr<uint64_t> run = container->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_TRUE(observer_.WaitForExit(*run).has_value());
  EXPECT_EQ(observer_.output(), "[" + container->runtime_api_address() + "]\n");
}

TEST_P(ContainerContractTest, ProcessesLeftBehindAreDeadWhenTheEndIsReported) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  // One child in the session and one outside of it; both would go on writing.
  const auto container = MakeContainer(harness_->Script(
      "(while :; do echo in; sleep 0.01; done) &"
      "setsid sh -c 'while :; do echo out; sleep 0.01; done' & sleep 0.1; exit 5"));
  const absl::StatusOr<uint64_t> run = container->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  const std::optional<ProcessExit> exit = observer_.WaitForExit(*run);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, 5);

  const size_t bytes = observer_.output().size();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(observer_.output().size(), bytes);
}

TEST_P(ContainerContractTest, FrozenProcessesMakeNoProgressAndThawedOnesGoOn) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  const auto container =
      MakeContainer(harness_->Script("echo start; (while :; do echo a; sleep 0.001; done) & "
                                     "while :; do echo b; sleep 0.001; done"));
  ASSERT_TRUE(container->Run().ok());
  ASSERT_TRUE(observer_.WaitForOutput("start"));

  ASSERT_TRUE(container->Freeze().ok());

  // What was in the pipe arrives first.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const size_t frozen = observer_.output().size();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(observer_.output().size(), frozen);
  ASSERT_TRUE(container->Thaw().ok());
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (observer_.output().size() == frozen && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_GT(observer_.output().size(), frozen);
}

TEST_P(ContainerContractTest, TemporaryFilesSurviveAKill) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  const auto container = MakeContainer(harness_->Script(
      "echo x >> ${TMPDIR:-/tmp}/runs; wc -l < ${TMPDIR:-/tmp}/runs; exec sleep 1000"));
  ASSERT_TRUE(container->Run().ok());
  ASSERT_TRUE(observer_.WaitForOutput("1\n"));
  ASSERT_TRUE(container->KillProcesses().ok());
  ASSERT_TRUE(container->Run().ok());
  EXPECT_TRUE(observer_.WaitForOutput("2\n")) << observer_.output();
}

TEST_P(ContainerContractTest, AFloodOfOutputBlocksOnlyItsWriter) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  const auto flood = MakeContainer(harness_->Script("exec yes"));
  RecordingObserver other_observer;
  ASSERT_TRUE(flood->Run().ok());
  ASSERT_TRUE(observer_.WaitForOutput("y\n"));
  auto other = harness_->runtime().Create(harness_->PrintsAndExits("quiet\n", 0), &other_observer);
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::StatusOr<uint64_t> run = (*other)->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(other_observer.WaitForExit(*run).has_value());
  EXPECT_EQ(other_observer.output(), "quiet\n");
  EXPECT_TRUE(flood->KillProcesses().ok());
}

TEST_P(ContainerContractTest, NoDescriptorOfTheAgentIsInherited) {
  NEED_HARNESS();
  if (!harness_->runs_scripts()) GTEST_SKIP() << "runs no scripts";
  // The shell's glob opens the directory itself, as 3.
  const auto container = MakeContainer(harness_->Script("echo /proc/$$/fd/*"));
  const int stray = dup(0);
  const absl::StatusOr<uint64_t> run = container->Run();
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_TRUE(observer_.WaitForExit(*run).has_value());
  const std::string output = observer_.output();
  EXPECT_NE(output.find("/fd/2"), std::string::npos) << output;
  EXPECT_EQ(output.find("/fd/4"), std::string::npos) << output;
  close(stray);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ContainerContractTest);

}  // namespace floe::node_agent
