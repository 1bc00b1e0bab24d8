#include "net/http_server.h"

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "net/http_message.h"
#include "tests/testing/http_client.h"

namespace floe::net {
namespace {

using test::HttpAnswer;
using test::HttpClient;

class HttpServerTest : public ::testing::Test {
 protected:
  // Serves `handler` on a new port.
  int Serve(HttpHandler handler, const ListenerOptions& options = {}) {
    auto listening = server_->Listen("127.0.0.1", 0, options, std::move(handler));
    EXPECT_TRUE(listening.ok()) << listening.status();
    listener_ = listening->id;
    return listening->port;
  }

  std::unique_ptr<HttpServer> server_ = *HttpServer::Create({.threads = 2});
  ListenerId listener_ = 0;
};

void Echo(HttpRequest request, HttpResponder responder) {
  HttpResponse response = {.status = 200, .body = std::move(request.body)};
  response.headers.Add("Content-Type", request.headers.Get("Content-Type"));
  responder.Send(std::move(response));
}

TEST_F(HttpServerTest, AnswersRequestsOnOneConnectionOneAfterTheOther) {
  HttpClient client(Serve(Echo));

  for (int i = 0; i < 3; ++i) {
    const HttpAnswer answer = client.Post("/", "hello", "Content-Type: text/x\r\n");
    EXPECT_EQ(answer.status, 200) << answer;
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.headers.Get("content-type"), "text/x");
  }
}

}  // namespace
}  // namespace floe::net
