#include "orchestrator/invoke_api/api_error.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace floe::invoke_api {
namespace {

// Where a status keeps the ErrorCode it was made with, as a decimal number.
constexpr absl::string_view kPayloadUrl = "floe/invoke_api/error_code";

struct ErrorForm {
  ErrorCode code;
  int status;
  const char* name;
  const char* member;  // AWS spells the text's member "message" or "Message", by exception.
  const char* type;
};

// One row per ErrorCode, in its order.
constexpr std::array kErrorForms = {
    ErrorForm{ErrorCode::kAccessDenied, 403, "AccessDeniedException", "Message", "User"},
    ErrorForm{ErrorCode::kInvalidParameterValue, 400, "InvalidParameterValueException", "message",
              "User"},
    ErrorForm{ErrorCode::kInvalidRequestContent, 400, "InvalidRequestContentException", "message",
              "User"},
    ErrorForm{ErrorCode::kMethodNotAllowed, 405, "MethodNotAllowedException", "message", "User"},
    ErrorForm{ErrorCode::kPreconditionFailed, 412, "PreconditionFailedException", "message",
              "User"},
    ErrorForm{ErrorCode::kRequestTooLarge, 413, "RequestTooLargeException", "message", "User"},
    ErrorForm{ErrorCode::kResourceConflict, 409, "ResourceConflictException", "message", "User"},
    ErrorForm{ErrorCode::kResourceNotFound, 404, "ResourceNotFoundException", "Message", "User"},
    ErrorForm{ErrorCode::kSerialization, 400, "SerializationException", "Message", "User"},
    ErrorForm{ErrorCode::kService, 500, "ServiceException", "Message", "Service"},
    ErrorForm{ErrorCode::kServiceQuotaExceeded, 402, "ServiceQuotaExceededException", "Message",
              "User"},
    ErrorForm{ErrorCode::kTooManyRequests, 429, "TooManyRequestsException", "message", "User"},
    ErrorForm{ErrorCode::kUnknownOperation, 404, "UnknownOperationException", "message", "User"},
    ErrorForm{ErrorCode::kValidation, 400, "ValidationException", "message", "User"},
};

constexpr bool FormsAreInOrder() {
  for (size_t i = 0; i < kErrorForms.size(); ++i) {
    if (static_cast<size_t>(kErrorForms[i].code) != i) return false;
  }
  return static_cast<size_t>(ErrorCode::kValidation) + 1 == kErrorForms.size();
}
static_assert(FormsAreInOrder());

absl::StatusCode ToStatusCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kAccessDenied:
      return absl::StatusCode::kPermissionDenied;
    case ErrorCode::kInvalidParameterValue:
    case ErrorCode::kInvalidRequestContent:
    case ErrorCode::kSerialization:
    case ErrorCode::kValidation:
      return absl::StatusCode::kInvalidArgument;
    case ErrorCode::kMethodNotAllowed:
    case ErrorCode::kUnknownOperation:
      return absl::StatusCode::kUnimplemented;
    case ErrorCode::kPreconditionFailed:
      return absl::StatusCode::kFailedPrecondition;
    case ErrorCode::kRequestTooLarge:
      return absl::StatusCode::kOutOfRange;
    case ErrorCode::kResourceConflict:
      return absl::StatusCode::kAlreadyExists;
    case ErrorCode::kResourceNotFound:
      return absl::StatusCode::kNotFound;
    case ErrorCode::kService:
      return absl::StatusCode::kInternal;
    case ErrorCode::kServiceQuotaExceeded:
    case ErrorCode::kTooManyRequests:
      return absl::StatusCode::kResourceExhausted;
  }
  CHECK(false);
}

// The exception for a status that names none.
ErrorCode FromStatusCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ErrorCode::kInvalidParameterValue;
    case absl::StatusCode::kNotFound:
      return ErrorCode::kResourceNotFound;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return ErrorCode::kResourceConflict;
    case absl::StatusCode::kPermissionDenied:
      return ErrorCode::kAccessDenied;
    case absl::StatusCode::kFailedPrecondition:
      return ErrorCode::kPreconditionFailed;
    case absl::StatusCode::kResourceExhausted:
      return ErrorCode::kServiceQuotaExceeded;
    default:
      return ErrorCode::kService;
  }
}

const ErrorForm& FormOf(const absl::Status& status) {
  ErrorCode code = FromStatusCode(status.code());
  if (const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
      payload.has_value()) {
    int number = 0;
    CHECK(absl::SimpleAtoi(std::string(*payload), &number));
    code = static_cast<ErrorCode>(number);
  }
  return kErrorForms[static_cast<size_t>(code)];
}

std::string JsonString(absl::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace

absl::Status ApiError(ErrorCode code, absl::string_view message) {
  absl::Status status(ToStatusCode(code), message);
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(static_cast<int>(code))));
  return status;
}

absl::Status ValidationError(absl::string_view value, absl::string_view member,
                             absl::string_view constraint) {
  return ApiError(ErrorCode::kValidation,
                  absl::StrCat("1 validation error detected: Value '", value, "' at '", member,
                               "' failed to satisfy constraint: ", constraint));
}

net::HttpResponse ErrorResponse(const absl::Status& status, absl::string_view request_id) {
  CHECK(!status.ok());
  const ErrorForm& form = FormOf(status);
  net::HttpResponse response =
      JsonResponse(form.status,
                   absl::StrCat(R"({"Type":")", form.type, R"(",")", form.member, R"(":)",
                                JsonString(status.message()), "}"),
                   request_id);
  response.headers.Add("x-amzn-ErrorType", form.name);
  return response;
}

absl::string_view ThrottleReasonName(ThrottleReason reason) {
  switch (reason) {
    case ThrottleReason::kAccountConcurrency:
    case ThrottleReason::kNoCapacity:
    case ThrottleReason::kTenantEnvironments:
      return "ConcurrentInvocationLimitExceeded";
    case ThrottleReason::kReservedConcurrency:
      return "ReservedFunctionConcurrentInvocationLimitExceeded";
    case ThrottleReason::kScalingRate:
    case ThrottleReason::kAccountRequestRate:
      return "FunctionInvocationRateLimitExceeded";
    case ThrottleReason::kReservedRequestRate:
      return "ReservedFunctionInvocationRateLimitExceeded";
  }
  CHECK(false);
}

net::HttpResponse ThrottleResponse(ThrottleReason reason, absl::string_view request_id) {
  net::HttpResponse response =
      JsonResponse(429,
                   absl::StrCat(R"({"Reason":")", ThrottleReasonName(reason),
                                R"(","Type":"User","message":"Rate Exceeded."})"),
                   request_id);
  response.headers.Add("x-amzn-ErrorType", "TooManyRequestsException");
  return response;
}

net::HttpResponse JsonResponse(int status, std::string body, absl::string_view request_id) {
  net::HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.Add("Content-Type", "application/json");
  response.headers.Add("x-amzn-RequestId", request_id);
  return response;
}

}  // namespace floe::invoke_api
