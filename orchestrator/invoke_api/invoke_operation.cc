#include "orchestrator/invoke_api/invoke_operation.h"

#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/invoke_api/function_name.h"
#include "orchestrator/invoke_api/json_syntax.h"
#include "orchestrator/invoke_api/query.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {
namespace {

absl::StatusOr<InvocationType> ParseInvocationType(absl::string_view text) {
  if (text.empty() || text == "RequestResponse") return InvocationType::kRequestResponse;
  if (text == "Event") return InvocationType::kEvent;
  if (text == "DryRun") return InvocationType::kDryRun;
  return ValidationError(text, "invocationType",
                         "Member must satisfy enum value set: [Event, RequestResponse, DryRun]");
}

absl::StatusOr<LogType> ParseLogType(absl::string_view text) {
  if (text.empty() || text == "None") return LogType::kNone;
  if (text == "Tail") return LogType::kTail;
  return ValidationError(text, "logType", "Member must satisfy enum value set: [None, Tail]");
}

absl::StatusOr<std::string> ParseClientContext(absl::string_view header) {
  if (static_cast<int64_t>(header.size()) > kClientContextBytesMax) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    absl::StrCat("Client context must be at most ", kClientContextBytesMax,
                                 " bytes in base64, not ", header.size()));
  }
  std::string context;
  if (!absl::Base64Unescape(header, &context)) {
    return ApiError(ErrorCode::kInvalidRequestContent, "Client context must be valid base64");
  }
  if (const absl::Status syntax = CheckJsonSyntax(context); !syntax.ok()) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    absl::StrCat("Client context must be JSON in base64: ", syntax.message()));
  }
  // The function receives it in a header, where JSON's line breaks must not appear. Inside its
  // strings there are none, as JSON requires them escaped.
  for (char& c : context) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return context;
}

absl::Status CheckPayload(InvocationType type, const net::HttpRequest& http) {
  const int64_t bytes_max =
      type == InvocationType::kEvent ? kAsyncPayloadBytesMax : live::kPayloadBytesMax;
  if (http.body_state == net::BodyState::kTooLarge ||
      static_cast<int64_t>(http.body.size()) > bytes_max) {
    return ApiError(ErrorCode::kRequestTooLarge,
                    absl::StrCat("Request must be smaller than ", bytes_max,
                                 " bytes for the InvokeFunction operation"));
  }
  if (http.body_state == net::BodyState::kTruncated) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    "Could not parse request body into json: the body is shorter than announced");
  }
  if (http.body.empty()) return absl::OkStatus();
  if (const absl::Status syntax = CheckJsonSyntax(http.body); !syntax.ok()) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    absl::StrCat("Could not parse request body into json: ", syntax.message()));
  }
  return absl::OkStatus();
}

// What an invocation under way keeps until its answer. std::function needs something to copy.
struct WaitingCaller {
  net::HttpResponder responder;
  LogType log_type = LogType::kNone;
  std::string function_name;
  live::Orchestrator* orchestrator = nullptr;
};

void AnswerWithoutWaiting(ParsedInvoke parsed, net::HttpResponder responder,
                          live::Orchestrator* orchestrator) {
  const std::string request_id = live::MakeUuid();
  const std::string& name = parsed.request.function_name;
  if (!orchestrator->GetFunction(name).ok()) {
    responder.Send(ErrorResponse(
        FunctionNotFound({.name = name, .qualifier = "$LATEST"}, *orchestrator), request_id));
    return;
  }
  net::HttpResponse response{
      .status = parsed.type == InvocationType::kDryRun ? 204 : 202, .headers = {}, .body = ""};
  response.headers.Add("x-amzn-RequestId", request_id);
  responder.Send(std::move(response));
  if (parsed.type == InvocationType::kEvent) {
    parsed.request.request_id = request_id;
    orchestrator->Invoke(std::move(parsed.request), [](live::InvokeResult) {});
  }
}

}  // namespace

