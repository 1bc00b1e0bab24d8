#include "runtime_api/runtime_api_endpoint.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "net/http_server.h"
#include "tests/runtime_api/recording_observer.h"
#include "tests/testing/http_client.h"

namespace floe::runtime_api {
namespace {

using test::HttpAnswer;
using test::HttpClient;
using Calls = std::vector<std::string>;

constexpr char kNext[] = "/2018-06-01/runtime/invocation/next";
constexpr char kInitError[] = "/2018-06-01/runtime/init/error";
constexpr char kStreaming[] = "Lambda-Runtime-Function-Response-Mode: streaming\r\n";
constexpr char kInvalidId[] =
    R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})";

std::string ResponsePath(absl::string_view id) {
  return absl::StrCat("/2018-06-01/runtime/invocation/", id, "/response");
}
std::string ErrorPath(absl::string_view id) {
  return absl::StrCat("/2018-06-01/runtime/invocation/", id, "/error");
}

std::string RefusedBody(absl::string_view from, absl::string_view to) {
  return absl::StrCat(R"({"errorMessage":"State transition from )", from, " to ", to,
                      " failed for runtime. Error: State transition is not allowed",
                      R"(","errorType":"InvalidStateTransition"})");
}

class RuntimeApiEndpointTest : public ::testing::Test {
 protected:
  RuntimeApiEndpointTest() {
    const int fd = test::ListenOnLoopback(&port_);
    auto endpoint = RuntimeApiEndpoint::Create(server_.get(), fd, &observer_);
    EXPECT_TRUE(endpoint.ok()) << endpoint.status();
    endpoint_ = *std::move(endpoint);
  }

  // Brings `client` to where it has been handed invocation `id`; the first one of its runtime.
  void StartInvocation(HttpClient& client, const std::string& id) {
    ASSERT_TRUE(endpoint_->Offer({.request_id = id, .payload = "in"}).ok());
    const HttpAnswer event = client.Get(kNext);
    ASSERT_EQ(event.status, 200) << event;
    ASSERT_EQ(event.headers.Get("Lambda-Runtime-Aws-Request-Id"), id);
  }

  int port_ = 0;
  RecordingObserver observer_;
  std::unique_ptr<net::HttpServer> server_ = *net::HttpServer::Create({.threads = 2});
  std::unique_ptr<RuntimeApiEndpoint> endpoint_;
};

void ExpectError(const HttpAnswer& answer, int status, absl::string_view body) {
  EXPECT_EQ(answer.status, status) << answer;
  EXPECT_EQ(answer.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(answer.body, body);
}

// ---- The life of a runtime.

TEST_F(RuntimeApiEndpointTest, CarriesInvocationsThroughOneConnection) {
  HttpClient client(port_);
  for (const std::string id : {"a", "b"}) {
    client.StartGet(kNext);
    observer_.AwaitCalls(id == "a" ? 1 : 3);
    ASSERT_TRUE(endpoint_->Offer({.request_id = id, .payload = "in " + id}).ok());
    const HttpAnswer event = client.Read();
    ASSERT_EQ(event.status, 200) << event;
    EXPECT_EQ(event.body, "in " + id);
    const HttpAnswer accepted = client.Post(ResponsePath(id), "out " + id);
    EXPECT_EQ(accepted.status, 202) << accepted;
    EXPECT_EQ(accepted.headers.Get("Content-Type"), "application/json");
    EXPECT_EQ(accepted.body, "{\"status\":\"OK\"}\n");
  }
  client.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(5),
            (Calls{"ready", "response a out a", "finished a", "response b out b", "finished b"}));
}

TEST_F(RuntimeApiEndpointTest, GivesEveryHeaderOfAnEvent) {
  HttpClient client(port_);
  ASSERT_TRUE(endpoint_
                  ->Offer({.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                           .deadline_epoch_ms = 1'542'409'706'888,
                           .invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:f",
                           .trace_id = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
                           .client_context = "{\n \"custom\": {}\r\n}",
                           .content_type = "text/plain",
                           .payload = "payload"})
                  .ok());
  const HttpAnswer event = client.Get(kNext);
  EXPECT_EQ(event.status, 200);
  EXPECT_EQ(event.headers.Get("Content-Type"), "text/plain");
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Aws-Request-Id"),
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Deadline-Ms"), "1542409706888");
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Invoked-Function-Arn"),
            "arn:aws:lambda:us-east-1:000000000000:f");
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Trace-Id"),
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0");
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Client-Context"), "{  \"custom\": {}  }");
  EXPECT_EQ(event.headers.all().size(), 7u) << event;
  EXPECT_EQ(event.body, "payload");
}

