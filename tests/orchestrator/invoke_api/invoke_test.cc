// The Invoke operation over HTTP: statuses, headers and bodies as clients see them.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "tests/orchestrator/invoke_api/front_door_fixture.h"

namespace floe::invoke_api {
namespace {

class InvokeTest : public FrontDoorFixture {
 protected:
  void SetUp() override {
    FrontDoorFixture::SetUp();
    orchestrator_.AddFunction("echo");
  }

  // Makes every invocation end with `result`.
  void AnswerWith(live::InvokeResult result) {
    result.request_id = kFakeRequestId;
    orchestrator_.set_on_invoke(
        [result](live::InvokeRequest, const FakeOrchestrator::Done& done) { done(result); });
  }

  net::HttpResponse Invoke(const std::string& payload,
                           std::vector<std::pair<std::string, std::string>> headers = {}) {
    return Send({.method = "POST",
                 .target = "/2015-03-31/functions/echo/invocations",
                 .headers = std::move(headers),
                 .body = payload});
  }
};

TEST_F(InvokeTest, AnswersWithTheFunctionsResult) {
  const net::HttpResponse response = Invoke(R"({"a": 1})");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"a": 1})");
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.Get("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(response.headers.Get("x-amzn-RequestId"), kFakeRequestId);
  EXPECT_EQ(response.headers.Get("X-Amzn-Trace-Id"),
            "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0");
  EXPECT_FALSE(response.headers.Has("X-Amz-Function-Error"));
  EXPECT_FALSE(response.headers.Has("X-Amz-Log-Result"));
}

TEST_F(InvokeTest, GivesAnEmptyObjectToTheFunctionWhenTheBodyIsEmpty) {
  EXPECT_EQ(Invoke("").body, "{}");
}

TEST_F(InvokeTest, AddsTheLogTailWhenAskedTo) {
  const net::HttpResponse response = Invoke("1", {{"X-Amz-Log-Type", "Tail"}});

  EXPECT_EQ(response.status, 200);
  // START RequestId: 11111111-2222-4333-8444-555555555555 Version: $LATEST
  EXPECT_EQ(response.headers.Get("X-Amz-Log-Result"),
            "U1RBUlQgUmVxdWVzdElkOiAxMTExMTExMS0yMjIyLTQzMzMtODQ0NC01NTU1NTU1NTU1NTUgVmVyc2lvbjogJE"
            "xBVEVTVAo=");
}

TEST_F(InvokeTest, MarksTheErrorOfAFunctionInAHeaderOnly) {
  AnswerWith({.outcome = live::InvokeOutcome::kFunctionError,
              .payload = R"({"errorType":"Runtime.ExitError"})"});

  const net::HttpResponse response = Invoke("{}");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.Get("X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(response.body, R"({"errorType":"Runtime.ExitError"})");
}

TEST_F(InvokeTest, TellsTheReasonOfAThrottle) {
  AnswerWith({.outcome = live::InvokeOutcome::kThrottled,
              .throttle_reason = ThrottleReason::kReservedConcurrency});

  const net::HttpResponse response = Invoke("{}");

  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "TooManyRequestsException");
  EXPECT_EQ(response.headers.Get("x-amzn-RequestId"), kFakeRequestId);
  EXPECT_EQ(response.body,
            R"({"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User",)"
            R"("message":"Rate Exceeded."})");
}

TEST_F(InvokeTest, TellsThatFloeItselfFailed) {
  AnswerWith({.outcome = live::InvokeOutcome::kServiceError, .message = "node n1 is lost"});

  const net::HttpResponse response = Invoke("{}");

  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "ServiceException");
  EXPECT_EQ(response.body, R"({"Type":"Service","Message":"node n1 is lost"})");
}

TEST_F(InvokeTest, NamesTheUnknownFunction) {
  const net::HttpResponse response =
      Send("POST", "/2015-03-31/functions/missing/invocations", "{}");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(response.body, R"({"Type":"User","Message":"Function not found: )"
                           R"(arn:aws:lambda:us-east-1:000000000000:function:missing:$LATEST"})");
}

