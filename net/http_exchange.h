// What stands behind an HttpResponder: a request waiting for its answer.

#ifndef FLOE_NET_HTTP_EXCHANGE_H_
#define FLOE_NET_HTTP_EXCHANGE_H_

#include "net/http_message.h"
#include "net/http_server.h"

namespace floe::net {

// Thread-safe. The server's connections implement it, and in-process callers that need no socket.
class HttpResponder::Exchange {
 public:
  virtual ~Exchange() = default;
  // Exactly one of Send and Abort is called, once.
  virtual void Send(HttpResponse response) = 0;
  virtual void Abort() = 0;
  virtual bool IsConnected() const = 0;
};

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_EXCHANGE_H_