TEST_F(RuntimeApiEndpointTest, LeavesOutEmptyHeadersButNeverTheContentType) {
  HttpClient client(port_);
  ASSERT_TRUE(endpoint_->Offer({.request_id = "a"}).ok());
  const HttpAnswer event = client.Get(kNext);
  EXPECT_EQ(event.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(event.headers.Get("Content-Length"), "0");
  EXPECT_FALSE(event.headers.Has("Lambda-Runtime-Trace-Id"));
  EXPECT_FALSE(event.headers.Has("Lambda-Runtime-Client-Context"));
  EXPECT_EQ(event.headers.all().size(), 4u) << event;
}

TEST_F(RuntimeApiEndpointTest, AnswersARepeatedNextWithTheSameEventAtOnce) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  HttpClient other(port_);
  for (HttpClient* asking : {&client, &other, &client}) {
    const HttpAnswer again = asking->Get(kNext);
    EXPECT_EQ(again.headers.Get("Lambda-Runtime-Aws-Request-Id"), "a");
    EXPECT_EQ(again.body, "in");
  }
  EXPECT_EQ(client.Post(ResponsePath("a"), "out").status, 202);
  EXPECT_EQ(observer_.calls(), (Calls{"ready", "response a out"}));
}

TEST_F(RuntimeApiEndpointTest, LetsASecondPollerWaitForTheNextInvocation) {
  HttpClient first(port_);
  first.StartGet(kNext);
  observer_.AwaitCalls(1);
  HttpClient second(port_);
  second.StartGet(kNext);
  // Both wait once a third connection, made after them, has been served on each lane.
  for (int i = 0; i < 4; ++i) EXPECT_EQ(HttpClient(port_).Get("/ping").status, 200);
  ASSERT_TRUE(endpoint_->Offer({.request_id = "a"}).ok());
  EXPECT_EQ(first.Read().headers.Get("Lambda-Runtime-Aws-Request-Id"), "a");
  EXPECT_EQ(first.Post(ResponsePath("a"), "").status, 202);
  first.StartGet(kNext);
  observer_.AwaitCalls(3);
  ASSERT_TRUE(endpoint_->Offer({.request_id = "b"}).ok());
  EXPECT_EQ(second.Read().headers.Get("Lambda-Runtime-Aws-Request-Id"), "b");
}

TEST_F(RuntimeApiEndpointTest, KeepsAnOfferForTheNextPollerWhenTheWaitingOneHasGone) {
  {
    HttpClient gone(port_);
    gone.StartGet(kNext);
    observer_.AwaitCalls(1);
  }
  ASSERT_TRUE(endpoint_->Offer({.request_id = "a"}).ok());
  HttpClient client(port_);
  EXPECT_EQ(client.Get(kNext).headers.Get("Lambda-Runtime-Aws-Request-Id"), "a");
  EXPECT_EQ(observer_.calls(), (Calls{"ready"}));
}

TEST_F(RuntimeApiEndpointTest, PollersThatGaveUpLeaveRoomForOthers) {
  for (int i = 0; i < 3 * kConnectionsMax; ++i) {
    HttpClient client(port_);
    client.StartGet(kNext);
    observer_.AwaitCalls(1);
  }
  HttpClient client(port_);
  client.StartGet(kNext);
  ASSERT_TRUE(endpoint_->Offer({.request_id = "a"}).ok());
  // The last of them may have come so early that it was still turned away.
  HttpAnswer event = client.Read();
  while (event.status == 0) event = HttpClient(port_).Get(kNext);
  EXPECT_EQ(event.headers.Get("Lambda-Runtime-Aws-Request-Id"), "a");
}

TEST_F(RuntimeApiEndpointTest, TakesTheResponseFromAnotherConnection) {
  HttpClient poller(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(poller, "a"));
  HttpClient other(port_);
  EXPECT_EQ(other.Post(ResponsePath("a"), "out").status, 202);
  poller.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(3), (Calls{"ready", "response a out", "finished a"}));
}

TEST_F(RuntimeApiEndpointTest, TakesOneOfferAtATime) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  const absl::Status running = endpoint_->Offer({.request_id = "b"});
  EXPECT_EQ(running.code(), absl::StatusCode::kFailedPrecondition) << running;
  EXPECT_EQ(client.Post(ResponsePath("a"), "").status, 202);
  EXPECT_EQ(endpoint_->Offer({.request_id = "b"}).code(), absl::StatusCode::kFailedPrecondition);
  client.StartGet(kNext);
  observer_.AwaitCalls(3);
  EXPECT_TRUE(endpoint_->Offer({.request_id = "b"}).ok());
  EXPECT_EQ(endpoint_->Offer({.request_id = ""}).code(), absl::StatusCode::kInvalidArgument);
}

