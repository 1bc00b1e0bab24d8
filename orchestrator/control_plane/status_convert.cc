#include "orchestrator/control_plane/status_convert.h"

#include <string>

namespace floe::control_plane {

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace floe::control_plane
