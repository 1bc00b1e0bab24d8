// HTTP requests as triggers of functions, in the way of API Gateway's REST proxy integration.
//
//   curl http://127.0.0.1:PORT/FUNCTION/any/path?x=1     the function receives a proxy event
//
// What a client sees:
//   the function's answer           its status, headers and body (proxy_response.h)
//   the function failed, or its     502 {"message": "Internal server error"}
//     answer is malformed
//   throttled, or Floe failed       500, the same body
//   longer than the limit           504 {"message": "Endpoint request timed out"}; the function
//   goes on no such function                403 {"message":"Missing Authentication Token"}, as API
//   Gateway
//                                   answers where it has no resource
//   body too large                  413 {"message":"Request Too Long"}
//
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_HTTP_TRIGGER_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_HTTP_TRIGGER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "net/http_server.h"
#include "orchestrator/invoke_api/listen_address.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

// API Gateway's limit for request bodies: 10 MiB. The event must fit a payload besides.
inline constexpr int64_t kTriggerBodyBytesMax = 10'485'760;

class HttpTrigger {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    int port = 9'080;  // 0: a free one.
    RemoteAccess remote_access = RemoteAccess::kRefused;
    // How long a client waits for the function.
    Duration limit = Duration::Seconds(29);
    int connections_max = 4'096;
  };

  // `server` and `orchestrator` must live longer than the trigger, and `orchestrator` longer than
  // the invocations under way. INVALID_ARGUMENT: the limit is not positive and finite; that and
  // PERMISSION_DENIED: see CheckListenAddress. UNAVAILABLE: the port is taken.
  static absl::StatusOr<std::unique_ptr<HttpTrigger>> Create(const Options& options,
                                                             net::HttpServer* server,
                                                             live::Orchestrator* orchestrator);
  // Closes the listener. Clients that wait get no answer.
  virtual ~HttpTrigger() = default;

  virtual int port() const = 0;
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_HTTP_TRIGGER_H_