absl::StatusOr<ParsedInvoke> ParseInvoke(RoutedRequest request,
                                         const live::Orchestrator& orchestrator) {
  net::HttpRequest& http = request.http;
  ParsedInvoke parsed;
  ASSIGN_OR_RETURN(FunctionReference reference, ParseFunctionReference(request.parameter));
  RETURN_IF_ERROR(AddQualifier(QueryParameter(http.query, "Qualifier"), reference));
  ASSIGN_OR_RETURN(parsed.type, ParseInvocationType(http.headers.Get("X-Amz-Invocation-Type")));
  ASSIGN_OR_RETURN(parsed.log_type, ParseLogType(http.headers.Get("X-Amz-Log-Type")));
  RETURN_IF_ERROR(CheckPayload(parsed.type, http));
  if (const absl::string_view header = http.headers.Get("X-Amz-Client-Context"); !header.empty()) {
    ASSIGN_OR_RETURN(parsed.request.client_context, ParseClientContext(header));
  }
  RETURN_IF_ERROR(CheckIsHere(reference, orchestrator));

  if (!reference.qualifier.empty())
    parsed.request.invoked_arn = ReferenceArn(reference, orchestrator);
  parsed.request.function_name = std::move(reference.name);
  parsed.request.payload = http.body.empty() ? "{}" : std::move(http.body);
  if (const absl::string_view type = http.headers.Get("Content-Type"); !type.empty()) {
    parsed.request.content_type = std::string(type);
  }
  const absl::string_view trace_id = http.headers.Get("X-Amzn-Trace-Id");
  if (static_cast<int64_t>(trace_id.size()) <= kTraceIdBytesMax) {
    parsed.request.trace_id = std::string(trace_id);
  }
  return parsed;
}

net::HttpResponse InvokeResponse(live::InvokeResult result, LogType log_type,
                                 const std::string& function_arn) {
  switch (result.outcome) {
    case live::InvokeOutcome::kThrottled:
      return ThrottleResponse(result.throttle_reason, result.request_id);
    case live::InvokeOutcome::kFunctionNotFound:
      return ErrorResponse(ApiError(ErrorCode::kResourceNotFound,
                                    absl::StrCat("Function not found: ", function_arn, ":$LATEST")),
                           result.request_id);
    case live::InvokeOutcome::kServiceError:
      return ErrorResponse(ApiError(ErrorCode::kService, result.message), result.request_id);
    case live::InvokeOutcome::kSuccess:
    case live::InvokeOutcome::kFunctionError:
      break;
  }
  net::HttpResponse response = JsonResponse(200, std::move(result.payload), result.request_id);
  response.headers.Add("X-Amz-Executed-Version", "$LATEST");
  if (!result.trace_id.empty()) response.headers.Add("X-Amzn-Trace-Id", result.trace_id);
  if (result.outcome == live::InvokeOutcome::kFunctionError) {
    response.headers.Add("X-Amz-Function-Error", "Unhandled");
  }
  if (log_type == LogType::kTail) {
    response.headers.Add("X-Amz-Log-Result", absl::Base64Escape(result.log_tail));
  }
  return response;
}

void ServeInvoke(RoutedRequest request, net::HttpResponder responder,
                 live::Orchestrator* orchestrator) {
  CHECK(orchestrator != nullptr);
  absl::StatusOr<ParsedInvoke> parsed = ParseInvoke(std::move(request), *orchestrator);
  if (!parsed.ok()) {
    responder.Send(ErrorResponse(parsed.status(), live::MakeUuid()));
    return;
  }
  if (parsed->type != InvocationType::kRequestResponse) {
    AnswerWithoutWaiting(*std::move(parsed), std::move(responder), orchestrator);
    return;
  }
  auto caller = std::make_shared<WaitingCaller>();
  caller->responder = std::move(responder);
  caller->log_type = parsed->log_type;
  caller->function_name = parsed->request.function_name;
  caller->orchestrator = orchestrator;
  orchestrator->Invoke(std::move(parsed->request), [caller](live::InvokeResult result) {
    std::string arn;
    if (result.outcome == live::InvokeOutcome::kFunctionNotFound) {
      arn = caller->orchestrator->FunctionArn(caller->function_name);
    }
    caller->responder.Send(InvokeResponse(std::move(result), caller->log_type, arn));
  });
}

}  // namespace floe::invoke_api
