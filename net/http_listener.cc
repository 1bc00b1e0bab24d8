#include "net/http_listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "boost/asio/error.hpp"
#include "boost/asio/post.hpp"
#include "boost/system/error_code.hpp"

namespace floe::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Connections accepted before other work of the lane gets its turn.
constexpr int kAcceptsPerTurn = 64;
// When the machine has no descriptors or memory left, it is asked again after so long.
constexpr std::chrono::milliseconds kExhaustedRetry{20};

std::string AddressText(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  }
  return text;
}

bool IsExhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

HttpListener::HttpListener(std::shared_ptr<asio::io_context> lane, int listen_fd,
                           ChooseLane choose_lane, std::shared_ptr<const HttpService> service)
    : lane_(std::move(lane)),
      choose_lane_(std::move(choose_lane)),
      service_(std::move(service)),
      socket_(*lane_, listen_fd),
      retry_timer_(*lane_) {}

void HttpListener::Start() {
  const std::lock_guard lock(mutex_);
  AwaitReadable();
}

void HttpListener::AwaitReadable() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (!error) self->OnReadable();
                     });
}

void HttpListener::OnReadable() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    HttpConnection::Peer peer = AcceptOne();
    if (peer.fd >= 0) {
      Admit(std::move(peer));
    } else if (IsExhaustion(errno)) {
      retry_timer_.expires_after(kExhaustedRetry);
      retry_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->OnReadable();
      });
      return;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    }
    // Any other error belongs to the one connection that it took out of the queue.
  }
  AwaitReadable();
}

HttpConnection::Peer HttpListener::AcceptOne() {
  sockaddr_storage address = {};
  socklen_t length = sizeof(address);
  const int fd = ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&address), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return {};
  return {.fd = fd, .family = address.ss_family, .address = AddressText(address)};
}

void HttpListener::Admit(HttpConnection::Peer peer) {
  if (static_cast<int>(connections_.size()) >= service_->options.connections_max) {
    ::close(peer.fd);
    return;
  }
  if (peer.family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  // The connection calls on_closed with its own address as the key; it outlives the call.
  auto key = std::make_shared<const HttpConnection*>(nullptr);
  auto connection =
      std::make_shared<HttpConnection>(choose_lane_(), std::move(peer), service_,
                                       [self = shared_from_this(), key] { self->Forget(*key); });
  *key = connection.get();
  connections_.emplace(connection.get(), connection);
  connection->Start();
}

void HttpListener::Forget(const HttpConnection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

std::vector<std::shared_ptr<HttpConnection>> HttpListener::Connections() const {
  std::vector<std::shared_ptr<HttpConnection>> connections;
  connections.reserve(connections_.size());
  for (const auto& [key, weak] : connections_) {
    if (std::shared_ptr<HttpConnection> connection = weak.lock()) {
      connections.push_back(std::move(connection));
    }
  }
  return connections;
}

void HttpListener::Close() {
  std::vector<std::shared_ptr<HttpConnection>> connections;
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      closed_ = true;
      // From here on new connections are refused; the descriptor itself is the lane's to close.
      ::shutdown(socket_.native_handle(), SHUT_RDWR);
      asio::post(*lane_, [self = shared_from_this()] {
        const std::lock_guard relock(self->mutex_);
        error_code ignored;
        self->socket_.close(ignored);
        self->retry_timer_.cancel();
        self->service_.reset();
      });
    }
    connections = Connections();
  }
  for (const auto& connection : connections) connection->Cancel();
  for (const auto& connection : connections) connection->AwaitHandler();
}

void HttpListener::CloseConnections() {
  std::vector<std::shared_ptr<HttpConnection>> connections;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    // The queue first: what was sent before this call must not be served after it.
    for (;;) {
      const HttpConnection::Peer peer = AcceptOne();
      if (peer.fd >= 0) {
        ::close(peer.fd);
      } else if (errno == EAGAIN || errno == EWOULDBLOCK || IsExhaustion(errno)) {
        break;
      }
    }
    connections = Connections();
  }
  for (const auto& connection : connections) connection->Cancel();
  for (const auto& connection : connections) connection->AwaitHandler();
}

}  // namespace floe::net