// ---- Errors that the runtime reports.

TEST_F(RuntimeApiEndpointTest, PassesErrorsOnVerbatimWithTheirClassifiedType) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  const HttpAnswer answer = client.Post(ErrorPath("a"), "{\"errorMessage\": 1}",
                                        "Lambda-Runtime-Function-Error-Type: TypeError\r\n"
                                        "Content-Type: application/x-www-form-urlencoded\r\n");
  EXPECT_EQ(answer.status, 202) << answer;
  client.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(3),
            (Calls{"ready", "error a Runtime.Unknown {\"errorMessage\": 1}", "finished a"}));
}

TEST_F(RuntimeApiEndpointTest, AfterAnInitErrorNothingIsAllowed) {
  HttpClient client(port_);
  EXPECT_EQ(
      client.Post(kInitError, "{}", "Lambda-Runtime-Function-Error-Type: Runtime.NoSuchThing\r\n")
          .status,
      202);
  ExpectError(client.Get(kNext), 403, RefusedBody("InitError", "Ready"));
  ExpectError(client.Post(kInitError, "{}"), 403, RefusedBody("InitError", "InitError"));
  EXPECT_EQ(endpoint_->Offer({.request_id = "a"}).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(observer_.calls(), (Calls{"init error Runtime.NoSuchThing {}"}));
}

TEST_F(RuntimeApiEndpointTest, RefusesAnInitErrorOnceReady) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  ExpectError(client.Post(kInitError, "{}"), 403, RefusedBody("Running", "InitError"));
}

// ---- What runtimes get wrong.

TEST_F(RuntimeApiEndpointTest, ChecksTheIdBeforeTheState) {
  HttpClient client(port_);
  ExpectError(client.Post(ResponsePath("a"), "x"), 400, kInvalidId);
  ExpectError(client.Post(ErrorPath("a"), "x"), 400, kInvalidId);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  ExpectError(client.Post(ResponsePath("b"), "x"), 400, kInvalidId);
  ExpectError(client.Post(ResponsePath(""), "x"), 400, kInvalidId);
  EXPECT_EQ(client.Post(ResponsePath("a"), "x").status, 202);
  ExpectError(client.Post(ResponsePath("b"), "x"), 400, kInvalidId);
}

TEST_F(RuntimeApiEndpointTest, RefusesASecondAnswerByStateAndAfterNextById) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  EXPECT_EQ(client.Post(ResponsePath("a"), "x").status, 202);
  ExpectError(client.Post(ResponsePath("a"), "x"), 403,
              RefusedBody("RuntimeResponseSentState", "InvocationResponse"));
  ExpectError(client.Post(ErrorPath("a"), "x"), 403,
              RefusedBody("RuntimeResponseSentState", "InvocationErrorResponse"));
  HttpClient poller(port_);
  poller.StartGet(kNext);
  observer_.AwaitCalls(3);
  ExpectError(client.Post(ResponsePath("a"), "x"), 400, kInvalidId);
  EXPECT_EQ(observer_.calls(), (Calls{"ready", "response a x", "finished a"}));
}

TEST_F(RuntimeApiEndpointTest, TakesAResponseOfExactlyTheLimit) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  EXPECT_EQ(client.Post(ResponsePath("a"), std::string(6'291'556, 'x')).status, 202);
  EXPECT_EQ(observer_.last_response().payload.size(), 6'291'556u);
}

TEST_F(RuntimeApiEndpointTest, FailsTheInvocationWhenItsResponseIsOneByteTooLarge) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  ExpectError(client.Post(ResponsePath("a"), std::string(6'291'557, 'x')), 413,
              R"({"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",)"
              R"("errorType":"RequestEntityTooLarge"})");
  ExpectError(client.Post(ErrorPath("a"), "x"), 403,
              RefusedBody("RuntimeResponseSentState", "InvocationErrorResponse"));
  client.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(3),
            (Calls{"ready",
                   "error a Function.ResponseSizeTooLarge "
                   R"({"errorMessage":"Response payload size exceeded maximum allowed payload )"
                   R"(size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"})",
                   "finished a"}));
}

