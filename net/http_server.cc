#include "net/http_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "net/http_exchange.h"
#include "net/http_listener.h"

namespace floe::net {
namespace {

namespace asio = boost::asio;

constexpr int kThreadsMax = 256;

// An event loop with its thread.
struct Lane {
  std::shared_ptr<asio::io_context> context = std::make_shared<asio::io_context>(1);
  asio::executor_work_guard<asio::io_context::executor_type> work{context->get_executor()};
  std::thread thread;
};

void RunLane(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (...) {
      // Nothing below throws except for want of memory; the loop goes on without what failed.
    }
  }
}

absl::StatusOr<int> OpenListeningSocket(const std::string& address, int port) {
  sockaddr_storage storage = {};
  socklen_t length = 0;
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  const auto network_port = htons(static_cast<uint16_t>(port));
  if (port < 0 || port > 65'535) {
    return absl::InvalidArgumentError(absl::StrCat("listen on port ", port, ": not 0 to 65535"));
  }
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = network_port;
    length = sizeof(v4);
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = network_port;
    length = sizeof(v6);
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("listen on \"", address, "\": not a numeric address"));
  }
  const std::string subject = absl::StrCat("listen on ", address, " port ", port);
  const int fd = ::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, subject);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
      ::listen(fd, SOMAXCONN) != 0) {
    const int error = errno;
    ::close(fd);
    if (error == EADDRINUSE) {
      return absl::UnavailableError(absl::StrCat(subject, ": the port is taken"));
    }
    return absl::ErrnoToStatus(error, subject);
  }
  return fd;
}

// The port `fd` is bound to; 0 when it is no internet socket.
int PortOf(int fd) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(storage);
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);
  if (storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
  }
  return 0;
}

class LaneServer : public HttpServer {
 public:
  explicit LaneServer(const Options& options)
      : run_handler_(options.run_handler), lanes_(static_cast<size_t>(options.threads)) {
    for (Lane& lane : lanes_) {
      lane.thread = std::thread([context = lane.context] { RunLane(*context); });
    }
  }

  ~LaneServer() override {
    std::map<ListenerId, std::shared_ptr<HttpListener>> listeners;
    {
      const std::lock_guard lock(mutex_);
      listeners.swap(listeners_);
    }
    for (const auto& [id, listener] : listeners) listener->Close();
    for (Lane& lane : lanes_) lane.work.reset();
    for (Lane& lane : lanes_) {
      CHECK(lane.thread.get_id() != std::this_thread::get_id());
      lane.thread.join();
    }
  }

  absl::StatusOr<Listening> Listen(const std::string& address, int port,
                                   const ListenerOptions& options, HttpHandler handler) override {
    ASSIGN_OR_RETURN(const int fd, OpenListeningSocket(address, port));
    const int bound_port = PortOf(fd);
    ASSIGN_OR_RETURN(const ListenerId id, Adopt(fd, options, std::move(handler)));
    return Listening{.id = id, .port = bound_port};
  }

  absl::StatusOr<ListenerId> Adopt(int listen_fd, const ListenerOptions& options,
                                   HttpHandler handler) override {
    int listens = 0;
    socklen_t length = sizeof(listens);
    if (::getsockopt(listen_fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0) {
      const int error = errno;
      if (listen_fd >= 0) ::close(listen_fd);
      return absl::ErrnoToStatus(error, absl::StrCat("adopt descriptor ", listen_fd));
    }
    if (listens == 0) {
      ::close(listen_fd);
      return absl::InvalidArgumentError(
          absl::StrCat("adopt descriptor ", listen_fd, ": it does not listen"));
    }
    ::fcntl(listen_fd, F_SETFL, ::fcntl(listen_fd, F_GETFL) | O_NONBLOCK);
    ::fcntl(listen_fd, F_SETFD, FD_CLOEXEC);
    auto service = std::make_shared<const HttpService>(
        HttpService{.options = options, .handler = Wrapped(std::move(handler))});
    auto listener = std::make_shared<HttpListener>(
        NextLane(), listen_fd, [this] { return NextLane(); }, std::move(service));
    const std::lock_guard lock(mutex_);
    const ListenerId id = ++last_id_;
    listeners_.emplace(id, listener);
    listener->Start();
    return id;
  }

  void Close(ListenerId id) override {
    std::shared_ptr<HttpListener> listener;
    {
      const std::lock_guard lock(mutex_);
      const auto found = listeners_.find(id);
      if (found == listeners_.end()) return;
      listener = std::move(found->second);
      listeners_.erase(found);
    }
    listener->Close();
  }

  void CloseConnections(ListenerId id) override {
    std::shared_ptr<HttpListener> listener;
    {
      const std::lock_guard lock(mutex_);
      const auto found = listeners_.find(id);
      if (found == listeners_.end()) return;
      listener = found->second;
    }
    listener->CloseConnections();
  }

 private:
  HttpHandler Wrapped(HttpHandler handler) const {
    if (run_handler_ == nullptr) return handler;
    return [run = run_handler_, handler = std::move(handler)](HttpRequest request,
                                                              HttpResponder responder) {
      const auto call = [&] { handler(std::move(request), std::move(responder)); };
      run(std::cref(call));
    };
  }

  // In turn, so that connections spread evenly.
  const std::shared_ptr<asio::io_context>& NextLane() {
    return lanes_[next_lane_.fetch_add(1, std::memory_order_relaxed) % lanes_.size()].context;
  }

  const std::function<void(const std::function<void()>&)> run_handler_;
  std::vector<Lane> lanes_;
  std::atomic<size_t> next_lane_ = 0;
  std::mutex mutex_;  // Guards everything below.
  ListenerId last_id_ = 0;
  std::map<ListenerId, std::shared_ptr<HttpListener>> listeners_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Create(const Options& options) {
  if (options.threads < 1 || options.threads > kThreadsMax) {
    return absl::InvalidArgumentError(absl::StrCat("start HTTP server with ", options.threads,
                                                   " threads: not 1 to ", kThreadsMax));
  }
  return std::make_unique<LaneServer>(options);
}

HttpResponder::HttpResponder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
HttpResponder::HttpResponder(HttpResponder&&) noexcept = default;

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  // Moved through a temporary, which answers what this one still owed.
  HttpResponder old(std::move(exchange_));
  exchange_ = std::move(other.exchange_);
  return *this;
}

HttpResponder::~HttpResponder() {
  if (exchange_ != nullptr) exchange_->Send({.status = 500});
}

void HttpResponder::Send(HttpResponse response) {
  CHECK(exchange_ != nullptr);
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange->Send(std::move(response));
}

void HttpResponder::Abort() {
  CHECK(exchange_ != nullptr);
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange->Abort();
}

bool HttpResponder::IsConnected() const {
  return exchange_ != nullptr && exchange_->IsConnected();
}

}  // namespace floe::net
