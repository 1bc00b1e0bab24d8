#include "orchestrator/invoke_api/router.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {

Router::Router(std::vector<Route> routes) {
  for (Route& route : routes) {
    Entry entry;
    const size_t open = route.path.find('{');
    entry.has_parameter = open != std::string::npos;
    entry.before = route.path.substr(0, open);
    if (entry.has_parameter) {
      const size_t close = route.path.find('}', open);
      CHECK(close != std::string::npos);
      entry.after = route.path.substr(close + 1);
      CHECK(!absl::StrContains(entry.after, "{"));
    }
    entry.route = std::move(route);
    entries_.push_back(std::move(entry));
  }
}

void Router::Dispatch(net::HttpRequest request, net::HttpResponder responder) const {
  absl::string_view path = request.path;
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  std::vector<absl::string_view> allowed;
  for (const Entry& entry : entries_) {
    absl::string_view parameter;
    if (entry.has_parameter) {
      if (path.size() <= entry.before.size() + entry.after.size()) continue;
      if (!absl::StartsWith(path, entry.before) || !absl::EndsWith(path, entry.after)) continue;
      parameter =
          path.substr(entry.before.size(), path.size() - entry.before.size() - entry.after.size());
      if (absl::StrContains(parameter, "/")) continue;
    } else if (path != entry.before) {
      continue;
    }
    if (request.method != entry.route.method) {
      allowed.push_back(entry.route.method);
      continue;
    }
    std::string decoded = net::PercentDecode(parameter);
    entry.route.handler({.http = std::move(request), .parameter = std::move(decoded)},
                        std::move(responder));
    return;
  }

  const std::string request_id = live::MakeUuid();
  if (allowed.empty()) {
    responder.Send(ErrorResponse(
        ApiError(ErrorCode::kUnknownOperation,
                 absl::StrCat("Floe has no operation ", request.method, " ", request.path)),
        request_id));
    return;
  }
  net::HttpResponse response =
      ErrorResponse(ApiError(ErrorCode::kMethodNotAllowed,
                             absl::StrCat(request.method, " is not possible at ", request.path)),
                    request_id);
  response.headers.Add("Allow", absl::StrJoin(allowed, ", "));
  responder.Send(std::move(response));
}

}  // namespace floe::invoke_api
