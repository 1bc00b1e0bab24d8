#include "orchestrator/live/node_convert.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "orchestrator/engine/describe.h"

namespace floe::live {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

FailureCause ToCause(v1::EnvironmentFailure failure) {
  switch (failure) {
    case v1::ENVIRONMENT_FAILURE_OUT_OF_MEMORY:
      return FailureCause::kOutOfMemory;
    case v1::ENVIRONMENT_FAILURE_INIT_ERROR:
      return FailureCause::kInitError;
    default:
      return FailureCause::kRuntimeExited;
  }
}

void SetCode(const FunctionSpec& spec, v1::FunctionCode* code) {
  switch (spec.source) {
    case CodeSource::kOciImage:
      code->set_oci_image(spec.code_path);
      break;
    case CodeSource::kRootDirectory:
      code->set_root_directory(spec.code_path);
      break;
    case CodeSource::kTaskDirectory:
      code->set_task_directory(spec.code_path);
      break;
  }
  code->set_base_root(spec.base_root);
}

}  // namespace

Duration FromProto(const google::protobuf::Duration& duration) {
  constexpr int64_t kSecondsMax = int64_t{100} * 86'400;
  if (duration.seconds() < 0 || duration.nanos() < 0) return Duration();
  if (duration.seconds() >= kSecondsMax) return Duration::Seconds(kSecondsMax);
  return Duration::Seconds(duration.seconds()) + Duration::Nanoseconds(duration.nanos());
}

void ToProto(Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(duration.nanoseconds() / kNanosecondsPerSecond);
  proto->set_nanos(static_cast<int32_t>(duration.nanoseconds() % kNanosecondsPerSecond));
}

std::optional<Event> ToEvent(const v1::SessionRequest& report) {
  const auto environment = [](uint64_t packed) { return EnvironmentId::FromPacked(packed); };
  switch (report.message_case()) {
    case v1::SessionRequest::kEnvironmentStarted:
      return EnvironmentStarted{environment(report.environment_started().environment())};
    case v1::SessionRequest::kEnvironmentStartFailed:
      return EnvironmentStartFailed{environment(report.environment_start_failed().environment())};
    case v1::SessionRequest::kEnvironmentReady:
      return EnvironmentReady{environment(report.environment_ready().environment()),
                              report.environment_ready().incarnation()};
    case v1::SessionRequest::kEnvironmentFailed:
      return EnvironmentFailed{environment(report.environment_failed().environment()),
                               report.environment_failed().incarnation(),
                               ToCause(report.environment_failed().failure())};
    case v1::SessionRequest::kInvocationFinished:
      return InvocationFinished{environment(report.invocation_finished().environment()),
                                InvocationId{report.invocation_finished().invocation()}};
    case v1::SessionRequest::kEnvironmentStopped:
      return EnvironmentStopped{environment(report.environment_stopped().environment())};
    case v1::SessionRequest::kInvocationResponded:
    case v1::SessionRequest::kHello:
    case v1::SessionRequest::kHeartbeat:
    case v1::SessionRequest::kLeaving:
    case v1::SessionRequest::MESSAGE_NOT_SET:
      break;
  }
  return std::nullopt;
}

std::optional<EnvironmentId> ReportedEnvironment(const Event& event) {
  return std::visit(
      [](const auto& fact) -> std::optional<EnvironmentId> {
        if constexpr (requires { fact.environment; }) {
          return fact.environment;
        } else {
          return std::nullopt;
        }
      },
      event);
}

std::unique_ptr<FailureDetails> TakeFailureDetails(v1::SessionRequest& report) {
  auto details = std::make_unique<FailureDetails>();
  if (report.has_environment_failed()) {
    v1::EnvironmentFailedReport& failed = *report.mutable_environment_failed();
    details->environment = EnvironmentId::FromPacked(failed.environment());
    details->error_type = std::move(*failed.mutable_error_type());
    details->error_message = std::move(*failed.mutable_error_message());
    details->error_body = std::move(*failed.mutable_error_body());
    details->has_metrics = failed.has_metrics();
    details->metrics = std::move(*failed.mutable_metrics());
    return details;
  }
  if (report.has_environment_start_failed()) {
    v1::EnvironmentStartFailedReport& failed = *report.mutable_environment_start_failed();
    details->environment = EnvironmentId::FromPacked(failed.environment());
    details->error_type = std::move(*failed.mutable_error_type());
    details->error_message = std::move(*failed.mutable_error_message());
    return details;
  }
  return nullptr;
}

v1::SessionResponse ToCommand(const StartEnvironment& action, const FunctionSpec& spec,
                              const VariableFacts& facts) {
  v1::SessionResponse message;
  v1::StartEnvironmentCommand& command = *message.mutable_start_environment();
  command.set_environment(action.environment.packed());
  SetCode(spec, command.mutable_code());
  for (const std::string& part : spec.entry_point) command.add_entry_point(part);
  for (const std::string& part : spec.command) command.add_command(part);
  command.set_working_directory(spec.working_directory);
  for (std::string& line : EnvironmentVariables(spec, facts)) {
    command.add_variables(std::move(line));
  }
  command.set_memory_mib(spec.memory_mib);
  command.set_tmp_mib(spec.tmp_mib);
  command.set_network(spec.host_network ? v1::FUNCTION_NETWORK_HOST
                                        : v1::FUNCTION_NETWORK_ISOLATED);
  command.set_function_name(spec.name);
  return message;
}

v1::SessionResponse ToCommand(const AssignInvocation& action, Duration time_left,
                              PendingInvocation& invocation) {
  v1::SessionResponse message;
  v1::AssignInvocationCommand& command = *message.mutable_assign_invocation();
  command.set_environment(action.environment.packed());
  command.set_invocation(action.invocation.value);
  command.set_incarnation(action.incarnation);
  command.set_request_id(invocation.request_id);
  ToProto(std::max(time_left, Duration()), command.mutable_time_left());
  command.set_invoked_function_arn(invocation.request.invoked_arn);
  command.set_trace_id(invocation.request.trace_id);
  command.set_client_context(std::move(invocation.request.client_context));
  command.set_content_type(std::move(invocation.request.content_type));
  command.set_payload(std::move(invocation.request.payload));
  return message;
}

v1::SessionResponse ToCommand(const FreezeEnvironment& action, InvocationId last_invocation) {
  v1::SessionResponse message;
  message.mutable_freeze_environment()->set_environment(action.environment.packed());
  message.mutable_freeze_environment()->set_invocation(last_invocation.value);
  return message;
}

v1::SessionResponse ToCommand(const ResetEnvironment& action) {
  v1::SessionResponse message;
  message.mutable_reset_environment()->set_environment(action.environment.packed());
  message.mutable_reset_environment()->set_incarnation(action.incarnation);
  return message;
}

v1::SessionResponse ToCommand(const StopEnvironment& action) {
  v1::SessionResponse message;
  message.mutable_stop_environment()->set_environment(action.environment.packed());
  const auto reason = StopReasonName(action.reason);
  message.mutable_stop_environment()->set_reason(reason.data(), reason.size());
  return message;
}

}  // namespace floe::live
