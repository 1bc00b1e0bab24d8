// Errors as Lambda's clients understand them: an exception name, a status, a text.
//
// Inside the room an error is an absl::Status. One made by ApiError carries the exception's name; a
// plain one (from the orchestrator, say) is given a name by its code. ErrorResponse is the only
// place where a status becomes an HTTP answer.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_API_ERROR_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_API_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "net/http_message.h"
#include "orchestrator/core/action.h"

namespace floe::invoke_api {

enum class ErrorCode {
  kAccessDenied,
  kInvalidParameterValue,
  kInvalidRequestContent,
  kMethodNotAllowed,
  kPreconditionFailed,
  kRequestTooLarge,
  kResourceConflict,
  kResourceNotFound,
  kSerialization,
  kService,
  kServiceQuotaExceeded,
  kTooManyRequests,
  kUnknownOperation,
  kValidation,
};

absl::Status ApiError(ErrorCode code, absl::string_view message);

// The text that every violation of a constraint of the API's model has.
absl::Status ValidationError(absl::string_view value, absl::string_view member,
                             absl::string_view constraint);

// The answer for a status that is not OK. REQUIRES: !status.ok().
net::HttpResponse ErrorResponse(const absl::Status& status, absl::string_view request_id);

// The Reason that clients are told for a throttled invocation.
absl::string_view ThrottleReasonName(ThrottleReason reason);
net::HttpResponse ThrottleResponse(ThrottleReason reason, absl::string_view request_id);

// An answer with a JSON body and the request's id.
net::HttpResponse JsonResponse(int status, std::string body, absl::string_view request_id);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_API_ERROR_H_
