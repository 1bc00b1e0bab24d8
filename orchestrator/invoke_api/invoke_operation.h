// The Invoke operation: an HTTP request into an invocation, its result into the answer.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_OPERATION_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_OPERATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "net/http_message.h"
#include "net/http_server.h"
#include "orchestrator/invoke_api/router.h"
#include "orchestrator/live/invocation.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

// What an event that nobody waits for may hold: 1 MiB.
inline constexpr int64_t kAsyncPayloadBytesMax = 1'048'576;
// The header X-Amz-Client-Context as it is sent, in base64.
inline constexpr int64_t kClientContextBytesMax = 3'583;
// A longer X-Amzn-Trace-Id is replaced by a new one.
inline constexpr int64_t kTraceIdBytesMax = 512;

enum class InvocationType { kRequestResponse, kEvent, kDryRun };
enum class LogType { kNone, kTail };

struct ParsedInvoke {
  live::InvokeRequest request;
  InvocationType type = InvocationType::kRequestResponse;
  LogType log_type = LogType::kNone;
};

// Checks everything that can be checked without the function. Takes the payload out of `request`.
absl::StatusOr<ParsedInvoke> ParseInvoke(RoutedRequest request,
                                         const live::Orchestrator& orchestrator);

// The answer to a caller that waited.
net::HttpResponse InvokeResponse(live::InvokeResult result, LogType log_type,
                                 const std::string& function_arn);

// Serves one Invoke request. Does not block; answers when the invocation has ended, at once for
// events and dry runs. `orchestrator` must outlive the invocation.
void ServeInvoke(RoutedRequest request, net::HttpResponder responder,
                 live::Orchestrator* orchestrator);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_OPERATION_H_
