// The real front door before an orchestrator without containers, for clients to talk to.
//
// Usage: echo_server CODE_DIRECTORY. Prints "port N" and serves until its standard input ends.
//
// Functions echo their payload. A payload with a member "fail" ends in a function error, and a
// function with no concurrency reserved for it (0) is throttled.

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/status_macros.h"
#include "net/http_server.h"
#include "orchestrator/invoke_api/invoke_api.h"
#include "tests/orchestrator/invoke_api/fake_orchestrator.h"

namespace floe::invoke_api {
namespace {

live::InvokeResult Run(live::InvokeRequest request, const FakeOrchestrator& orchestrator) {
  const auto function = orchestrator.GetFunction(request.function_name);
  if (function.ok() && function->concurrency_reserved == 0) {
    return {.outcome = live::InvokeOutcome::kThrottled,
            .request_id = kFakeRequestId,
            .throttle_reason = ThrottleReason::kReservedConcurrency};
  }
  if (absl::StrContains(request.payload, "\"fail\"")) {
    return {.outcome = live::InvokeOutcome::kFunctionError,
            .request_id = kFakeRequestId,
            .payload = R"({"errorType":"Failed","errorMessage":"asked to"})"};
  }
  return FakeOrchestrator::Echo(std::move(request));
}

absl::Status Serve(const std::string& code_directory) {
  FakeOrchestrator orchestrator;
  orchestrator.set_on_invoke(
      [&orchestrator](live::InvokeRequest request, const FakeOrchestrator::Done& done) {
        done(Run(std::move(request), orchestrator));
      });
  ASSIGN_OR_RETURN(const std::unique_ptr<net::HttpServer> server,
                   net::HttpServer::Create({.threads = 1}));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<InvokeApi> api,
      InvokeApi::Create({.port = 0, .code_directory = code_directory, .base_root = "/srv/base"},
                        server.get(), &orchestrator));
  std::printf("port %d\n", api->port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace floe::invoke_api

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: echo_server CODE_DIRECTORY\n");
    return 2;
  }
  const absl::Status status = floe::invoke_api::Serve(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
