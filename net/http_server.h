// An HTTP/1.1 server on Boost.Beast: several listeners, each with its handler; answers may come
// later and from any thread.
//
//   ASSIGN_OR_RETURN(auto server, HttpServer::Create({.threads = 2}));
//   ASSIGN_OR_RETURN(int port, server->Listen("127.0.0.1", 0, {}, [](HttpRequest request,
//                                                                    HttpResponder responder) {
//     responder.Send({.status = 200, .body = "pong"});
//   }));
//
// Thread-safe. Handlers run on the server's threads and must not block.

#ifndef FLOE_NET_HTTP_SERVER_H_
#define FLOE_NET_HTTP_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "net/http_message.h"

namespace floe::net {

// The right to answer one request, once. Send may be called on any thread, also when the connection
// or the server is gone already. Destroyed without an answer, it answers 500.
class HttpResponder {
 public:
  class Exchange;  // One request and the connection it came on.

  HttpResponder() = default;
  explicit HttpResponder(std::shared_ptr<Exchange> exchange);
  HttpResponder(HttpResponder&&) noexcept;
  HttpResponder& operator=(HttpResponder&&) noexcept;
  ~HttpResponder();

  // REQUIRES: not sent before.
  void Send(HttpResponse response);
  // Closes the connection without an answer.
  void Abort();
  // False once the peer has ended its side of the connection, or all of it. An answer may still
  // reach a peer that reads on; one that has gone loses it.
  bool IsConnected() const;
  explicit operator bool() const { return exchange_ != nullptr; }

 private:
  std::shared_ptr<Exchange> exchange_;
};

using HttpHandler = std::function<void(HttpRequest request, HttpResponder responder)>;

struct ListenerOptions {
  int64_t body_bytes_max = 6'291'556;
  // When set, gives the limit of one body from its request line and headers, instead of
  // body_bytes_max.
  std::function<int64_t(const HttpRequest& head)> body_limit_of;
  int64_t header_bytes_max = 1'048'576;  // Request line and headers together.
  int connections_max = 4'096;           // Further ones are closed at once.
  // Time for reading one request once its first byte has come; slower peers are cut off.
  Duration read_limit = Duration::Seconds(60);
  // Time for the peer to take an answer that does not fit the socket's buffer.
  Duration write_limit = Duration::Seconds(60);
  // What is answered when a request cannot be parsed: status and text. Null: status, empty body.
  std::function<HttpResponse(int status, std::string reason)> malformed_response;
};

using ListenerId = uint64_t;

class HttpServer {
 public:
  struct Options {
    int threads = 1;
    // Runs every call of a handler, once, on the thread it is called on; for what has to be done
    // before and after. Null: the handler is just called.
    std::function<void(const std::function<void()>& handler)> run_handler;
  };

  static absl::StatusOr<std::unique_ptr<HttpServer>> Create(const Options& options);
  // Closes everything; handlers no longer run once it returns.
  virtual ~HttpServer() = default;

  struct Listening {
    ListenerId id = 0;
    int port = 0;
  };
  // Listens on a numeric address; port 0 takes a free one. UNAVAILABLE when the port is taken.
  virtual absl::StatusOr<Listening> Listen(const std::string& address, int port,
                                           const ListenerOptions& options, HttpHandler handler) = 0;
  // Serves a socket that already listens, wherever it was opened (another network namespace, say).
  // Takes ownership of `listen_fd`.
  virtual absl::StatusOr<ListenerId> Adopt(int listen_fd, const ListenerOptions& options,
                                           HttpHandler handler) = 0;
  // Closes the listener and its connections. When it returns the handler runs no more for it,
  // unless called from that very handler. Unknown ids are fine. Waits for handlers that are
  // running: hold no lock that they take, and let no two handlers close each other's listener.
  virtual void Close(ListenerId id) = 0;
  // Closes the connections made so far, also those not yet accepted, and goes on listening. Waits
  // as Close does: when it returns no handler runs for them. Unknown ids are fine.
  virtual void CloseConnections(ListenerId id) = 0;
};

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_SERVER_H_
