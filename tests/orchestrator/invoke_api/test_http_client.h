// A blocking HTTP client for tests: one request on a connection of its own.

#ifndef FLOE_TESTS_ORCHESTRATOR_INVOKE_API_TEST_HTTP_CLIENT_H_
#define FLOE_TESTS_ORCHESTRATOR_INVOKE_API_TEST_HTTP_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "net/http_message.h"

namespace floe::invoke_api {

struct TestRequest {
  std::string method = "GET";
  std::string target = "/";  // Path and query as they go on the wire.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = "";
};

// Sends the request to 127.0.0.1:`port` and waits for the whole answer. Status 0 when there is
// none.
net::HttpResponse SendRequest(int port, const TestRequest& request);

}  // namespace floe::invoke_api

#endif  // FLOE_TESTS_ORCHESTRATOR_INVOKE_API_TEST_HTTP_CLIENT_H_
