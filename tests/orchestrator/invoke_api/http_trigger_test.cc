// The HTTP trigger over HTTP, with a fake orchestrator.

#include "orchestrator/invoke_api/http_trigger.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/check.h"
#include "tests/orchestrator/invoke_api/fake_orchestrator.h"
#include "tests/orchestrator/invoke_api/test_http_client.h"

namespace floe::invoke_api {
namespace {

class HttpTriggerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = net::HttpServer::Create({.threads = 1});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    orchestrator_.AddFunction("hello");
    Start(Duration::Seconds(29));
  }

  void Start(Duration limit) {
    auto trigger = HttpTrigger::Create({.port = 0, .limit = limit}, server_.get(), &orchestrator_);
    ASSERT_TRUE(trigger.ok()) << trigger.status();
    trigger_ = *std::move(trigger);
  }

  void AnswerWith(live::InvokeResult result) {
    orchestrator_.set_on_invoke(
        [result](live::InvokeRequest, const FakeOrchestrator::Done& done) { done(result); });
  }

  net::HttpResponse Send(const TestRequest& request) {
    return SendRequest(trigger_->port(), request);
  }

  // Lets the next invocation wait until the test ends it.
  void KeepInvocations() {
    orchestrator_.set_on_invoke([this](live::InvokeRequest, FakeOrchestrator::Done done) {
      kept_.set_value(std::move(done));
    });
  }
  FakeOrchestrator::Done TakeInvocation() {
    std::future<FakeOrchestrator::Done> kept = kept_.get_future();
    CHECK(kept.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    return kept.get();
  }

  std::promise<FakeOrchestrator::Done> kept_;
  FakeOrchestrator orchestrator_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<HttpTrigger> trigger_;
};

TEST_F(HttpTriggerTest, GivesTheRequestToTheFunctionAndItsAnswerToTheClient) {
  AnswerWith({.payload = R"({"statusCode":201,"headers":{"X-A":"b"},"body":"done"})"});

  const net::HttpResponse response =
      Send({.method = "PUT", .target = "/hello/a/b?c=d", .body = "text"});

  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.Get("X-A"), "b");
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.Get("x-amzn-RequestId").size(), 36u);
  EXPECT_TRUE(response.headers.Has("x-amz-apigw-id"));
  EXPECT_EQ(response.body, "done");
  ASSERT_EQ(orchestrator_.invoked().size(), 1u);
  EXPECT_EQ(orchestrator_.invoked()[0].function_name, "hello");
  const std::string event = orchestrator_.invoked()[0].payload;
  EXPECT_TRUE(absl::StrContains(event, R"("path":"/a/b","httpMethod":"PUT")")) << event;
  EXPECT_TRUE(absl::StrContains(event, R"("queryStringParameters":{"c":"d"})")) << event;
  EXPECT_TRUE(absl::StrContains(event, R"("body":"text")")) << event;
}

TEST_F(HttpTriggerTest, AnswersTheSmallestResultWithAnEmptyBody) {
  AnswerWith({.payload = R"({"statusCode": 200})"});

  const net::HttpResponse response = Send({.target = "/hello"});

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("Content-Length"), "0");
  EXPECT_EQ(response.body, "");
}

TEST_F(HttpTriggerTest, Answers502WhenTheFunctionFailsOrIsMalformed) {
  AnswerWith({.outcome = live::InvokeOutcome::kFunctionError, .payload = "{}"});
  const net::HttpResponse failed = Send({.target = "/hello"});
  EXPECT_EQ(failed.status, 502);
  EXPECT_EQ(failed.body, R"({"message": "Internal server error"})");

  AnswerWith({.payload = R"("text")"});
  const net::HttpResponse malformed = Send({.target = "/hello"});
  EXPECT_EQ(malformed.status, 502);
  EXPECT_EQ(malformed.body, R"({"message": "Internal server error"})");
}

TEST_F(HttpTriggerTest, Answers500WhenThrottledOrWhenFloeFails) {
  AnswerWith({.outcome = live::InvokeOutcome::kThrottled});
  const net::HttpResponse throttled = Send({.target = "/hello"});
  EXPECT_EQ(throttled.status, 500);
  EXPECT_EQ(throttled.body, R"({"message": "Internal server error"})");

  AnswerWith({.outcome = live::InvokeOutcome::kServiceError});
  EXPECT_EQ(Send({.target = "/hello"}).status, 500);
}

TEST_F(HttpTriggerTest, Answers403WhereThereIsNoFunction) {
  for (const char* const target : {"/", "/missing", "/a%20b/c", "/hello%3A1"}) {
    const net::HttpResponse response = Send({.target = target});
    EXPECT_EQ(response.status, 403) << target;
    EXPECT_EQ(response.body, R"({"message":"Missing Authentication Token"})") << target;
  }
}

TEST_F(HttpTriggerTest, Answers504WhileTheFunctionGoesOn) {
  Start(Duration::Milliseconds(20));
  KeepInvocations();

  const net::HttpResponse response = Send({.target = "/hello"});

  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(response.body, R"({"message": "Endpoint request timed out"})");
  TakeInvocation()({.payload = R"({"statusCode":200})"});  // Too late, and harmless.
}

TEST_F(HttpTriggerTest, LetsAnInvocationOutliveIt) {
  Start(Duration::Milliseconds(1));
  KeepInvocations();
  EXPECT_EQ(Send({.target = "/hello"}).status, 504);
  const FakeOrchestrator::Done done = TakeInvocation();

  trigger_ = nullptr;

  done({.payload = "{}"});
}

TEST_F(HttpTriggerTest, RefusesBodiesOverTheLimit) {
  AnswerWith({.payload = "{}"});
  const net::HttpResponse listener =
      Send({.method = "POST", .target = "/hello", .body = std::string(10'485'761, 'x')});
  EXPECT_EQ(listener.status, 413);
  EXPECT_EQ(listener.body, R"({"message":"Request Too Long"})");
  // The body fits, the event around it does not.
  EXPECT_EQ(
      Send({.method = "POST", .target = "/hello", .body = std::string(6'291'556, 'x')}).status,
      413);
  EXPECT_TRUE(orchestrator_.invoked().empty());
}

TEST_F(HttpTriggerTest, RefusesALimitThatNeverPasses) {
  EXPECT_EQ(
      HttpTrigger::Create({.port = 0, .limit = Duration::Infinite()}, server_.get(), &orchestrator_)
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace floe::invoke_api
