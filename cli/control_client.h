// The way from the command line to a running daemon: its gRPC control service.

#ifndef FLOE_CLI_CONTROL_CLIENT_H_
#define FLOE_CLI_CONTROL_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"
#include "proto/floe/v1/control.grpc.pb.h"

namespace floe::cli {

std::unique_ptr<v1::ControlService::Stub> ConnectToDaemon(const std::string& address);

// The status of a call as an absl::Status; an unreachable daemon gets a text that says what to do.
absl::Status ToStatus(const grpc::Status& status, const std::string& address);

}  // namespace floe::cli

#endif  // FLOE_CLI_CONTROL_CLIENT_H_
