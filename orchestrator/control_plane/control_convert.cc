#include "orchestrator/control_plane/control_convert.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "orchestrator/control_plane/json_check.h"
#include "orchestrator/engine/describe.h"

namespace floe::control_plane {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
// Lambda's limit is on the base64 form: 3,583 bytes of it hold this much.
constexpr size_t kClientContextBytesMax = 2'687;

absl::StatusOr<int32_t> ToInt32(const char* field, int64_t value, int32_t if_zero) {
  if (value == 0) return if_zero;
  if (value >= std::numeric_limits<int32_t>::min() &&
      value <= std::numeric_limits<int32_t>::max()) {
    return static_cast<int32_t>(value);
  }
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", value, ", far out of range"));
}

absl::Status SetCode(const v1::FunctionCode& code, live::FunctionSpec& spec) {
  switch (code.source_case()) {
    case v1::FunctionCode::kOciImage:
      spec.source = live::CodeSource::kOciImage;
      spec.code_path = code.oci_image();
      break;
    case v1::FunctionCode::kRootDirectory:
      spec.source = live::CodeSource::kRootDirectory;
      spec.code_path = code.root_directory();
      break;
    case v1::FunctionCode::kTaskDirectory:
      spec.source = live::CodeSource::kTaskDirectory;
      spec.code_path = code.task_directory();
      break;
    case v1::FunctionCode::SOURCE_NOT_SET:
      return absl::InvalidArgumentError(
          "code is unset; it must name oci_image, root_directory or task_directory");
  }
  spec.base_root = code.base_root();
  return absl::OkStatus();
}

absl::Status SetNetwork(v1::FunctionNetwork network, live::FunctionSpec& spec) {
  switch (network) {
    case v1::FUNCTION_NETWORK_UNSPECIFIED:
    case v1::FUNCTION_NETWORK_ISOLATED:
      spec.host_network = false;
      return absl::OkStatus();
    case v1::FUNCTION_NETWORK_HOST:
      spec.host_network = true;
      return absl::OkStatus();
    default:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("network is ", static_cast<int>(network), "; the range is 0 to 2"));
}

// Out of range stays out of range, so that the check that follows can name it.
Duration ToTimeout(const google::protobuf::Duration& proto) {
  constexpr int64_t kSecondsMax = 1'000'000'000;
  if (proto.seconds() > kSecondsMax) return Duration::Seconds(kSecondsMax);
  if (proto.seconds() < -kSecondsMax) return Duration::Seconds(-kSecondsMax);
  return Duration::Seconds(proto.seconds()) + Duration::Nanoseconds(proto.nanos());
}

void SetDuration(Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(duration.nanoseconds() / kNanosecondsPerSecond);
  proto->set_nanos(static_cast<int32_t>(duration.nanoseconds() % kNanosecondsPerSecond));
}

void SetTimestamp(absl::Time time, google::protobuf::Timestamp* proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);  // Rounds down.
  proto->set_seconds(seconds);
  proto->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void SetCode(const live::FunctionSpec& spec, v1::FunctionCode* code) {
  switch (spec.source) {
    case live::CodeSource::kOciImage:
      code->set_oci_image(spec.code_path);
      break;
    case live::CodeSource::kRootDirectory:
      code->set_root_directory(spec.code_path);
      break;
    case live::CodeSource::kTaskDirectory:
      code->set_task_directory(spec.code_path);
      break;
  }
  code->set_base_root(spec.base_root);
}

v1::EnvironmentState ToProto(live::EnvironmentPhase phase) {
  switch (phase) {
    case live::EnvironmentPhase::kStarting:
      return v1::ENVIRONMENT_STATE_STARTING;
    case live::EnvironmentPhase::kInitializing:
      return v1::ENVIRONMENT_STATE_INITIALIZING;
    case live::EnvironmentPhase::kBusy:
      return v1::ENVIRONMENT_STATE_BUSY;
    case live::EnvironmentPhase::kIdle:
      return v1::ENVIRONMENT_STATE_IDLE;
    case live::EnvironmentPhase::kReset:
      return v1::ENVIRONMENT_STATE_RESET;
    case live::EnvironmentPhase::kStopping:
      break;
  }
  return v1::ENVIRONMENT_STATE_STOPPING;
}

const char* ScalingRuleName(ScalingRule rule) {
  switch (rule) {
    case ScalingRule::kUnlimited:
      return "unlimited";
    case ScalingRule::kCurrent:
      return "current";
    case ScalingRule::kLegacy3000:
      return "legacy-3000";
    case ScalingRule::kLegacy1000:
      return "legacy-1000";
    case ScalingRule::kLegacy500:
      break;
  }
  return "legacy-500";
}

std::string ReasonText(ThrottleReason reason) {
  return std::string(ThrottleReasonName(reason));
}

}  // namespace

absl::StatusOr<live::FunctionSpec> FromProto(const v1::FunctionSpec& proto) {
  live::FunctionSpec spec;
  spec.name = proto.name();
  RETURN_IF_ERROR(SetCode(proto.code(), spec));
  spec.entry_point.assign(proto.entry_point().begin(), proto.entry_point().end());
  spec.command.assign(proto.command().begin(), proto.command().end());
  spec.working_directory = proto.working_directory();
  spec.variables.insert(proto.variables().begin(), proto.variables().end());
  ASSIGN_OR_RETURN(spec.memory_mib, ToInt32("memory_mib", proto.memory_mib(), spec.memory_mib));
  if (proto.has_timeout()) spec.timeout = ToTimeout(proto.timeout());
  ASSIGN_OR_RETURN(spec.tmp_mib, ToInt32("tmp_mib", proto.tmp_mib(), spec.tmp_mib));
  RETURN_IF_ERROR(SetNetwork(proto.network(), spec));
  spec.description = proto.description();
  spec.handler = proto.handler();
  return spec;
}

