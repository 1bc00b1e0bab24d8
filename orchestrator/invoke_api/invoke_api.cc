#include "orchestrator/invoke_api/invoke_api.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/invoke_api/code_store.h"
#include "orchestrator/invoke_api/control_thread.h"
#include "orchestrator/invoke_api/function_operations.h"
#include "orchestrator/invoke_api/invoke_operation.h"
#include "orchestrator/invoke_api/router.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {
namespace {

class InvokeApiImpl : public InvokeApi {
 public:
  InvokeApiImpl(std::unique_ptr<FunctionOperations> operations, net::HttpServer* server,
                live::Orchestrator* orchestrator)
      : server_(server),
        orchestrator_(orchestrator),
        control_(std::move(operations)),
        router_(Routes()) {}

  ~InvokeApiImpl() override {
    if (is_listening_) server_->Close(listening_.id);
  }

  absl::Status Listen(const Options& options) {
    const net::ListenerOptions listener{
        .body_bytes_max = kRequestBytesMax,
        .connections_max = options.connections_max,
        .malformed_response = [](int status, std::string reason) {
          net::HttpResponse response =
              ErrorResponse(ApiError(ErrorCode::kInvalidRequestContent, reason), live::MakeUuid());
          response.status = status;
          return response;
        }};
    ASSIGN_OR_RETURN(
        listening_, server_->Listen(options.address, options.port, listener,
                                    [this](net::HttpRequest request, net::HttpResponder responder) {
                                      Serve(std::move(request), std::move(responder));
                                    }));
    is_listening_ = true;
    return absl::OkStatus();
  }

  int port() const override { return listening_.port; }

 private:
  void Serve(net::HttpRequest request, net::HttpResponder responder) {
    // A page in a browser on this machine can send requests to loopback addresses; the browser then
    // says where the page came from. SDKs and tools send no Origin.
    if (request.headers.Has("Origin")) {
      responder.Send(ErrorResponse(
          ApiError(ErrorCode::kAccessDenied, "Requests of web pages are not accepted"),
          live::MakeUuid()));
      return;
    }
    router_.Dispatch(std::move(request), std::move(responder));
  }

  std::vector<Route> Routes() {
    const auto control = [this](FunctionOperations::Operation operation) {
      return [this, operation](RoutedRequest request, net::HttpResponder responder) {
        control_.Run(operation, std::move(request), std::move(responder));
      };
    };
    const auto invoke = [this](RoutedRequest request, net::HttpResponder responder) {
      ServeInvoke(std::move(request), std::move(responder), orchestrator_);
    };
    const auto health = [this](RoutedRequest, net::HttpResponder responder) {
      ServeHealth(std::move(responder));
    };
    using Ops = FunctionOperations;
    const std::string function = "/2015-03-31/functions/{FunctionName}";
    const std::string tags = "/2017-03-31/tags/{ARN}";
    // Invoke is first: it is the one that must be fast.
    return {
        {"POST", function + "/invocations", invoke},
        {"POST", "/2015-03-31/functions", control(&Ops::CreateFunction)},
        {"GET", "/2015-03-31/functions", control(&Ops::ListFunctions)},
        {"GET", function, control(&Ops::GetFunction)},
        {"DELETE", function, control(&Ops::DeleteFunction)},
        {"GET", function + "/configuration", control(&Ops::GetFunctionConfiguration)},
        {"PUT", function + "/configuration", control(&Ops::UpdateFunctionConfiguration)},
        {"PUT", function + "/code", control(&Ops::UpdateFunctionCode)},
        {"PUT", "/2017-10-31/functions/{FunctionName}/concurrency",
         control(&Ops::PutFunctionConcurrency)},
        {"DELETE", "/2017-10-31/functions/{FunctionName}/concurrency",
         control(&Ops::DeleteFunctionConcurrency)},
        {"GET", "/2019-09-30/functions/{FunctionName}/concurrency",
         control(&Ops::GetFunctionConcurrency)},
        {"GET", "/2016-08-19/account-settings", control(&Ops::GetAccountSettings)},
        {"GET", tags, control(&Ops::ListTags)},
        {"POST", tags, control(&Ops::TagResource)},
        {"DELETE", tags, control(&Ops::UntagResource)},
        {"GET", "/_floe/health", health},
    };
  }

  void ServeHealth(net::HttpResponder responder) {
    const live::Metrics metrics = orchestrator_->GetMetrics();
    responder.Send(JsonResponse(200, absl::StrCat(R"({"status":"ok","nodes":)", metrics.nodes, "}"),
                                live::MakeUuid()));
  }

  net::HttpServer* const server_;
  live::Orchestrator* const orchestrator_;
  ControlThread control_;
  const Router router_;
  net::HttpServer::Listening listening_;
  bool is_listening_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<InvokeApi>> InvokeApi::Create(const Options& options,
                                                             net::HttpServer* server,
                                                             live::Orchestrator* orchestrator) {
  CHECK(server != nullptr && orchestrator != nullptr);
  RETURN_IF_ERROR(CheckListenAddress(options.address, options.remote_access));
  ASSIGN_OR_RETURN(std::unique_ptr<CodeStore> code_store,
                   CodeStore::Create(options.code_directory));
  auto api = std::make_unique<InvokeApiImpl>(
      std::make_unique<FunctionOperations>(std::move(code_store), options.base_root, orchestrator),
      server, orchestrator);
  RETURN_IF_ERROR(api->Listen(options));
  return api;
}

}  // namespace floe::invoke_api
