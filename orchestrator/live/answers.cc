#include "orchestrator/live/answers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/time.h"
#include "orchestrator/live/log_lines.h"
#include "orchestrator/live/node_convert.h"

namespace floe::live {
namespace {

InvokeResult BaseResult(const PendingInvocation& invocation, InvokeOutcome outcome) {
  InvokeResult result;
  result.outcome = outcome;
  result.request_id = invocation.request_id;
  result.trace_id = invocation.request.trace_id;
  result.cold_start = invocation.cold_start;
  return result;
}

void SetMeasurements(const PendingInvocation& invocation, const v1::InvocationMetrics& metrics,
                     InvokeResult& result) {
  result.run_duration = FromProto(metrics.run_duration());
  result.init_duration = FromProto(metrics.init_duration());
  result.memory_used_max_mib = metrics.memory_used_max_mib();
  if (invocation.environment == nullptr) return;
  // Reports of one environment come in order, so a plain maximum needs no exchange loop.
  std::atomic<int64_t>& highest = invocation.environment->memory_used_max_mib;
  result.memory_used_max_mib =
      std::max(result.memory_used_max_mib, highest.load(std::memory_order_relaxed));
  highest.store(result.memory_used_max_mib, std::memory_order_relaxed);
}

void SetLog(const PendingInvocation& invocation, std::string output, std::string status,
            InvokeResult& result) {
  result.log_tail = LogTail({.request_id = invocation.request_id,
                             .output = std::move(output),
                             .run_duration = result.run_duration,
                             .init_duration = result.init_duration,
                             .memory_mib = invocation.function->record.spec.memory_mib,
                             .memory_used_max_mib = result.memory_used_max_mib,
                             .status = std::move(status),
                             .error_type = result.error_type});
}

struct FailureText {
  const char* error_type;
  std::string what;
};

// What a caller is told when the report says nothing better.
FailureText DefaultText(const PendingInvocation& invocation, FailureCause cause) {
  switch (cause) {
    case FailureCause::kRuntimeExited:
      return {"Runtime.ExitError", "Runtime exited without providing a reason"};
    case FailureCause::kOutOfMemory:
      return {"Runtime.OutOfMemory", "Runtime exited with error: signal: killed"};
    case FailureCause::kInitError:
      return {"Runtime.Unknown", "Runtime reported an initialization error"};
    case FailureCause::kTimedOut:
      return {"Sandbox.Timedout", TimeoutText(invocation.function->record.spec.timeout)};
    case FailureCause::kStartFailed:
      return {"Sandbox.Failure", "The environment did not start"};
    case FailureCause::kNodeLost:
      break;
  }
  return {"Sandbox.Failure", "The node is lost"};
}

}  // namespace

InvokeResult AnswerResponded(const PendingInvocation& invocation,
                             v1::InvocationRespondedReport& report) {
  InvokeResult result = BaseResult(invocation, InvokeOutcome::kSuccess);
  SetMeasurements(invocation, report.metrics(), result);
  switch (report.outcome_case()) {
    case v1::InvocationRespondedReport::kResult: {
      v1::InvocationResult& posted = *report.mutable_result();
      result.content_type = std::move(*posted.mutable_content_type());
      if (posted.stream_error_type().empty()) {
        result.payload = std::move(*posted.mutable_payload());
        break;
      }
      result.outcome = InvokeOutcome::kFunctionError;
      result.error_type = std::move(*posted.mutable_stream_error_type());
      result.payload = std::move(*posted.mutable_stream_error_body());
      break;
    }
    case v1::InvocationRespondedReport::kError: {
      v1::InvocationError& posted = *report.mutable_error();
      result.outcome = InvokeOutcome::kFunctionError;
      result.content_type = "application/json";
      result.error_type = std::move(*posted.mutable_error_type());
      result.payload = std::move(*posted.mutable_body());
      break;
    }
    case v1::InvocationRespondedReport::OUTCOME_NOT_SET:
      result.outcome = InvokeOutcome::kFunctionError;
      result.content_type = "application/json";
      result.error_type = "Runtime.Unknown";
      break;
  }
  const bool failed = result.outcome == InvokeOutcome::kFunctionError;
  if (failed && result.payload.empty()) {
    result.content_type = "application/json";
    result.payload = ErrorBody(result.error_type,
                               ErrorMessage(invocation.request_id, "Unknown application error"));
  }
  SetLog(invocation, std::move(*report.mutable_metrics()->mutable_log_tail()),
         failed ? "error" : "", result);
  return result;
}

InvokeResult AnswerFailed(const PendingInvocation& invocation, FailureCause cause,
                          const FailureDetails* details, Instant now) {
  if (cause == FailureCause::kNodeLost) {
    return AnswerServiceError(
        invocation, invocation.environment == nullptr
                        ? std::string("run invocation: the node that made its environment is lost")
                        : "run invocation: node " + invocation.environment->node_name + " is lost");
  }
  InvokeResult result = BaseResult(invocation, InvokeOutcome::kFunctionError);
  result.content_type = "application/json";
  FailureText text = DefaultText(invocation, cause);
  result.error_type = text.error_type;
  v1::InvocationMetrics metrics;
  if (details != nullptr) {
    if (!details->error_type.empty()) result.error_type = details->error_type;
    if (!details->error_message.empty()) text.what = details->error_message;
    metrics = details->metrics;
    result.payload = details->error_body;
  }
  SetMeasurements(invocation, metrics, result);
  const bool was_assigned = invocation.environment != nullptr;
  if ((details == nullptr || !details->has_metrics) && was_assigned) {
    result.run_duration = now - invocation.assigned_at;
  }
  if (result.payload.empty()) {
    result.payload = ErrorBody(result.error_type, ErrorMessage(invocation.request_id, text.what));
  }
  SetLog(invocation, std::move(*metrics.mutable_log_tail()),
         cause == FailureCause::kTimedOut ? "timeout" : "error", result);
  return result;
}

InvokeResult AnswerThrottled(const PendingInvocation& invocation, ThrottleReason reason) {
  InvokeResult result = BaseResult(invocation, InvokeOutcome::kThrottled);
  result.throttle_reason = reason;
  return result;
}

InvokeResult AnswerServiceError(const PendingInvocation& invocation, std::string message) {
  InvokeResult result = BaseResult(invocation, InvokeOutcome::kServiceError);
  result.message = std::move(message);
  return result;
}

}  // namespace floe::live
