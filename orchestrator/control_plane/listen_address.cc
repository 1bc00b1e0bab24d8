#include "orchestrator/control_plane/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace floe::control_plane {
namespace {

constexpr size_t kUnixPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Malformed(const std::string& text) {
  return absl::InvalidArgumentError(
      absl::StrCat("listen address \"", absl::CHexEscape(text.substr(0, 200)),
                   "\" is none of unix:/PATH, IPV4:PORT, [IPV6]:PORT"));
}

absl::StatusOr<ListenAddress> ParseUnix(const std::string& text) {
  const std::string path = text.substr(5);
  if (path.empty() || path.front() != '/') return Malformed(text);
  if (path.size() > kUnixPathBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("listen address: the socket path has ",
                                                   path.size(), " bytes; the limit is ",
                                                   kUnixPathBytesMax));
  }
  return ListenAddress{
      .is_unix = true, .is_loopback = false, .grpc_address = text, .unix_path = path};
}

}  // namespace

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  if (text.rfind("unix:", 0) == 0) return ParseUnix(text);
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Malformed(text);
  uint32_t port = 0;
  const std::string port_text = text.substr(colon + 1);
  if (port_text.empty() || port_text.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(port_text, &port) || port > 65'535) {
    return Malformed(text);
  }
  std::string host = text.substr(0, colon);
  bool is_loopback = false;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    in6_addr address{};
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) != 1) {
      return Malformed(text);
    }
    is_loopback = IN6_IS_ADDR_LOOPBACK(&address);
  } else {
    in_addr address{};
    if (inet_pton(AF_INET, host.c_str(), &address) != 1) return Malformed(text);
    is_loopback = (ntohl(address.s_addr) >> 24) == 127;
  }
  return ListenAddress{
      .is_unix = false, .is_loopback = is_loopback, .grpc_address = text, .unix_path = {}};
}

}  // namespace floe::control_plane
