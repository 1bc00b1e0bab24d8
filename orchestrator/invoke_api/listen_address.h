// Which addresses a listener without passwords may have.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_LISTEN_ADDRESS_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"

namespace floe::invoke_api {

enum class RemoteAccess {
  kRefused,  // Loopback addresses only.
  kAllowed,  // Any address. Whoever reaches it can run code here.
};

// INVALID_ARGUMENT when `address` is not a numeric IPv4 or IPv6 address; PERMISSION_DENIED when
// others than this machine could reach it and `access` does not allow that.
absl::Status CheckListenAddress(const std::string& address, RemoteAccess access);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_LISTEN_ADDRESS_H_
