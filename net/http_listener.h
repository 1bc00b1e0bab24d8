// One listening socket of the HTTP server and the connections made through it. Internal to net/.

#ifndef FLOE_NET_HTTP_LISTENER_H_
#define FLOE_NET_HTTP_LISTENER_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/posix/stream_descriptor.hpp"
#include "boost/asio/steady_timer.hpp"
#include "net/http_connection.h"

namespace floe::net {

// Thread-safe. Accepts on its lane; connections go to the lanes that `choose_lane` names.
class HttpListener : public std::enable_shared_from_this<HttpListener> {
 public:
  using ChooseLane = std::function<std::shared_ptr<boost::asio::io_context>()>;

  // Takes ownership of `listen_fd`, which is non-blocking.
  HttpListener(std::shared_ptr<boost::asio::io_context> lane, int listen_fd, ChooseLane choose_lane,
               std::shared_ptr<const HttpService> service);

  // Begins accepting. Once.
  void Start();
  // Stops accepting, closes every connection and waits for handlers, as HttpServer::Close says.
  void Close();
  // The same for the connections made so far; goes on accepting.
  void CloseConnections();

 private:
  void OnReadable();
  void Forget(const HttpConnection* connection);

  // With mutex_ held.
  void AwaitReadable();
  // The next connection in the queue, with fd -1 when there is none; `errno` says why.
  HttpConnection::Peer AcceptOne();
  void Admit(HttpConnection::Peer peer);
  std::vector<std::shared_ptr<HttpConnection>> Connections() const;

  const std::shared_ptr<boost::asio::io_context> lane_;
  const ChooseLane choose_lane_;

  mutable std::mutex mutex_;  // Guards everything below.
  std::shared_ptr<const HttpService> service_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer retry_timer_;
  bool closed_ = false;
  std::map<const HttpConnection*, std::weak_ptr<HttpConnection>> connections_;
};

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_LISTENER_H_