void ToProto(const live::FunctionRecord& record, const EnvironmentCounts& counts,
             v1::Function* proto) {
  const live::FunctionSpec& spec = record.spec;
  v1::FunctionSpec* out = proto->mutable_spec();
  out->set_name(spec.name);
  SetCode(spec, out->mutable_code());
  for (const std::string& part : spec.entry_point) out->add_entry_point(part);
  for (const std::string& part : spec.command) out->add_command(part);
  out->set_working_directory(spec.working_directory);
  out->mutable_variables()->insert(spec.variables.begin(), spec.variables.end());
  out->set_memory_mib(spec.memory_mib);
  SetDuration(spec.timeout, out->mutable_timeout());
  out->set_tmp_mib(spec.tmp_mib);
  out->set_network(spec.host_network ? v1::FUNCTION_NETWORK_HOST : v1::FUNCTION_NETWORK_ISOLATED);
  out->set_description(spec.description);
  out->set_handler(spec.handler);
  if (record.concurrency_reserved.has_value()) {
    proto->set_concurrency_reserved(*record.concurrency_reserved);
  }
  SetTimestamp(record.modified_at, proto->mutable_modified_at());
  ToProto(counts, proto->mutable_environments());
}

void ToProto(const EnvironmentCounts& counts, v1::EnvironmentCountsByState* proto) {
  proto->set_starting(counts.starting);
  proto->set_initializing(counts.initializing);
  proto->set_busy(counts.busy);
  proto->set_idle(counts.idle);
  proto->set_reset(counts.reset);
  proto->set_stopping(counts.stopping);
}

absl::StatusOr<live::InvokeRequest> TakeInvokeRequest(v1::InvokeRequest proto) {
  if (static_cast<int64_t>(proto.payload().size()) > live::kPayloadBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "payload has ", proto.payload().size(), " bytes; the limit is ", live::kPayloadBytesMax));
  }
  if (proto.client_context().size() > kClientContextBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("client_context has ", proto.client_context().size(), " bytes; the limit is ",
                     kClientContextBytesMax));
  }
  if (proto.payload().empty()) proto.set_payload("{}");
  RETURN_IF_ERROR(CheckJson("payload", proto.payload()));
  if (!proto.client_context().empty()) {
    RETURN_IF_ERROR(CheckJson("client_context", proto.client_context()));
  }
  live::InvokeRequest request;
  request.function_name = std::move(*proto.mutable_function_name());
  request.payload = std::move(*proto.mutable_payload());
  request.client_context = std::move(*proto.mutable_client_context());
  return request;
}

absl::Status ToProto(live::InvokeResult result, v1::InvokeResponse* proto) {
  switch (result.outcome) {
    case live::InvokeOutcome::kThrottled:
      return absl::ResourceExhaustedError(
          absl::StrCat("throttled: ", ReasonText(result.throttle_reason)));
    case live::InvokeOutcome::kFunctionNotFound:
      return absl::NotFoundError(result.message);
    case live::InvokeOutcome::kServiceError:
      return absl::UnavailableError(result.message);
    case live::InvokeOutcome::kFunctionError:
      proto->set_function_error("Unhandled");
      break;
    case live::InvokeOutcome::kSuccess:
      break;
  }
  proto->set_request_id(std::move(result.request_id));
  proto->set_payload(std::move(result.payload));
  proto->set_cold_start(result.cold_start);
  proto->set_log(std::move(result.log_tail));
  return absl::OkStatus();
}

void ToProto(const live::EnvironmentView& view, v1::Environment* proto) {
  proto->set_id(view.id.packed());
  proto->set_function_name(view.function_name);
  proto->set_node_name(view.node_name);
  proto->set_state(ToProto(view.phase));
  SetDuration(view.in_phase, proto->mutable_in_state());
}

void ToProto(const live::WatchEvent& event, v1::WatchEventsResponse* proto) {
  SetTimestamp(event.at, proto->mutable_at());
  proto->set_text(event.text);
  ToProto(event.environments, proto->mutable_environments());
}

void ToProto(const live::OrchestratorOptions& options, int64_t unreserved_concurrency,
             v1::GetLimitsResponse* proto) {
  proto->set_account_concurrency(options.scheduler.account_concurrency);
  proto->set_unreserved_concurrency_min(options.scheduler.unreserved_concurrency_min);
  proto->set_unreserved_concurrency(static_cast<int32_t>(unreserved_concurrency));
  SetDuration(options.scheduler.keep_alive, proto->mutable_keep_alive());
  proto->set_scaling_rule(ScalingRuleName(options.scheduler.scaling_rule));
}

void ToProto(const live::Metrics& metrics, v1::GetMetricsResponse* proto) {
  proto->set_invocations(metrics.invocations);
  proto->set_cold_starts(metrics.cold_starts);
  proto->set_function_errors(metrics.function_errors);
  for (size_t i = 0; i < metrics.throttles.size(); ++i) {
    (*proto->mutable_throttles())[ReasonText(static_cast<ThrottleReason>(i))] =
        metrics.throttles[i];
  }
  ToProto(metrics.environments, proto->mutable_environments());
  proto->set_claimed_concurrency(metrics.claimed_concurrency);
  proto->set_stale_events(metrics.stale_events);
  proto->set_nodes(metrics.nodes);
}

}  // namespace floe::control_plane
