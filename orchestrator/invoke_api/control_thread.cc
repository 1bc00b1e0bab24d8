#include "orchestrator/invoke_api/control_thread.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {
namespace {

net::HttpResponse Answer(absl::StatusOr<OperationResult> result) {
  const std::string request_id = live::MakeUuid();
  if (!result.ok()) return ErrorResponse(result.status(), request_id);
  if (!result->body.empty()) {
    return JsonResponse(result->status, std::move(result->body), request_id);
  }
  net::HttpResponse response{.status = result->status, .headers = {}, .body = ""};
  response.headers.Add("x-amzn-RequestId", request_id);
  return response;
}

}  // namespace

ControlThread::ControlThread(std::unique_ptr<FunctionOperations> operations)
    : operations_(std::move(operations)), thread_([this] { Loop(); }) {}

ControlThread::~ControlThread() {
  std::deque<Task> refused;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    refused.swap(tasks_);
  }
  changed_.notify_all();
  thread_.join();
  for (Task& task : refused) {
    task.responder.Send(Answer(ApiError(ErrorCode::kService, "The front door is shutting down")));
  }
}

void ControlThread::Run(FunctionOperations::Operation operation, RoutedRequest request,
                        net::HttpResponder responder) {
  if (request.http.body_state == net::BodyState::kTooLarge) {
    responder.Send(Answer(ApiError(ErrorCode::kRequestTooLarge, "The request is too large")));
    return;
  }
  if (request.http.body_state == net::BodyState::kTruncated) {
    responder.Send(Answer(ApiError(ErrorCode::kInvalidRequestContent,
                                   "Could not parse request body into json: the body is shorter "
                                   "than announced")));
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!stopping_ && tasks_.size() < kControlQueueMax) {
      tasks_.push_back({.operation = operation,
                        .request = std::move(request),
                        .responder = std::move(responder)});
      changed_.notify_one();
      return;
    }
  }
  net::HttpResponse response = JsonResponse(
      429, R"({"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."})",
      live::MakeUuid());
  response.headers.Add("x-amzn-ErrorType", "TooManyRequestsException");
  responder.Send(std::move(response));
}

void ControlThread::Loop() {
  while (true) {
    Task task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (stopping_) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task.responder.Send(Answer((*operations_.*task.operation)(task.request)));
  }
}

}  // namespace floe::invoke_api
