#include "node_agent/linux/network_namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"

namespace floe::node_agent {
namespace {

constexpr int kRuntimeApiPort = 9001;
constexpr int kListenBacklog = 64;
constexpr char kThreadNetworkNamespace[] = "/proc/thread-self/ns/net";

absl::Status BringLoopbackUp() {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "socket");
  ifreq request = {};
  strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP;
  if (ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) {
    return absl::ErrnoToStatus(errno, "bring lo up");
  }
  return absl::OkStatus();
}

absl::StatusOr<NetworkNamespace> FillNewNamespace() {
  NetworkNamespace result;
  result.descriptor.Reset(open(kThreadNetworkNamespace, O_RDONLY | O_CLOEXEC));
  if (!result.descriptor.valid()) return absl::ErrnoToStatus(errno, "open network namespace");
  RETURN_IF_ERROR(BringLoopbackUp());
  ASSIGN_OR_RETURN(LoopbackListener listener, ListenOnLoopback(kRuntimeApiPort));
  result.runtime_api_listener = std::move(listener.listener);
  return result;
}

}  // namespace

absl::StatusOr<NetworkNamespace> MakeNetworkNamespace() {
  const UniqueFd home(open(kThreadNetworkNamespace, O_RDONLY | O_CLOEXEC));
  if (!home.valid()) return absl::ErrnoToStatus(errno, "open network namespace");
  if (unshare(CLONE_NEWNET) != 0) return absl::ErrnoToStatus(errno, "unshare network namespace");
  absl::StatusOr<NetworkNamespace> result = FillNewNamespace();
  // A thread that stayed in the wrong network would be worse than no thread.
  CHECK(setns(home.get(), CLONE_NEWNET) == 0);
  return result;
}

absl::StatusOr<LoopbackListener> ListenOnLoopback(int port) {
  LoopbackListener result;
  result.listener.Reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!result.listener.valid()) return absl::ErrnoToStatus(errno, "socket");
  const int on = 1;
  setsockopt(result.listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  sockaddr* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(result.listener.get(), generic, length) != 0 ||
      listen(result.listener.get(), kListenBacklog) != 0 ||
      getsockname(result.listener.get(), generic, &length) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("listen on 127.0.0.1:", port));
  }
  result.address = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  return result;
}

}  // namespace floe::node_agent
