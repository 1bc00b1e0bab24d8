// Requests as proxy events, in literal JSON.

#include "orchestrator/invoke_api/proxy_event.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/time/time.h"

namespace floe::invoke_api {
namespace {

ProxyContext ContextFor(const std::string& path) {
  return {.account_id = "000000000000",
          .stage = "hello",
          .path = path,
          .request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
          .extended_request_id = "cbd0b4ab",
          .received_at = absl::FromUnixMillis(1'589'522'469'123),  // 15 May 2020, 06:01:09 UTC.
          .port = 9'080};
}

TEST(ProxyEventTest, HasEveryMemberOfTheProxyFormat) {
  net::HttpRequest request{.method = "POST",
                           .path = "/hello/a%20b/c",
                           .query = "x=1&x=2&y=a+b%21",
                           .has_query = true,
                           .body = "text \"quoted\"",
                           .peer_address = "127.0.0.1"};
  request.headers.Add("Host", "api.example.com:9080");
  request.headers.Add("User-Agent", "curl/8");
  request.headers.Add("X-Two", "one");
  request.headers.Add("x-two", "two");

  EXPECT_EQ(
      ProxyEvent(request, ContextFor("/a%20b/c")),
      R"({"resource":"/{proxy+}","path":"/a b/c","httpMethod":"POST",)"
      R"("headers":{"Host":"api.example.com:9080","User-Agent":"curl/8","X-Two":"two",)"
      R"("X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"9080","X-Forwarded-Proto":"http"},)"
      R"("multiValueHeaders":{"Host":["api.example.com:9080"],"User-Agent":["curl/8"],)"
      R"("X-Two":["one","two"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["9080"],)"
      R"("X-Forwarded-Proto":["http"]},)"
      R"("queryStringParameters":{"x":"2","y":"a b!"},)"
      R"("multiValueQueryStringParameters":{"x":["1","2"],"y":["a b!"]},)"
      R"("pathParameters":{"proxy":"a b/c"},"stageVariables":null,)"
      R"("requestContext":{"accountId":"000000000000","apiId":"floe",)"
      R"("domainName":"api.example.com","domainPrefix":"api","extendedRequestId":"cbd0b4ab",)"
      R"("httpMethod":"POST","identity":{"accessKey":null,"accountId":null,"caller":null,)"
      R"("cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,)"
      R"("cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,)"
      R"("sourceIp":"127.0.0.1","user":null,"userAgent":"curl/8","userArn":null},)"
      R"("path":"/hello/a%20b/c","protocol":"HTTP/1.1",)"
      R"("requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef",)"
      R"("requestTime":"15/May/2020:06:01:09 +0000","requestTimeEpoch":1589522469123,)"
      R"("resourceId":"proxy","resourcePath":"/{proxy+}","stage":"hello"},)"
      R"("body":"text \"quoted\"","isBase64Encoded":false})");
}

TEST(ProxyEventTest, HasNullWhereThereIsNothing) {
  const net::HttpRequest request{.method = "GET", .path = "/hello", .peer_address = "127.0.0.1"};

  const std::string event = ProxyEvent(request, ContextFor("/"));

  EXPECT_TRUE(absl::StrContains(event, R"({"resource":"/","path":"/","httpMethod":"GET",)"))
      << event;
  EXPECT_TRUE(absl::StrContains(event, R"("queryStringParameters":null,)"
                                       R"("multiValueQueryStringParameters":null,)"
                                       R"("pathParameters":null,"stageVariables":null,)"))
      << event;
  EXPECT_TRUE(absl::StrContains(event, R"("userAgent":null)")) << event;
  EXPECT_TRUE(absl::EndsWith(event, R"("body":null,"isBase64Encoded":false})")) << event;
}

TEST(ProxyEventTest, EncodesABodyThatIsNotUtf8) {
  const net::HttpRequest request{.method = "POST", .path = "/hello", .body = "\xff\x00z"};

  const std::string event = ProxyEvent(request, ContextFor("/"));

  EXPECT_TRUE(absl::EndsWith(event, R"("body":"/w==","isBase64Encoded":true})")) << event;
}

TEST(ProxyEventTest, ReadsHeadersThatAreNotUtf8AsLatin1) {
  net::HttpRequest request{.method = "GET", .path = "/hello"};
  request.headers.Add("X-Name", "Andr\xe9");

  EXPECT_TRUE(
      absl::StrContains(ProxyEvent(request, ContextFor("/")), "\"X-Name\":\"Andr\xc3\xa9\""));
}

TEST(ProxyEventTest, AddsTheClientToThoseItWasForwardedFor) {
  net::HttpRequest request{.method = "GET", .path = "/hello", .peer_address = "127.0.0.1"};
  request.headers.Add("x-forwarded-for", "10.0.0.1");

  EXPECT_TRUE(absl::StrContains(ProxyEvent(request, ContextFor("/")),
                                R"("x-forwarded-for":"10.0.0.1, 127.0.0.1")"));
}

TEST(IsUtf8Test, AcceptsAllLengthsAndRefusesWhatIsMalformed) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  EXPECT_FALSE(IsUtf8("\x80"));              // Nothing to continue.
  EXPECT_FALSE(IsUtf8("\xc3"));              // Cut off.
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));          // Overlong.
  EXPECT_FALSE(IsUtf8("\xe0\x80\xaf"));      // Overlong.
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));      // A surrogate.
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));  // Beyond U+10FFFF.
}

}  // namespace
}  // namespace floe::invoke_api
