// A runtime written in shell with curl, grep and cut, against a real endpoint.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/http_server.h"
#include "runtime_api/runtime_api_endpoint.h"
#include "tests/runtime_api/recording_observer.h"
#include "tests/testing/http_client.h"

namespace floe::runtime_api {
namespace {

bool HasCommand(const std::string& name) {
  return std::system(absl::StrCat("command -v ", name, " >/dev/null 2>&1").c_str()) == 0;
}

TEST(ShellRuntimeTest, AnswersInvocationsWithCurlGrepAndCut) {
  if (!HasCommand("curl")) {
    if (std::getenv("FLOE_REQUIRE_CONTAINERS") != nullptr) FAIL() << "curl is not installed";
    GTEST_SKIP() << "curl is not installed";
  }
  int port = 0;
  int offered = 0;
  RecordingObserver observer;
  const std::unique_ptr<net::HttpServer> server = *net::HttpServer::Create({});
  const std::unique_ptr<RuntimeApiEndpoint> endpoint =
      *RuntimeApiEndpoint::Create(server.get(), test::ListenOnLoopback(&port), &observer);
  observer.set_on_call([&](const std::string& call) {
    if (call != "ready" && !absl::StartsWith(call, "finished")) return;
    // The second payload is large enough for curl to ask with Expect: 100-continue.
    const std::string payload = ++offered == 2 ? std::string(100'000, 'b') : "hello";
    EXPECT_TRUE(endpoint
                    ->Offer({.request_id = absl::StrCat("id-", offered),
                             .deadline_epoch_ms = 1,
                             .trace_id = "Root=1-2;Sampled=0",
                             .payload = payload})
                    .ok());
  });

  const std::string command = absl::StrCat(
      "env -u http_proxy -u all_proxy sh tests/runtime_api/shell_runtime.sh 127.0.0.1:", port);
  const int status = std::system(command.c_str());

  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(observer.AwaitCalls(6),
            (std::vector<std::string>{
                "ready", "response id-1 HELLO", "finished id-1",
                "response id-2 " + std::string(100'000, 'B'), "finished id-2",
                R"(error id-3 Function.Tired {"errorMessage":"enough","errorType":"Tired"})"}));
}

}  // namespace
}  // namespace floe::runtime_api
