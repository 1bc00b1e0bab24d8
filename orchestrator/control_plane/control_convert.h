// Between the language of the control service and the live side: the only place that knows both.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_CONVERT_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_CONVERT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/floe/v1/control.pb.h"

namespace floe::control_plane {

// Fills in what "0 means" and "unset means" say. INVALID_ARGUMENT where the live side has no words
// for a value; the ranges are checked by the live side.
absl::StatusOr<live::FunctionSpec> FromProto(const v1::FunctionSpec& proto);
void ToProto(const live::FunctionRecord& record, const EnvironmentCounts& counts,
             v1::Function* proto);
void ToProto(const EnvironmentCounts& counts, v1::EnvironmentCountsByState* proto);

// INVALID_ARGUMENT: too large or not JSON. Moves the payload out of `proto`.
absl::StatusOr<live::InvokeRequest> TakeInvokeRequest(v1::InvokeRequest proto);
// An error of the function is an answer; the other outcomes are statuses.
absl::Status ToProto(live::InvokeResult result, v1::InvokeResponse* proto);

void ToProto(const live::EnvironmentView& view, v1::Environment* proto);
void ToProto(const live::WatchEvent& event, v1::WatchEventsResponse* proto);
void ToProto(const live::OrchestratorOptions& options, int64_t unreserved_concurrency,
             v1::GetLimitsResponse* proto);
void ToProto(const live::Metrics& metrics, v1::GetMetricsResponse* proto);

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_CONVERT_H_