TEST_F(InvokeTest, AcceptsAnEncodedArnWithQualifier) {
  const net::HttpResponse response = Send(
      "POST",
      "/2015-03-31/functions/"
      "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho%3A%24LATEST/invocations",
      "7");

  EXPECT_EQ(response.status, 200);
  ASSERT_EQ(orchestrator_.invoked().size(), 1u);
  EXPECT_EQ(orchestrator_.invoked()[0].function_name, "echo");
  EXPECT_EQ(orchestrator_.invoked()[0].invoked_arn,
            "arn:aws:lambda:us-east-1:000000000000:function:echo:$LATEST");
}

TEST_F(InvokeTest, KnowsTheQualifierLatestOnly) {
  EXPECT_EQ(Send("POST", "/2015-03-31/functions/echo/invocations?Qualifier=%24LATEST", "1").status,
            200);
  const net::HttpResponse response =
      Send("POST", "/2015-03-31/functions/echo/invocations?Qualifier=7", "1");

  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"Type":"User","Message":"Function not found: )"
                           R"(arn:aws:lambda:us-east-1:000000000000:function:echo:7"})");
}

TEST_F(InvokeTest, RefusesAPayloadThatIsNotJson) {
  const net::HttpResponse response = Invoke("{\"a\":}");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "InvalidRequestContentException");
  EXPECT_EQ(
      response.body.find(R"({"Type":"User","message":"Could not parse request body into json: )"),
      0u)
      << response.body;
  EXPECT_TRUE(orchestrator_.invoked().empty());
}

TEST_F(InvokeTest, RefusesTheFirstByteOverTheLimit) {
  std::string payload(6'291'556, ' ');
  payload[0] = '1';
  EXPECT_EQ(Invoke(payload).status, 200);
  payload.push_back(' ');

  const net::HttpResponse response = Invoke(payload);

  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "RequestTooLargeException");
  EXPECT_EQ(response.body,
            R"({"Type":"User","message":"Request must be smaller than 6291556 bytes for the )"
            R"(InvokeFunction operation"})");
}

TEST_F(InvokeTest, RefusesTheFirstByteOverTheLimitOfEvents) {
  std::string payload(1'048'576, ' ');
  payload[0] = '1';
  EXPECT_EQ(Invoke(payload, {{"X-Amz-Invocation-Type", "Event"}}).status, 202);
  payload.push_back(' ');
  EXPECT_EQ(Invoke(payload, {{"X-Amz-Invocation-Type", "Event"}}).status, 413);
}

TEST_F(InvokeTest, AnswersAnEventAtOnceAndRunsIt) {
  const net::HttpResponse response = Invoke("[1]", {{"X-Amz-Invocation-Type", "Event"}});

  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers.Get("x-amzn-RequestId").size(), 36u);
  EXPECT_FALSE(response.headers.Has("X-Amz-Executed-Version"));
}

TEST_F(InvokeTest, RefusesAnEventForAnUnknownFunction) {
  const net::HttpResponse response = Send({.method = "POST",
                                           .target = "/2015-03-31/functions/missing/invocations",
                                           .headers = {{"X-Amz-Invocation-Type", "Event"}}});

  EXPECT_EQ(response.status, 404);
  EXPECT_TRUE(orchestrator_.invoked().empty());
}

TEST_F(InvokeTest, RunsNothingInADryRun) {
  const net::HttpResponse response = Invoke("1", {{"X-Amz-Invocation-Type", "DryRun"}});

  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_TRUE(orchestrator_.invoked().empty());
}

TEST_F(InvokeTest, RefusesAnUnknownInvocationType) {
  const net::HttpResponse response = Invoke("1", {{"X-Amz-Invocation-Type", "Later"}});

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "ValidationException");
  EXPECT_EQ(response.body,
            R"({"Type":"User","message":"1 validation error detected: Value 'Later' at )"
            R"('invocationType' failed to satisfy constraint: Member must satisfy enum value set: )"
            R"([Event, RequestResponse, DryRun]"})");
}

TEST_F(InvokeTest, DecodesTheClientContext) {
  // {"client":{"a":1}}, and the same over two lines.
  Invoke("1", {{"X-Amz-Client-Context", "eyJjbGllbnQiOnsiYSI6MX19"}});
  Invoke("1", {{"X-Amz-Client-Context", "eyJjbGllbnQiOgp7ImEiOjF9fQ=="}});

  ASSERT_EQ(orchestrator_.invoked().size(), 2u);
  EXPECT_EQ(orchestrator_.invoked()[0].client_context, R"({"client":{"a":1}})");
  EXPECT_EQ(orchestrator_.invoked()[1].client_context, R"({"client": {"a":1}})");
}

