// Statuses of Abseil as statuses of gRPC.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_STATUS_CONVERT_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_STATUS_CONVERT_H_

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace floe::control_plane {

// The code and the text are kept: both sides number the codes alike.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_STATUS_CONVERT_H_
