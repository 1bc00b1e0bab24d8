// Finds the operation for a request: a table of method and path.
//
//   Router router({{"GET", "/2015-03-31/functions/{FunctionName}", get_function}});
//
// Thread-safe: nothing changes after construction.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_ROUTER_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_ROUTER_H_

#include <functional>
#include <string>
#include <vector>

#include "net/http_message.h"
#include "net/http_server.h"

namespace floe::invoke_api {

struct RoutedRequest {
  net::HttpRequest http;
  // The segment that stands for {...} in the path template, percent-decoded; "" without one.
  std::string parameter;
};

struct Route {
  std::string method;
  // Segments that must be equal, and at most one in braces that stands for any text without a slash
  // (an encoded one is fine). A slash at the end of a request's path is ignored.
  std::string path;
  std::function<void(RoutedRequest request, net::HttpResponder responder)> handler;
};

class Router {
 public:
  // Earlier routes win. REQUIRES: at most one {...} in each path.
  explicit Router(std::vector<Route> routes);

  // Calls the handler of the route for `request`. Answers 404 for an unknown path and 405, with the
  // methods that would do in Allow, for an unknown method.
  void Dispatch(net::HttpRequest request, net::HttpResponder responder) const;

 private:
  struct Entry {
    Route route;
    // The path around {...}. Without braces all of it is `before`.
    std::string before;
    std::string after;
    bool has_parameter = false;
  };
  std::vector<Entry> entries_;
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_ROUTER_H_