TEST_F(InvokeTest, RefusesAClientContextThatIsTooLongOrNotJson) {
  EXPECT_EQ(Invoke("1", {{"X-Amz-Client-Context", "bm90IGpzb24="}}).status, 400);
  EXPECT_EQ(Invoke("1", {{"X-Amz-Client-Context", "***"}}).status, 400);
  // A JSON string of 2,687 bytes: 3,583 in base64, and one more with the padding.
  const std::string context = absl::Base64Escape('"' + std::string(2'685, 'a') + '"');
  ASSERT_EQ(context.size(), 3'584u);
  EXPECT_EQ(Invoke("1", {{"X-Amz-Client-Context", context}}).status, 400);
  EXPECT_TRUE(orchestrator_.invoked().empty());
  EXPECT_EQ(Invoke("1", {{"X-Amz-Client-Context", context.substr(0, 3'583)}}).status, 200);
}

TEST_F(InvokeTest, PassesContentTypeAndTraceOn) {
  Invoke("1", {{"Content-Type", "application/x-amz-json-1.0"}, {"X-Amzn-Trace-Id", "Root=1-a-b"}});
  Invoke("1");

  ASSERT_EQ(orchestrator_.invoked().size(), 2u);
  EXPECT_EQ(orchestrator_.invoked()[0].content_type, "application/x-amz-json-1.0");
  EXPECT_EQ(orchestrator_.invoked()[0].trace_id, "Root=1-a-b");
  EXPECT_EQ(orchestrator_.invoked()[1].content_type, "application/json");
  EXPECT_EQ(orchestrator_.invoked()[1].trace_id, "");
  EXPECT_EQ(orchestrator_.invoked()[1].invoked_arn, "");
}

TEST_F(InvokeTest, RefusesABadFunctionName) {
  const net::HttpResponse response = Send("POST", "/2015-03-31/functions/a%20b/invocations", "1");

  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "ValidationException");
  EXPECT_EQ(
      response.body.find(
          R"({"Type":"User","message":"1 validation error detected: Value 'a b' at 'functionName' )"
          R"(failed to satisfy constraint: Member must satisfy regular expression pattern: )"),
      0u)
      << response.body;
}

TEST_F(InvokeTest, RefusesWebPages) {
  const net::HttpResponse response = Invoke("1", {{"Origin", "https://example.com"}});

  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers.Get("x-amzn-ErrorType"), "AccessDeniedException");
  EXPECT_TRUE(orchestrator_.invoked().empty());
}

TEST_F(InvokeTest, KnowsItsRoutes) {
  const net::HttpResponse unknown = Send("GET", "/2015-03-31/elsewhere");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.headers.Get("x-amzn-ErrorType"), "UnknownOperationException");
  const net::HttpResponse wrong_method = Send("GET", "/2015-03-31/functions/echo/invocations");
  EXPECT_EQ(wrong_method.status, 405);
  EXPECT_EQ(wrong_method.headers.Get("Allow"), "POST");
}

TEST_F(InvokeTest, TellsItsHealth) {
  const net::HttpResponse response = Send("GET", "/_floe/health");

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":"ok","nodes":1})");
}

TEST(InvokeApiTest, RefusesAddressesThatOthersCanReach) {
  FakeOrchestrator orchestrator;
  auto server = net::HttpServer::Create({.threads = 1});
  ASSERT_TRUE(server.ok()) << server.status();

  const auto open =
      InvokeApi::Create({.address = "0.0.0.0", .port = 0}, server->get(), &orchestrator);
  EXPECT_EQ(open.status().code(), absl::StatusCode::kPermissionDenied) << open.status();
  const auto name =
      InvokeApi::Create({.address = "localhost", .port = 0}, server->get(), &orchestrator);
  EXPECT_EQ(name.status().code(), absl::StatusCode::kInvalidArgument) << name.status();
  const auto allowed =
      InvokeApi::Create({.address = "0.0.0.0", .port = 0, .remote_access = RemoteAccess::kAllowed},
                        server->get(), &orchestrator);
  EXPECT_TRUE(allowed.ok()) << allowed.status();
}

}  // namespace
}  // namespace floe::invoke_api
