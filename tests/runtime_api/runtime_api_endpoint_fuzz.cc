// Any bytes into a Runtime API endpoint, through the real parser and without sockets: it never
// crashes, answers everything with a status it knows, and tells its observer a possible story.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "net/http_exchange.h"
#include "net/http_message.h"
#include "net/http_request_parser.h"
#include "net/http_server.h"
#include "runtime_api/runtime_api_endpoint.h"

namespace floe::runtime_api {
namespace {

// Keeps the handler and runs it when asked to.
class InProcessServer : public net::HttpServer {
 public:
  absl::StatusOr<Listening> Listen(const std::string&, int, const net::ListenerOptions&,
                                   net::HttpHandler) override {
    return absl::UnimplementedError("listen in process");
  }
  absl::StatusOr<net::ListenerId> Adopt(int, const net::ListenerOptions& options,
                                        net::HttpHandler handler) override {
    options_ = options;
    handler_ = std::move(handler);
    return net::ListenerId{1};
  }
  void Close(net::ListenerId) override { handler_ = nullptr; }
  void CloseConnections(net::ListenerId) override {}

  const net::ListenerOptions& options() const { return options_; }
  void Handle(net::HttpRequest request, net::HttpResponder responder) {
    if (handler_) handler_(std::move(request), std::move(responder));
  }

 private:
  net::ListenerOptions options_;
  net::HttpHandler handler_;
};

class CheckedExchange : public net::HttpResponder::Exchange {
 public:
  void Send(net::HttpResponse response) override {
    CHECK(!done_);
    done_ = true;
    switch (response.status) {
      case 200:
      case 202:
      case 400:
      case 403:
      case 404:
      case 405:
      case 413:
        break;
      default:
        CHECK(false);
    }
    CHECK(response.status == 405 || !response.headers.Get("Content-Type").empty());
  }
  void Abort() override { done_ = true; }
  bool IsConnected() const override { return !done_; }

 private:
  bool done_ = false;
};

// Checks that ready, answers and ends come in an order that one runtime can cause.
class StoryObserver : public RuntimeApiObserver {
 public:
  void OnReady() override {
    CHECK(!ready_ && !init_failed_);
    ready_ = true;
  }
  void OnInitError(PostedError error) override {
    CHECK(!ready_ && !init_failed_);
    CheckType(error.error_type);
    init_failed_ = true;
  }
  void OnResponse(const std::string& request_id, PostedResponse) override { Answer(request_id); }
  void OnError(const std::string& request_id, PostedError error) override {
    CheckType(error.error_type);
    Answer(request_id);
  }
  void OnFinished(const std::string& request_id) override {
    CHECK(answered_ && request_id == "id");
    answered_ = false;
  }

 private:
  void Answer(const std::string& request_id) {
    CHECK(ready_ && !answered_ && request_id == "id");
    answered_ = true;
  }
  static void CheckType(const std::string& type) {
    CHECK(type.rfind("Runtime.", 0) == 0 || type.rfind("Function.", 0) == 0);
  }

  bool ready_ = false;
  bool init_failed_ = false;
  bool answered_ = false;
};

void Run(absl::string_view input) {
  InProcessServer server;
  StoryObserver observer;
  const std::unique_ptr<RuntimeApiEndpoint> endpoint =
      *RuntimeApiEndpoint::Create(&server, -1, &observer);
  const net::HttpRequestParser::Limits limits = {
      .header_bytes_max = 4'096, .body_bytes_max = 16, .body_limit_of = nullptr};
  while (!input.empty()) {
    // Refused while one is under way; so the code in the environment always has something to do.
    endpoint->Offer({.request_id = "id", .payload = "{}"}).IgnoreError();
    net::HttpRequestParser parser(limits);
    input.remove_prefix(parser.Put(input));
    if (parser.state() == net::HttpRequestParser::State::kBody) parser.PutEnd();
    if (parser.state() != net::HttpRequestParser::State::kComplete) {
      if (parser.state() == net::HttpRequestParser::State::kMalformed) {
        const net::HttpResponse answer =
            server.options().malformed_response(parser.error_status(), parser.error_reason());
        CHECK(answer.status >= 400);
      }
      return;
    }
    net::HttpRequest request = parser.TakeRequest();
    CHECK(server.options().body_limit_of(request) > 0);
    server.Handle(std::move(request), net::HttpResponder(std::make_shared<CheckedExchange>()));
  }
}

}  // namespace
}  // namespace floe::runtime_api

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  floe::runtime_api::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