TEST_F(RuntimeApiEndpointTest, FailsTheInvocationWhenTheResponseModeIsUnknown) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  ExpectError(
      client.Post(ResponsePath("a"), "x", "Lambda-Runtime-Function-Response-Mode: buffered\r\n"),
      400,
      R"({"errorMessage":"Invalid function response mode",)"
      R"("errorType":"InvalidFunctionResponseMode"})");
  client.StartGet(kNext);
  const Calls calls = observer_.AwaitCalls(3);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_TRUE(absl::StartsWith(calls[1], "error a Runtime.InvalidResponseModeHeader {"))
      << calls[1];
}

TEST_F(RuntimeApiEndpointTest, FailsTheInvocationWhenItsResponseIsCutShort) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  client.Write("POST " + ResponsePath("a") + " HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
  client.ShutdownWrite();
  ExpectError(client.Read(), 400,
              R"({"errorMessage":"HTTP request detected as truncated",)"
              R"("errorType":"TruncatedHTTPRequest"})");
  const Calls calls = observer_.AwaitCalls(2);
  EXPECT_TRUE(absl::StartsWith(calls[1], "error a Runtime.TruncatedResponse {")) << calls[1];
}

TEST_F(RuntimeApiEndpointTest, AnswersOtherPathsAndMethodsWithClientErrors) {
  HttpClient client(port_);
  EXPECT_EQ(client.Get("/ping").body, "pong");
  EXPECT_EQ(client.Get("/2018-06-01/runtime/restore/next").status, 404);
  EXPECT_EQ(client.Post("/2020-01-01/extension/register", "{}").status, 404);
  const HttpAnswer wrong = client.Post(kNext, "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.Get("Allow"), "GET");
  EXPECT_EQ(client.Get(ResponsePath("a")).headers.Get("Allow"), "POST");
  client.Write("nonsense\r\n\r\n");
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_EQ(observer_.calls(), Calls{});
}

// ---- Streams.

TEST_F(RuntimeApiEndpointTest, TakesAChunkedResponseWithDeclaredTrailersThatStayAway) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  client.Write(test::ChunkedPostText(ResponsePath("a"), "out",
                                     "Content-Type: application/octet-stream\r\n"
                                     "Trailer: Lambda-Runtime-Function-Error-Type\r\n"
                                     "Trailer: Lambda-Runtime-Function-Error-Body\r\n",
                                     ""));
  EXPECT_EQ(client.Read().status, 202);
  const PostedResponse response = observer_.last_response();
  EXPECT_EQ(response.payload, "out");
  EXPECT_EQ(response.content_type, "application/octet-stream");
  EXPECT_FALSE(response.streamed);
  EXPECT_EQ(response.stream_error_type, "");
}

TEST_F(RuntimeApiEndpointTest, ReportsAStreamThatBrokeOffWithWhatCame) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  client.Write(
      test::ChunkedPostText(ResponsePath("a"), "half of it",
                            absl::StrCat(kStreaming,
                                         "Trailer: Lambda-Runtime-Function-Error-Type, "
                                         "Lambda-Runtime-Function-Error-Body\r\n"),
                            "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
                            "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJFIn0=\r\n"));
  EXPECT_EQ(client.Read().status, 202);
  const PostedResponse response = observer_.last_response();
  EXPECT_EQ(response.payload, "half of it");
  EXPECT_TRUE(response.streamed);
  EXPECT_EQ(response.stream_error_type, "Runtime.StreamError");
  EXPECT_EQ(response.stream_error_body, "{\"errorType\":\"E\"}");
}

TEST_F(RuntimeApiEndpointTest, CollectsStreamsUpToTheirOwnLimit) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  client.Write(
      test::ChunkedPostText(ResponsePath("a"), std::string(20'971'520, 'x'), kStreaming, ""));
  EXPECT_EQ(client.Read().status, 202);
  EXPECT_EQ(observer_.last_response().payload.size(), 20'971'520u);
}

TEST_F(RuntimeApiEndpointTest, FailsAStreamOneByteOverItsLimit) {
  HttpClient client(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(client, "a"));
  client.Write(
      test::ChunkedPostText(ResponsePath("a"), std::string(20'971'521, 'x'), kStreaming, ""));
  EXPECT_EQ(client.Read().status, 413);
  const Calls calls = observer_.AwaitCalls(2);
  EXPECT_TRUE(absl::StartsWith(calls[1], "error a Function.ResponseSizeTooLarge {")) << calls[1];
}

// ---- Restart, the end, and the observer.

