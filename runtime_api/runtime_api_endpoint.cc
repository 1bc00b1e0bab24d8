#include "runtime_api/runtime_api_endpoint.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "net/http_message.h"
#include "net/http_server.h"
#include "runtime_api/posted_message.h"
#include "runtime_api/runtime_api_route.h"
#include "runtime_api/runtime_state.h"

namespace floe::runtime_api {
namespace {

using net::BodyState;
using net::HttpRequest;
using net::HttpResponder;
using net::HttpResponse;

constexpr absl::string_view kTooLargeType = "Function.ResponseSizeTooLarge";
constexpr absl::string_view kTruncatedType = "Runtime.TruncatedResponse";
constexpr absl::string_view kInvalidModeType = "Runtime.InvalidResponseModeHeader";
constexpr absl::string_view kErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";

// ---- Answers.

HttpResponse JsonAnswer(int status, std::string body) {
  HttpResponse response = {.status = status, .body = std::move(body)};
  response.headers.Add("Content-Type", "application/json");
  return response;
}

HttpResponse TextAnswer(int status, std::string body) {
  HttpResponse response = {.status = status, .body = std::move(body)};
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  return response;
}

HttpResponse Accepted() {
  return JsonAnswer(202, "{\"status\":\"OK\"}\n");
}

HttpResponse Refused(RuntimeState state, RuntimeStep step) {
  return JsonAnswer(403, ErrorJson(RefusalText(state, step), "InvalidStateTransition"));
}

HttpResponse UnknownRequestId() {
  return JsonAnswer(400, ErrorJson("Invalid request ID", "InvalidRequestID"));
}

HttpResponse InvalidMode() {
  return JsonAnswer(400,
                    ErrorJson("Invalid function response mode", "InvalidFunctionResponseMode"));
}

HttpResponse Truncated() {
  return JsonAnswer(400, ErrorJson("HTTP request detected as truncated", "TruncatedHTTPRequest"));
}

HttpResponse TooLarge(int64_t bytes_max) {
  return JsonAnswer(
      413, ErrorJson(absl::StrCat("Exceeded maximum allowed payload size (", bytes_max, " bytes)."),
                     "RequestEntityTooLarge"));
}

HttpResponse WrongMethod(absl::string_view allowed_method) {
  HttpResponse response = {.status = 405};
  response.headers.Add("Allow", allowed_method);
  return response;
}

// ---- What the caller of the function gets instead of what could not be read.

PostedError TooLargeError(int64_t bytes_max) {
  return {.error_type = std::string(kTooLargeType),
          .body = ErrorJson(
              absl::StrCat("Response payload size exceeded maximum allowed payload size (",
                           bytes_max, " bytes)."),
              kTooLargeType)};
}

PostedError TruncatedError() {
  return {.error_type = std::string(kTruncatedType),
          .body = ErrorJson("The runtime ended its response before all of it was sent",
                            kTruncatedType)};
}

PostedError InvalidModeError() {
  return {.error_type = std::string(kInvalidModeType),
          .body = ErrorJson("The runtime asked for an unknown response mode", kInvalidModeType)};
}

// ---- What the observer is told.

struct Ready {};
struct InitFailed {
  PostedError error;
};
struct Responded {
  std::string request_id;
  PostedResponse response;
};
struct Failed {
  std::string request_id;
  PostedError error;
};
struct Finished {
  std::string request_id;
};
using Notification = std::variant<Ready, InitFailed, Responded, Failed, Finished>;

void Tell(RuntimeApiObserver& observer, Ready&&) {
  observer.OnReady();
}
void Tell(RuntimeApiObserver& observer, InitFailed&& fact) {
  observer.OnInitError(std::move(fact.error));
}
void Tell(RuntimeApiObserver& observer, Responded&& fact) {
  observer.OnResponse(fact.request_id, std::move(fact.response));
}
void Tell(RuntimeApiObserver& observer, Failed&& fact) {
  observer.OnError(fact.request_id, std::move(fact.error));
}
void Tell(RuntimeApiObserver& observer, Finished&& fact) {
  observer.OnFinished(fact.request_id);
}

// What a post becomes: what its sender is answered, and what is made of it.
struct PostOutcome {
  HttpResponse answer;
  std::variant<PostedResponse, PostedError> result;
};

PostOutcome ReadResponse(HttpRequest request) {
  const ResponseMode mode = ResponseModeOf(request.headers);
  if (mode == ResponseMode::kInvalid) return {InvalidMode(), InvalidModeError()};
  const bool streamed = mode == ResponseMode::kStreaming;
  if (request.body_state == BodyState::kTooLarge) {
    const int64_t bytes_max = streamed ? kStreamedResponseBytesMax : kResponseBytesMax;
    return {TooLarge(bytes_max), TooLargeError(bytes_max)};
  }
  if (request.body_state == BodyState::kTruncated) return {Truncated(), TruncatedError()};
  StreamError stream_error = StreamErrorOf(request.trailers);
  return {Accepted(),
          PostedResponse{.payload = std::move(request.body),
                         .content_type = std::string(request.headers.Get("Content-Type")),
                         .streamed = streamed,
                         .stream_error_type = std::move(stream_error.type),
                         .stream_error_body = std::move(stream_error.body)}};
}

// Of /error and /init/error. Whatever comes, the invocation or the initialisation has failed.
std::pair<HttpResponse, PostedError> ReadError(HttpRequest request) {
  if (request.body_state == BodyState::kTooLarge) {
    return {TooLarge(kResponseBytesMax), TooLargeError(kResponseBytesMax)};
  }
  if (request.body_state == BodyState::kTruncated) return {Truncated(), TruncatedError()};
  return {Accepted(),
          PostedError{.error_type = ClassifyErrorType(request.headers.Get(kErrorTypeHeader)),
                      .body = std::move(request.body)}};
}

// An invocation with its payload where every answer that carries it can share it.
struct CurrentInvocation {
  InvocationOffer offer;
  std::shared_ptr<const std::string> payload;
};

HttpResponse EventAnswer(const CurrentInvocation& invocation) {
  const InvocationOffer& offer = invocation.offer;
  HttpResponse response = {.status = 200, .shared_body = invocation.payload};
  const auto add = [&response](absl::string_view name, absl::string_view value) {
    if (!value.empty()) response.headers.Add(name, value);
  };
  add("Content-Type", offer.content_type.empty() ? "application/json" : offer.content_type);
  add("Lambda-Runtime-Aws-Request-Id", offer.request_id);
  add("Lambda-Runtime-Deadline-Ms", absl::StrCat(offer.deadline_epoch_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", offer.invoked_function_arn);
  add("Lambda-Runtime-Trace-Id", offer.trace_id);
  add("Lambda-Runtime-Client-Context", OnOneLine(offer.client_context));
  return response;
}

// The protocol of one environment. Thread-safe. Shared with the server's handler, so that it
// outlives an endpoint that is destroyed from one of its own observer calls.
class Protocol {
 public:
  explicit Protocol(RuntimeApiObserver* observer) : observer_(*observer) {}

  void Handle(HttpRequest request, HttpResponder responder);
  absl::Status Offer(InvocationOffer offer);
  // Back to the state before the first next. Observer calls still due are dropped.
  void Reset();
  // No observer call begins afterwards; every request is cut off.
  void Stop();

 private:
  using Lock = std::unique_lock<std::mutex>;

  void HandleNext(HttpResponder responder);
  void HandleResponse(const std::string& request_id, HttpRequest request, HttpResponder responder);
  void HandleError(const std::string& request_id, HttpRequest request, HttpResponder responder);
  void HandleInitError(HttpRequest request, HttpResponder responder);

  // All of these with mutex_ held.
  // What a post for `request_id` is refused with, or none.
  std::optional<HttpResponse> RefusalOfPost(const std::string& request_id, RuntimeStep step) const;
  void Move(RuntimeStep step);
  void DropGonePollers();
  // The poller that gets the current invocation, if both exist; the state follows.
  HttpResponder TakePollerForDelivery();
  // Tells the observer everything due, without the lock. Leaves it to a thread that is at it
  // already.
  void TellObserver(Lock& lock);

  RuntimeApiObserver& observer_;
  std::mutex mutex_;  // Guards everything below.
  RuntimeState state_ = RuntimeState::kStarted;
  bool stopped_ = false;
  // From Offer until the next that ends it.
  std::optional<CurrentInvocation> invocation_;
  // Waiting nexts, oldest first. No more than the listener's connections.
  std::deque<HttpResponder> pollers_;
  // At most two per connection: a next, and a post.
  std::deque<Notification> due_;
  bool telling_ = false;
};

void Protocol::Handle(HttpRequest request, HttpResponder responder) {
  const RuntimeApiRoute route = RouteOf(request.method, request.path);
  switch (route.call) {
    case RuntimeApiCall::kNext:
      return HandleNext(std::move(responder));
    case RuntimeApiCall::kResponse:
      return HandleResponse(route.request_id, std::move(request), std::move(responder));
    case RuntimeApiCall::kError:
      return HandleError(route.request_id, std::move(request), std::move(responder));
    case RuntimeApiCall::kInitError:
      return HandleInitError(std::move(request), std::move(responder));
    case RuntimeApiCall::kPing:
      return responder.Send(TextAnswer(200, "pong"));
    case RuntimeApiCall::kUnknownPath:
      return responder.Send(TextAnswer(404, "404 page not found\n"));
    case RuntimeApiCall::kWrongMethod:
      return responder.Send(WrongMethod(route.allowed_method));
  }
}

void Protocol::HandleNext(HttpResponder responder) {
  Lock lock(mutex_);
  if (stopped_) return responder.Abort();
  const RuntimeState before = state_;
  if (!StateAfter(before, RuntimeStep::kNext).has_value()) {
    lock.unlock();
    return responder.Send(Refused(before, RuntimeStep::kNext));
  }
  Move(RuntimeStep::kNext);
  if (before == RuntimeState::kRunning) {
    // The code asks again without having answered: it gets the same event.
    HttpResponse event = EventAnswer(*invocation_);
    lock.unlock();
    return responder.Send(std::move(event));
  }
  if (before == RuntimeState::kStarted) due_.emplace_back(Ready{});
  if (before == RuntimeState::kResponseSent) {
    due_.emplace_back(Finished{std::move(invocation_->offer.request_id)});
    invocation_.reset();
  }
  DropGonePollers();
  pollers_.push_back(std::move(responder));
  if (HttpResponder poller = TakePollerForDelivery()) {
    HttpResponse event = EventAnswer(*invocation_);
    lock.unlock();
    poller.Send(std::move(event));
    lock.lock();
  }
  TellObserver(lock);
}

void Protocol::HandleResponse(const std::string& request_id, HttpRequest request,
                              HttpResponder responder) {
  Lock lock(mutex_);
  if (stopped_) return responder.Abort();
  if (auto refusal = RefusalOfPost(request_id, RuntimeStep::kResponse)) {
    lock.unlock();
    return responder.Send(*std::move(refusal));
  }
  Move(RuntimeStep::kResponse);
  PostOutcome outcome = ReadResponse(std::move(request));
  Move(RuntimeStep::kBodyRead);
  if (auto* response = std::get_if<PostedResponse>(&outcome.result)) {
    due_.emplace_back(Responded{request_id, std::move(*response)});
  } else {
    due_.emplace_back(Failed{request_id, std::get<PostedError>(std::move(outcome.result))});
  }
  // The observer before the runtime: someone waits for the response, nobody for "accepted".
  TellObserver(lock);
  lock.unlock();
  responder.Send(std::move(outcome.answer));
}

void Protocol::HandleError(const std::string& request_id, HttpRequest request,
                           HttpResponder responder) {
  Lock lock(mutex_);
  if (stopped_) return responder.Abort();
  if (auto refusal = RefusalOfPost(request_id, RuntimeStep::kError)) {
    lock.unlock();
    return responder.Send(*std::move(refusal));
  }
  Move(RuntimeStep::kError);
  auto [answer, error] = ReadError(std::move(request));
  Move(RuntimeStep::kBodyRead);
  due_.emplace_back(Failed{request_id, std::move(error)});
  TellObserver(lock);
  lock.unlock();
  responder.Send(std::move(answer));
}

void Protocol::HandleInitError(HttpRequest request, HttpResponder responder) {
  Lock lock(mutex_);
  if (stopped_) return responder.Abort();
  if (!StateAfter(state_, RuntimeStep::kInitError).has_value()) {
    HttpResponse refusal = Refused(state_, RuntimeStep::kInitError);
    lock.unlock();
    return responder.Send(std::move(refusal));
  }
  Move(RuntimeStep::kInitError);
  auto [answer, error] = ReadError(std::move(request));
  due_.emplace_back(InitFailed{std::move(error)});
  TellObserver(lock);
  lock.unlock();
  responder.Send(std::move(answer));
}

std::optional<HttpResponse> Protocol::RefusalOfPost(const std::string& request_id,
                                                    RuntimeStep step) const {
  // The id comes before the state: clients tell 400 and 403 apart.
  if (!invocation_.has_value() || invocation_->offer.request_id != request_id) {
    return UnknownRequestId();
  }
  if (!StateAfter(state_, step).has_value()) return Refused(state_, step);
  return std::nullopt;
}

void Protocol::Move(RuntimeStep step) {
  const std::optional<RuntimeState> after = StateAfter(state_, step);
  CHECK(after.has_value());
  state_ = *after;
}

void Protocol::DropGonePollers() {
  for (auto poller = pollers_.begin(); poller != pollers_.end();) {
    if (poller->IsConnected()) {
      ++poller;
    } else {
      poller->Abort();
      poller = pollers_.erase(poller);
    }
  }
}

HttpResponder Protocol::TakePollerForDelivery() {
  if (!invocation_.has_value() || state_ != RuntimeState::kReady) return {};
  while (!pollers_.empty()) {
    HttpResponder poller = std::move(pollers_.front());
    pollers_.pop_front();
    if (poller.IsConnected()) {
      Move(RuntimeStep::kDelivery);
      return poller;
    }
    poller.Abort();
  }
  return {};
}

void Protocol::TellObserver(Lock& lock) {
  if (telling_) return;
  telling_ = true;
  while (!due_.empty() && !stopped_) {
    Notification notification = std::move(due_.front());
    due_.pop_front();
    lock.unlock();
    std::visit([this](auto&& fact) { Tell(observer_, std::move(fact)); }, std::move(notification));
    lock.lock();
  }
  telling_ = false;
}

absl::Status Protocol::Offer(InvocationOffer offer) {
  const std::string subject = absl::StrCat("offer invocation ", offer.request_id);
  if (offer.request_id.empty()) {
    return absl::InvalidArgumentError("offer invocation: the request id is empty");
  }
  Lock lock(mutex_);
  if (stopped_) return absl::FailedPreconditionError(absl::StrCat(subject, ": being closed"));
  if (invocation_.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat(subject, ": invocation ", invocation_->offer.request_id, " is not finished"));
  }
  if (state_ == RuntimeState::kInitError) {
    return absl::FailedPreconditionError(absl::StrCat(subject, ": initialisation failed"));
  }
  auto payload = std::make_shared<const std::string>(std::move(offer.payload));
  invocation_ = CurrentInvocation{.offer = std::move(offer), .payload = std::move(payload)};
  if (HttpResponder poller = TakePollerForDelivery()) {
    HttpResponse event = EventAnswer(*invocation_);
    lock.unlock();
    poller.Send(std::move(event));
  }
  return absl::OkStatus();
}

void Protocol::Reset() {
  const Lock lock(mutex_);
  state_ = RuntimeState::kStarted;
  invocation_.reset();
  due_.clear();
  for (HttpResponder& poller : pollers_) poller.Abort();
  pollers_.clear();
}

void Protocol::Stop() {
  Reset();
  const Lock lock(mutex_);
  stopped_ = true;
}

class HttpEndpoint : public RuntimeApiEndpoint {
 public:
  HttpEndpoint(net::HttpServer* server, std::shared_ptr<Protocol> protocol,
               net::ListenerId listener)
      : server_(*server), protocol_(std::move(protocol)), listener_(listener) {}

  ~HttpEndpoint() override {
    protocol_->Stop();
    server_.Close(listener_);
    // A next that came between the two is let go too.
    protocol_->Stop();
  }

  absl::Status Offer(InvocationOffer offer) override { return protocol_->Offer(std::move(offer)); }

  void Restart() override {
    // In this order: no request of the old connections can come after the reset.
    server_.CloseConnections(listener_);
    protocol_->Reset();
  }

 private:
  net::HttpServer& server_;
  const std::shared_ptr<Protocol> protocol_;
  const net::ListenerId listener_;
};

int64_t BodyLimitOf(const HttpRequest& head) {
  const bool streams = absl::EndsWith(head.path, "/response") &&
                       ResponseModeOf(head.headers) == ResponseMode::kStreaming;
  return streams ? kStreamedResponseBytesMax : kResponseBytesMax;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RuntimeApiEndpoint>> RuntimeApiEndpoint::Create(
    net::HttpServer* server, int listen_fd, RuntimeApiObserver* observer) {
  auto protocol = std::make_shared<Protocol>(observer);
  const net::ListenerOptions options = {
      .body_limit_of = BodyLimitOf,
      .connections_max = kConnectionsMax,
      .malformed_response =
          [](int status, const std::string& reason) {
            return JsonAnswer(status, ErrorJson(reason, "InvalidRequest"));
          },
  };
  ASSIGN_OR_RETURN(
      const net::ListenerId listener,
      server->Adopt(listen_fd, options, [protocol](HttpRequest request, HttpResponder responder) {
        protocol->Handle(std::move(request), std::move(responder));
      }));
  return std::make_unique<HttpEndpoint>(server, std::move(protocol), listener);
}

}  // namespace floe::runtime_api
