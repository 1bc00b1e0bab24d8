#include "orchestrator/invoke_api/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"

namespace floe::invoke_api {

absl::Status CheckListenAddress(const std::string& address, RemoteAccess access) {
  bool is_loopback = false;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    is_loopback = (ntohl(v4.s_addr) >> 24) == 127;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    is_loopback = IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("listen on '", address, "': not a numeric IPv4 or IPv6 address"));
  }
  if (is_loopback || access == RemoteAccess::kAllowed) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("listen on ", address,
                   ": other machines could run code here, as requests carry no password; allow it "
                   "explicitly or use 127.0.0.1"));
}

}  // namespace floe::invoke_api
