// The example functions run as ordinary processes against the real Runtime API.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "net/http_server.h"
#include "runtime_api/runtime_api_endpoint.h"

namespace floe {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Generous: only a hang is to be noticed.
constexpr std::chrono::seconds kPatience(50);

// Runs `arguments` with `variables` added to a small environment; its output goes to the file
// `output`.
pid_t Start(std::vector<std::string> arguments, std::vector<std::string> variables,
            const std::string& output) {
  for (const char* name : {"PATH", "TEST_TMPDIR"}) {
    const char* value = getenv(name);
    variables.push_back(absl::StrCat(name, "=", value == nullptr ? "/usr/bin:/bin" : value));
  }
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  CHECK(child > 0);
  setpgid(child, child);
  return child;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class FunctionsTest : public ::testing::Test, private runtime_api::RuntimeApiObserver {
 protected:
  FunctionsTest() {
    const char* base = getenv("TEST_TMPDIR");
    directory_ = absl::StrCat(base == nullptr ? "/tmp" : base, "/floe-examples-XXXXXX");
    CHECK(mkdtemp(directory_.data()) != nullptr);
    auto server = net::HttpServer::Create({});
    CHECK(server.ok());
    server_ = *std::move(server);
    auto endpoint = runtime_api::RuntimeApiEndpoint::Create(server_.get(), Listen(), this);
    CHECK(endpoint.ok());
    endpoint_ = *std::move(endpoint);
  }

  ~FunctionsTest() override {
    if (function_ > 0) {
      kill(-function_, SIGKILL);
      waitpid(function_, nullptr, 0);
    }
    endpoint_.reset();
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void StartFunction(const std::string& program, std::vector<std::string> variables) {
    variables.push_back(absl::StrCat("AWS_LAMBDA_RUNTIME_API=127.0.0.1:", port_));
    function_ = Start({program}, std::move(variables), absl::StrCat(directory_, "/output"));
  }

  // The function's answer to `payload`, or what went wrong. Returns once the function is idle
  // again.
  std::string Invoke(const std::string& payload) {
    const absl::Status offered = endpoint_->Offer(
        {.request_id = absl::StrCat("8476a536-e9f4-11e8-9739-2dfe598c3f0", ++invocations_),
         .payload = payload});
    if (!offered.ok()) return offered.ToString();
    std::unique_lock<std::mutex> lock(mutex_);
    const bool is_done =
        changed_.wait_for(lock, kPatience, [this] { return finished_ == invocations_; });
    return is_done ? answer_ : "no answer in time";
  }

  std::string directory_;

 private:
  int Listen() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    CHECK(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    CHECK(listen(listener, 16) == 0);
    CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    return listener;
  }

  void OnReady() override {}
  void OnInitError(runtime_api::PostedError error) override { SetAnswer(error.body); }
  void OnResponse(const std::string& /*request_id*/,
                  runtime_api::PostedResponse response) override {
    SetAnswer(response.payload);
  }
  void OnError(const std::string& /*request_id*/, runtime_api::PostedError error) override {
    SetAnswer(error.body);
  }
  void OnFinished(const std::string& /*request_id*/) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++finished_;
    changed_.notify_all();
  }
  void SetAnswer(const std::string& answer) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_ = answer;
  }

  int port_ = 0;
  int invocations_ = 0;
  pid_t function_ = 0;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<runtime_api::RuntimeApiEndpoint> endpoint_;

  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  int finished_ = 0;
  std::string answer_;
};

// Makes the site's repository "site" in `directory`, and does what `more` says there.
void MakeSite(const std::string& directory, const std::string& more) {
  const std::string script = absl::StrCat(
      "set -e; cd '", directory, "'; cp -rL \"$SITE\" site; git init -q site; git -C site add -A;",
      "git -C site -c user.name=t -c user.email=t@example.org commit -q -m site;", more);
  const std::string site = std::filesystem::absolute("examples/site_builder/site").string();
  const pid_t shell = Start({"/bin/sh", "-c", script}, {"SITE=" + site, "HOME=" + directory},
                            directory + "/output");
  int status = -1;
  ASSERT_EQ(waitpid(shell, &status, 0), shell);
  ASSERT_EQ(status, 0) << "are git and hugo installed?";
}

TEST_F(FunctionsTest, StaticEchoGivesEveryPayloadBack) {
  StartFunction("examples/static_echo/static_echo", {});
  EXPECT_EQ(Invoke(R"({"hello": "floe"})"), R"({"hello": "floe"})");
  EXPECT_EQ(Invoke(""), "");
  const std::string large(6 << 20, 'x');
  EXPECT_TRUE(Invoke(large) == large);
  EXPECT_EQ(Invoke("1"), "1");
}

TEST_F(FunctionsTest, StaticEchoEndsWithoutAnAddress) {
  for (const char* address : {"AWS_LAMBDA_RUNTIME_API=", "AWS_LAMBDA_RUNTIME_API=127.0.0.1:0",
                              "AWS_LAMBDA_RUNTIME_API=name:9001", "NONE="}) {
    const pid_t child =
        Start({"examples/static_echo/static_echo"}, {address}, absl::StrCat(directory_, "/output"));
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << address << ": " << status;
  }
}

TEST_F(FunctionsTest, TheShellFunctionAnswersWithWhatItWasTold) {
  StartFunction("examples/shell_function/bootstrap", {});
  EXPECT_EQ(Invoke(R"({"n": 1})"), R"({"you_said": {"n": 1}})");
  EXPECT_EQ(Invoke("2"), R"({"you_said": 2})");
}

TEST_F(FunctionsTest, TheSiteBuilderBuildsItsSiteAtEveryInvocation) {
  // An archive with this machine's Hugo, quickly.
  MakeSite(directory_,
           "tar -C \"$(dirname \"$(command -v hugo)\")\" -chf - hugo | gzip -1 > hugo.tar.gz");
  StartFunction("examples/site_builder/startup.sh",
                {absl::StrCat("SITE_REPOSITORY=file://", directory_, "/site"),
                 absl::StrCat("SITE_DIRECTORY=", directory_, "/work"),
                 absl::StrCat("HUGO_ARCHIVE=", directory_, "/hugo.tar.gz"),
                 absl::StrCat("HOME=", directory_)});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(
        Invoke("{}"),
        StartsWith(
            R"({"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{\"pages\": 5, \"commit\":)"));
  }
}

TEST_F(FunctionsTest, TheBusinessCodeRunsAloneAndTakesTheRepositoryOfTheEvent) {
  MakeSite(directory_, "");
  const std::string event = absl::StrCat(R"({"repository": "file://)", directory_, R"(/site"})");
  const pid_t script =
      Start({"examples/site_builder/businesscode.sh", event},
            {"SITE_REPOSITORY=file:///none", absl::StrCat("SITE_DIRECTORY=", directory_, "/work"),
             absl::StrCat("HOME=", directory_)},
            absl::StrCat(directory_, "/output"));
  int status = -1;
  ASSERT_EQ(waitpid(script, &status, 0), script);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(ReadFile(absl::StrCat(directory_, "/output")), StartsWith(R"({"pages": 5,)"));
  EXPECT_THAT(ReadFile(absl::StrCat(directory_, "/work/site/notes/freezing/index.html")),
              HasSubstr("<h1>Freezing</h1>"));
}

TEST_F(FunctionsTest, TheBusinessCodeRunsNoProgramThatAnEventNames) {
  const std::string event =
      absl::StrCat(R"({"repository": "ext::touch )", directory_, R"(/evil"})");
  const pid_t script = Start({"examples/site_builder/businesscode.sh", event},
                             {absl::StrCat("SITE_DIRECTORY=", directory_, "/work")},
                             absl::StrCat(directory_, "/output"));
  int status = 0;
  ASSERT_EQ(waitpid(script, &status, 0), script);
  EXPECT_NE(status, 0);
  EXPECT_FALSE(std::filesystem::exists(absl::StrCat(directory_, "/evil")));
}

}  // namespace
}  // namespace floe
