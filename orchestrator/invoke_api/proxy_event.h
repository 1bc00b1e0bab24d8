// An HTTP request as the event that API Gateway's REST proxy integration gives to a function
// (payload format 1.0).

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_PROXY_EVENT_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_PROXY_EVENT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "net/http_message.h"

namespace floe::invoke_api {

// What the event tells beside the request itself.
struct ProxyContext {
  std::string account_id;
  std::string stage;       // The first segment of the path: the function's name.
  std::string path;        // The rest of it, "/" at least; percent-encoding kept.
  std::string request_id;  // A UUID.
  std::string extended_request_id;
  absl::Time received_at;
  int port = 0;  // Where the request came in, for X-Forwarded-Port.
};

// The event as JSON. Bodies that are not UTF-8 travel in base64; other texts that are not are read
// as Latin-1, so the result is always valid JSON.
std::string ProxyEvent(const net::HttpRequest& request, const ProxyContext& context);

// Whether `text` is UTF-8 without surrogates or overlong forms.
bool IsUtf8(absl::string_view text);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_PROXY_EVENT_H_
