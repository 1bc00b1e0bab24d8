#include "orchestrator/invoke_api/http_trigger.h"

#include <atomic>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/function_name.h"
#include "orchestrator/invoke_api/proxy_event.h"
#include "orchestrator/invoke_api/proxy_response.h"
#include "orchestrator/invoke_api/time_limit.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {
namespace {

constexpr absl::string_view kInternalError = R"({"message": "Internal server error"})";
constexpr absl::string_view kTimedOut = R"({"message": "Endpoint request timed out"})";
constexpr absl::string_view kNoResource = R"({"message":"Missing Authentication Token"})";
constexpr absl::string_view kTooLong = R"({"message":"Request Too Long"})";

net::HttpResponse Failure(int status, absl::string_view body, absl::string_view error_type) {
  net::HttpResponse response{.status = status, .headers = {}, .body = std::string(body)};
  response.headers.Add("Content-Type", "application/json");
  if (!error_type.empty()) response.headers.Add("x-amzn-ErrorType", error_type);
  return response;
}

net::HttpResponse NoResource() {
  return Failure(403, kNoResource, "MissingAuthenticationTokenException");
}

net::HttpResponse ToResponse(live::InvokeResult result) {
  switch (result.outcome) {
    case live::InvokeOutcome::kFunctionNotFound:
      return NoResource();
    case live::InvokeOutcome::kThrottled:
    case live::InvokeOutcome::kServiceError:
      return Failure(500, kInternalError, "InternalServerErrorException");
    case live::InvokeOutcome::kFunctionError:
      return Failure(502, kInternalError, "InternalServerErrorException");
    case live::InvokeOutcome::kSuccess:
      break;
  }
  absl::StatusOr<net::HttpResponse> response = ParseProxyResponse(result.payload);
  if (!response.ok()) return Failure(502, kInternalError, "InternalServerErrorException");
  if (!result.trace_id.empty()) response->headers.Add("X-Amzn-Trace-Id", result.trace_id);
  return *std::move(response);
}

// A client that waits. The result and the time limit race; whoever claims first answers.
class WaitingClient {
 public:
  WaitingClient(net::HttpResponder responder, std::string request_id,
                std::string extended_request_id)
      : responder_(std::move(responder)),
        request_id_(std::move(request_id)),
        extended_request_id_(std::move(extended_request_id)) {}

  // True for the first caller, who must then Send.
  bool Claim() { return !is_claimed_.exchange(true); }

  void Send(net::HttpResponse response) {
    response.headers.Add("x-amzn-RequestId", request_id_);
    response.headers.Add("x-amz-apigw-id", extended_request_id_);
    responder_.Send(std::move(response));
  }

 private:
  std::atomic<bool> is_claimed_ = false;
  net::HttpResponder responder_;  // Used by the one who claimed.
  const std::string request_id_;
  const std::string extended_request_id_;
};

// "/name/rest" into the name and "/rest"; the latter "/" when there is no more.
std::pair<std::string, std::string> SplitPath(absl::string_view path) {
  if (path.empty() || path[0] != '/') return {"", "/"};
  path.remove_prefix(1);
  const size_t slash = path.find('/');
  if (slash == absl::string_view::npos) return {net::PercentDecode(path), "/"};
  return {net::PercentDecode(path.substr(0, slash)), std::string(path.substr(slash))};
}

class HttpTriggerImpl : public HttpTrigger {
 public:
  HttpTriggerImpl(Duration limit, net::HttpServer* server, live::Orchestrator* orchestrator)
      : server_(server), orchestrator_(orchestrator), limit_(std::make_shared<TimeLimit>(limit)) {}

  ~HttpTriggerImpl() override {
    if (is_listening_) server_->Close(listening_.id);
  }

  absl::Status Listen(const Options& options) {
    const net::ListenerOptions listener{.body_bytes_max = kTriggerBodyBytesMax,
                                        .connections_max = options.connections_max};
    ASSIGN_OR_RETURN(
        listening_, server_->Listen(options.address, options.port, listener,
                                    [this](net::HttpRequest request, net::HttpResponder responder) {
                                      Serve(std::move(request), std::move(responder));
                                    }));
    port_ = listening_.port;
    is_listening_ = true;
    return absl::OkStatus();
  }

  int port() const override { return listening_.port; }

 private:
  void Serve(net::HttpRequest request, net::HttpResponder responder) {
    ProxyContext context{.account_id = orchestrator_->options().account_id,
                         .request_id = live::MakeUuid(),
                         .extended_request_id = absl::Base64Escape(live::MakeUuid().substr(24)),
                         .received_at = absl::Now(),
                         .port = port_};
    std::tie(context.stage, context.path) = SplitPath(request.path);
    auto client = std::make_shared<WaitingClient>(std::move(responder), context.request_id,
                                                  context.extended_request_id);
    const absl::StatusOr<FunctionReference> function = ParseFunctionReference(context.stage);
    if (!function.ok() || function->name != context.stage) {
      client->Send(NoResource());
      return;
    }
    if (request.body_state == net::BodyState::kTooLarge) {
      client->Send(Failure(413, kTooLong, "RequestTooLargeException"));
      return;
    }
    if (request.body_state == net::BodyState::kTruncated) {
      client->Send(Failure(400, R"({"message":"Bad Request"})", "BadRequestException"));
      return;
    }
    live::InvokeRequest invoke{.function_name = context.stage,
                               .payload = ProxyEvent(request, context),
                               .trace_id = std::string(request.headers.Get("X-Amzn-Trace-Id"))};
    if (static_cast<int64_t>(invoke.payload.size()) > live::kPayloadBytesMax) {
      client->Send(Failure(413, kTooLong, "RequestTooLargeException"));
      return;
    }
    Run(std::move(invoke), std::move(client));
  }

  void Run(live::InvokeRequest invoke, std::shared_ptr<WaitingClient> client) {
    const TimeLimit::Handle handle = limit_->Begin([client] {
      if (client->Claim()) client->Send(Failure(504, kTimedOut, "InternalServerErrorException"));
    });
    // The limit is shared with the invocation, which may end after the trigger is gone.
    orchestrator_->Invoke(std::move(invoke),
                          [client, handle, limit = limit_](live::InvokeResult result) {
                            limit->End(handle);
                            if (client->Claim()) client->Send(ToResponse(std::move(result)));
                          });
  }

  net::HttpServer* const server_;
  live::Orchestrator* const orchestrator_;
  const std::shared_ptr<TimeLimit> limit_;
  net::HttpServer::Listening listening_;
  std::atomic<int> port_ = 0;  // Requests may come before Listen returns.
  bool is_listening_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpTrigger>> HttpTrigger::Create(const Options& options,
                                                                 net::HttpServer* server,
                                                                 live::Orchestrator* orchestrator) {
  CHECK(server != nullptr && orchestrator != nullptr);
  RETURN_IF_ERROR(CheckListenAddress(options.address, options.remote_access));
  if (options.limit <= Duration() || options.limit.is_infinite()) {
    return absl::InvalidArgumentError("HTTP trigger: the time limit must be positive and finite");
  }
  auto trigger = std::make_unique<HttpTriggerImpl>(options.limit, server, orchestrator);
  RETURN_IF_ERROR(trigger->Listen(options));
  return trigger;
}

}  // namespace floe::invoke_api
