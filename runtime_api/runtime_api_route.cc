#include "runtime_api/runtime_api_route.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "net/http_message.h"

namespace floe::runtime_api {
namespace {

RuntimeApiRoute Match(RuntimeApiCall call, absl::string_view method,
                      absl::string_view allowed_method) {
  if (method == allowed_method) return {.call = call};
  return {.call = RuntimeApiCall::kWrongMethod, .allowed_method = allowed_method};
}

}  // namespace

RuntimeApiRoute RouteOf(absl::string_view method, absl::string_view path) {
  if (path == "/ping") return Match(RuntimeApiCall::kPing, method, "GET");
  if (!absl::ConsumePrefix(&path, "/2018-06-01/")) return {};
  if (path == "ping") return Match(RuntimeApiCall::kPing, method, "GET");
  if (path == "runtime/invocation/next") return Match(RuntimeApiCall::kNext, method, "GET");
  if (path == "runtime/init/error") return Match(RuntimeApiCall::kInitError, method, "POST");
  if (!absl::ConsumePrefix(&path, "runtime/invocation/")) return {};
  RuntimeApiCall call;
  if (absl::ConsumeSuffix(&path, "/response")) {
    call = RuntimeApiCall::kResponse;
  } else if (absl::ConsumeSuffix(&path, "/error")) {
    call = RuntimeApiCall::kError;
  } else {
    return {};
  }
  if (absl::StrContains(path, "/")) return {};
  RuntimeApiRoute route = Match(call, method, "POST");
  if (route.call == call) route.request_id = net::PercentDecode(path);
  return route;
}

}  // namespace floe::runtime_api
