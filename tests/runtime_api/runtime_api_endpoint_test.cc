#include "runtime_api/runtime_api_endpoint.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "net/http_server.h"
#include "tests/runtime_api/recording_observer.h"
#include "tests/testing/http_client.h"

namespace floe::runtime_api {
namespace {

using test::HttpAnswer;
using test::HttpClient;

constexpr char kNext[] = "/2018-06-01/runtime/invocation/next";

std::string ResponsePath(const std::string& id) {
  return "/2018-06-01/runtime/invocation/" + id + "/response";
}

class RuntimeApiEndpointTest : public ::testing::Test {
 protected:
  RuntimeApiEndpointTest() {
    const int fd = test::ListenOnLoopback(&port_);
    auto endpoint = RuntimeApiEndpoint::Create(server_.get(), fd, &observer_);
    EXPECT_TRUE(endpoint.ok()) << endpoint.status();
    endpoint_ = *std::move(endpoint);
  }

  int port_ = 0;
  RecordingObserver observer_;
  std::unique_ptr<net::HttpServer> server_ = *net::HttpServer::Create({.threads = 2});
  std::unique_ptr<RuntimeApiEndpoint> endpoint_;
};

TEST_F(RuntimeApiEndpointTest, CarriesInvocationsThroughOneConnection) {
  HttpClient client(port_);
  for (const std::string id : {"a", "b"}) {
    client.StartGet(kNext);
    observer_.AwaitCalls(id == "a" ? 1 : 3);
    ASSERT_TRUE(endpoint_->Offer({.request_id = id, .payload = "in " + id}).ok());
    const HttpAnswer event = client.Read();
    ASSERT_EQ(event.status, 200) << event;
    EXPECT_EQ(event.headers.Get("lambda-runtime-aws-request-id"), id);
    EXPECT_EQ(event.headers.Get("content-type"), "application/json");
    EXPECT_EQ(event.body, "in " + id);
    const HttpAnswer accepted = client.Post(ResponsePath(id), "out " + id);
    EXPECT_EQ(accepted.status, 202) << accepted;
    EXPECT_EQ(accepted.body, "{\"status\":\"OK\"}\n");
  }
  client.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(5),
            (std::vector<std::string>{"ready", "response a out a", "finished a", "response b out b",
                                      "finished b"}));
}

}  // namespace
}  // namespace floe::runtime_api
