// What a function answered to a proxy event, as the HTTP response that API Gateway's REST proxy
// integration makes of it.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_PROXY_RESPONSE_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_PROXY_RESPONSE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::invoke_api {

// Reads {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}; each may be
// absent or null. A body marked as base64 passes undecoded, as no media type counts as binary.
// Headers that belong to the connection appear as x-amzn-Remapped-..., like at AWS.
// INVALID_ARGUMENT with the reason for everything the gateway calls malformed: not an object,
// another member, a wrong type, a status outside 200 to 599, a header that HTTP does not allow.
absl::StatusOr<net::HttpResponse> ParseProxyResponse(absl::string_view result);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_PROXY_RESPONSE_H_
