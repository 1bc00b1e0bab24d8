#include "tests/functions/functions_fixture.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>
#include <utility>

namespace floe {
namespace {

namespace fs = std::filesystem;

// The function is built beside the test.
fs::path FunctionProgram() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "misbehaving_function";
}

}  // namespace

void FunctionsTest::SetUp() {
  auto runtime = node_agent::LinuxContainerRuntime::Create({.name = "functions"});
  if (!runtime.ok()) {
    const char* required = std::getenv("FLOE_REQUIRE_CONTAINERS");
    ASSERT_TRUE(required == nullptr || std::string(required) != "1") << runtime.status();
    GTEST_SKIP() << "no containers here: " << runtime.status();
  }
  runtime_ = *std::move(runtime);

  std::string pattern = testing::TempDir() + "/floe-functions-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  directory_ = pattern;
  root_ = directory_ + "/root";
  for (const char* name : {"proc", "dev", "tmp", "sys"}) fs::create_directories(root_ + "/" + name);
  fs::copy_file(FunctionProgram(), root_ + "/function");
  fs::permissions(root_ + "/function", fs::perms(0755));
  fs::permissions(root_, fs::perms(0755));
}

void FunctionsTest::TearDown() {
  agent_.reset();
  server_.reset();
  orchestrator_.reset();
  images_.reset();
  runtime_.reset();
  if (!directory_.empty()) fs::remove_all(directory_);
}

void FunctionsTest::Start() {
  auto images = node_agent::ImageStore::Create(directory_ + "/images");
  ASSERT_TRUE(images.ok()) << images.status();
  images_ = *std::move(images);
  auto orchestrator = live::Orchestrator::Create(options_);
  ASSERT_TRUE(orchestrator.ok()) << orchestrator.status();
  orchestrator_ = *std::move(orchestrator);
  auto server = control_plane::ControlPlaneServer::Create({}, orchestrator_.get());
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  auto agent = node_agent::Agent::Create({.memory_mib = 65'536}, server_->InProcessChannel(),
                                         runtime_.get(), images_.get());
  ASSERT_TRUE(agent.ok()) << agent.status();
  agent_ = *std::move(agent);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (orchestrator_->GetMetrics().nodes == 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ASSERT_EQ(orchestrator_->GetMetrics().nodes, 1);
}

live::FunctionSpec FunctionsTest::Spec(const std::string& name) const {
  live::FunctionSpec spec;
  spec.name = name;
  spec.source = live::CodeSource::kRootDirectory;
  spec.code_path = root_;
  spec.entry_point = {"/function"};
  spec.command = {"serve"};
  spec.timeout = Duration::Seconds(60);
  spec.memory_mib = 512;
  return spec;
}

void FunctionsTest::Deploy(const std::string& name, const std::string& before, Duration timeout,
                           int32_t memory_mib) {
  live::FunctionSpec spec = Spec(name);
  spec.command = {before};
  spec.timeout = timeout;
  spec.memory_mib = memory_mib;
  Deploy(spec);
}

void FunctionsTest::Deploy(const live::FunctionSpec& spec) {
  const auto created = orchestrator_->CreateFunction(spec);
  ASSERT_TRUE(created.ok()) << created.status();
}

live::InvokeResult FunctionsTest::Invoke(const std::string& name, const std::string& what) {
  live::InvokeRequest request;
  request.function_name = name;
  request.payload = "\"" + what + "\"";
  std::promise<live::InvokeResult> done;
  orchestrator_->Invoke(std::move(request),
                        [&done](live::InvokeResult result) { done.set_value(std::move(result)); });
  live::InvokeResult result = done.get_future().get();
  WaitUntilIdle(name);
  return result;
}

void FunctionsTest::WaitUntilIdle(const std::string& name) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    const EnvironmentCounts counts = orchestrator_->FunctionCounts(name);
    if (counts.concurrency() == 0 && counts.stopping == 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ADD_FAILURE() << "an environment of " << name << " stays busy";
}

void FunctionsTest::ExpectAnswer(const std::string& name, const std::string& what,
                                 const std::string& answer) {
  const live::InvokeResult result = Invoke(name, what);
  EXPECT_EQ(result.outcome, live::InvokeOutcome::kSuccess) << result.message << result.payload;
  EXPECT_EQ(result.payload, "\"" + answer + "\"");
}

void FunctionsTest::ExpectError(const std::string& name, const std::string& what,
                                const std::string& type, const std::string& message) {
  const live::InvokeResult result = Invoke(name, what);
  EXPECT_EQ(result.outcome, live::InvokeOutcome::kFunctionError) << result.message;
  EXPECT_EQ(result.error_type, type);
  EXPECT_THAT(result.payload, testing::HasSubstr("\"errorType\":\"" + type + "\""));
  EXPECT_THAT(result.payload, testing::HasSubstr("\"errorMessage\":\"RequestId: " +
                                                 result.request_id + " Error: " + message));
}

}  // namespace floe
