// The channel from a lone agent to its orchestrator.

#ifndef FLOE_DAEMON_DIAL_H_
#define FLOE_DAEMON_DIAL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "daemon/daemon_options.h"
#include "grpcpp/channel.h"

namespace floe {

// NOT_FOUND: a file of `tls` cannot be read. INVALID_ARGUMENT: only some of the three files are
// named. FAILED_PRECONDITION: `address` leaves this machine and `tls` is empty.
absl::StatusOr<std::shared_ptr<grpc::Channel>> DialOrchestrator(const std::string& address,
                                                                const TlsFiles& tls);

}  // namespace floe

#endif  // FLOE_DAEMON_DIAL_H_