TEST_F(RuntimeApiEndpointTest, RestartForgetsEverythingAndClosesConnections) {
  HttpClient old(port_);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(old, "a"));
  HttpClient idle(port_);

  endpoint_->Restart();

  EXPECT_TRUE(old.EndsHere());
  EXPECT_TRUE(idle.EndsHere());
  HttpClient fresh(port_);
  ExpectError(fresh.Post(ResponsePath("a"), "x"), 400, kInvalidId);
  ASSERT_NO_FATAL_FAILURE(StartInvocation(fresh, "b"));
  EXPECT_EQ(fresh.Post(ResponsePath("b"), "x").status, 202);
  EXPECT_EQ(observer_.AwaitCalls(3), (Calls{"ready", "ready", "response b x"}));
}

TEST_F(RuntimeApiEndpointTest, RestartLeavesTheInitErrorBehind) {
  EXPECT_EQ(HttpClient(port_).Post(kInitError, "{}").status, 202);
  endpoint_->Restart();
  HttpClient client(port_);
  client.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(2), (Calls{"init error Runtime.Unknown {}", "ready"}));
}

TEST_F(RuntimeApiEndpointTest, NothingOfAKilledRuntimeIsHeardAfterRestart) {
  for (int round = 0; round < 100; ++round) {
    {
      HttpClient killed(port_);
      killed.StartGet(kNext);
    }
    endpoint_->Restart();
    const size_t heard = observer_.calls().size();
    EXPECT_EQ(HttpClient(port_).Get("/ping").status, 200);
    ASSERT_EQ(observer_.calls().size(), heard);
  }
}

TEST_F(RuntimeApiEndpointTest, TheObserverMayOfferFromWithinItsCalls) {
  std::atomic<int> offered = 0;
  observer_.set_on_call([&](const std::string& call) {
    if (call != "ready" && !absl::StartsWith(call, "finished")) return;
    const absl::Status status =
        endpoint_->Offer({.request_id = absl::StrCat("r", ++offered), .payload = "in"});
    EXPECT_TRUE(status.ok()) << status;
  });
  HttpClient client(port_);
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(client.Get(kNext).headers.Get("Lambda-Runtime-Aws-Request-Id"), absl::StrCat("r", i));
    EXPECT_EQ(client.Post(ResponsePath(absl::StrCat("r", i)), "out").status, 202);
  }
}

TEST_F(RuntimeApiEndpointTest, TheObserverMayRestartFromWithinItsCalls) {
  observer_.set_on_call([this](const std::string& call) {
    if (absl::StartsWith(call, "init error")) endpoint_->Restart();
  });
  HttpClient client(port_);
  client.StartPost(kInitError, "{}");
  EXPECT_TRUE(client.EndsHere());
  HttpClient fresh(port_);
  fresh.StartGet(kNext);
  EXPECT_EQ(observer_.AwaitCalls(2), (Calls{"init error Runtime.Unknown {}", "ready"}));
}

TEST_F(RuntimeApiEndpointTest, TheObserverMayDestroyTheEndpointFromWithinItsCalls) {
  std::promise<void> destroyed;
  observer_.set_on_call([&](const std::string&) {
    endpoint_.reset();
    destroyed.set_value();
  });
  HttpClient client(port_);
  client.StartGet(kNext);
  EXPECT_TRUE(client.EndsHere());
  EXPECT_EQ(destroyed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(RuntimeApiEndpointTest, ManyConnectionsAtOnceAreHeardOneAtATime) {
  std::atomic<bool> done = false;
  std::vector<std::thread> runtimes;
  for (int i = 0; i < 3; ++i) {
    runtimes.emplace_back([this, &done] {
      while (!done) {
        HttpClient client(port_);
        while (true) {
          const HttpAnswer event = client.Get(kNext);
          if (event.status != 200) break;
          const std::string id(event.headers.Get("Lambda-Runtime-Aws-Request-Id"));
          // Another thread may have been handed the same event and be faster: then 400 or 403.
          if (client.Post(ResponsePath(id), "out").status == 0) break;
        }
      }
    });
  }
  observer_.AwaitCalls(1);
  for (int i = 0; i < 300; ++i) {
    while (!endpoint_->Offer({.request_id = absl::StrCat("r", i), .payload = "in"}).ok()) {
      std::this_thread::yield();
    }
  }
  observer_.AwaitCalls(1 + 2 * 299);
  done = true;
  endpoint_.reset();
  for (std::thread& runtime : runtimes) runtime.join();
  EXPECT_FALSE(observer_.has_overlapped());
  const Calls calls = observer_.calls();
  for (int i = 0; i < 299; ++i) {
    ASSERT_EQ(calls[1 + 2 * i], absl::StrCat("response r", i, " out"));
    ASSERT_EQ(calls[2 + 2 * i], absl::StrCat("finished r", i));
  }
}

}  // namespace
}  // namespace floe::runtime_api
