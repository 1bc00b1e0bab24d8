#include "tests/daemon/testing/serving_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <utility>

#include "gmock/gmock.h"
#include "tests/daemon/testing/kernel_traces.h"
#include "tests/node_agent/testing/busybox_root.h"

namespace floe::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;
using ::testing::IsEmpty;

constexpr char kEchoProgram[] = "examples/static_echo/static_echo";

constexpr char kSleepProgram[] = R"sh(#!/bin/sh
# Answers with the payload, which is a number, after as many seconds.
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  wget -S -O /tmp/payload $api/next 2>/tmp/headers || exit 1
  id=$(awk 'tolower($1) == "lambda-runtime-aws-request-id:" { print $2 }' /tmp/headers | tr -d '\r')
  sleep "$(cat /tmp/payload)"
  wget -q -O /dev/null --post-data "$(cat /tmp/payload)" "$api/$id/response"
  rm -f /tmp/payload
done
)sh";

constexpr char kNeverReadyProgram[] = "#!/bin/sh\nexec sleep 1000000\n";

void WriteProgram(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  chmod(path.parent_path().c_str(), 0755);
  std::ofstream(path) << text;
  chmod(path.c_str(), 0755);
}

}  // namespace

void ServingTest::SetUp() {
  if (geteuid() != 0) {
    const char* required = std::getenv("FLOE_REQUIRE_CONTAINERS");
    if (required != nullptr && std::string(required) == "1") FAIL() << "containers need root";
    GTEST_SKIP() << "containers need root";
  }
  short_directory_ = std::make_unique<ShortDirectory>();
  directory_ = short_directory_->path();
  node_name_ = "serving-" + std::to_string(getpid());
  named_network_namespaces_ = NamedNetworkNamespaces();
  root_ = node_agent::MakeBusyboxRoot(directory_);
  fs::create_directories(directory_ / "echo");
  fs::copy_file(kEchoProgram, directory_ / "echo/bootstrap");
  WriteProgram(directory_ / "sleep/bootstrap", kSleepProgram);
  WriteProgram(directory_ / "never-ready/bootstrap", kNeverReadyProgram);
}

void ServingTest::TearDown() {
  if (directory_.empty()) return;
  ExpectNothingLeft(node_name_);
}

std::unique_ptr<FloeProcess> ServingTest::StartServe(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "serve",     "--listen",          "127.0.0.1:0",       "--http-trigger", "",
      "--control", control(),           "--node-name",       node_name_,       "--node-memory",
      "65536",     "--state-directory", directory_ / "state"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto serve = std::make_unique<FloeProcess>(arguments);
  EXPECT_TRUE(serve->WaitForOutput("floe is ready")) << serve->Output();
  return serve;
}

std::unique_ptr<FloeProcess> ServingTest::StartAgent(const std::string& node_name,
                                                     const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"agent",       "--orchestrator",    control(),
                                        "--node-name", node_name,           "--node-memory",
                                        "65536",       "--state-directory", directory_ / node_name};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return std::make_unique<FloeProcess>(arguments);
}

FloeResult ServingTest::Floe(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin() + 1, {"--control", control()});
  return RunFloe(arguments);
}

void ServingTest::Deploy(const std::string& name) {
  const FloeResult deployed =
      Floe({"deploy", name, "--task", directory_ / name, "--base", root_, "--timeout", "900s"});
  ASSERT_EQ(deployed.exit_code, 0) << deployed.output;
}

HttpAnswer ServingTest::Invoke(const FloeProcess& serve, const std::string& name,
                               const std::string& payload) {
  return Begin(serve, name, payload, 1).front()->Read();
}

std::vector<std::unique_ptr<HttpClient>> ServingTest::Begin(const FloeProcess& serve,
                                                            const std::string& name,
                                                            const std::string& payload, int count) {
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<HttpClient>(FrontDoorPort(serve)));
    clients.back()->StartPost("/2015-03-31/functions/" + name + "/invocations", payload);
  }
  return clients;
}

AssertionResult ServingTest::MetricsCome(const std::string& text) const {
  FloeResult result;
  const auto is_there = [&] {
    result = Floe({"metrics"});
    return result.output.find(text) != std::string::npos;
  };
  if (WaitUntil(is_there)) return AssertionSuccess();
  return AssertionFailure() << "no '" << text << "' in " << result.output;
}

AssertionResult ServingTest::EnvironmentsCome(const std::string& text) const {
  FloeResult result;
  const auto is_there = [&] {
    result = Floe({"environments"});
    return result.output.find(text) != std::string::npos;
  };
  if (WaitUntil(is_there)) return AssertionSuccess();
  return AssertionFailure() << "no '" << text << "' in " << result.output;
}

int ServingTest::CountInEnvironments(const std::string& text) const {
  const std::string output = Floe({"environments"}).output;
  int count = 0;
  for (size_t at = output.find(text); at != std::string::npos; at = output.find(text, at + 1)) {
    ++count;
  }
  return count;
}

void ServingTest::ExpectNothingLeft(const std::string& node_name) {
  // A process that has been killed takes a moment to go.
  WaitUntil([&] { return ContainerProcesses(node_name).empty(); });
  EXPECT_THAT(ContainerProcesses(node_name), IsEmpty());
  EXPECT_THAT(AgentCgroups(node_name), IsEmpty());
  // An agent elsewhere on this machine may be between two steps.
  WaitUntil([] { return EmptyFloeCgroups().empty(); });
  EXPECT_THAT(EmptyFloeCgroups(), IsEmpty());
  EXPECT_EQ(NamedNetworkNamespaces(), named_network_namespaces_);
  for (const std::string& mount : HostMounts()) {
    EXPECT_EQ(mount.find(directory_), std::string::npos) << mount;
  }
}

int FrontDoorPort(const FloeProcess& serve) {
  const std::string port = serve.OutputAfter("front door    http://127.0.0.1:");
  return static_cast<int>(std::strtol(port.c_str(), nullptr, 10));
}

}  // namespace floe::test
