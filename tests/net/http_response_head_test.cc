#include "net/http_response_head.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "net/http_message.h"

namespace floe::net {
namespace {

TEST(ResponseHeadTest, WritesStatusHeadersAndLength) {
  HttpResponse response = {.status = 202, .body = "12345"};
  response.headers.Add("Content-Type", "application/json");

  EXPECT_EQ(ResponseHead(response, {}),
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHeadTest, SaysCloseWhenTheConnectionEnds) {
  EXPECT_EQ(ResponseHead({.status = 200}, {.keep_alive = false}),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHeadTest, SaysKeepAliveToOldClientsOnly) {
  EXPECT_EQ(ResponseHead({.status = 200}, {.version = 10, .keep_alive = true}),
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseHeadTest, GivesNoLengthWhereNoBodyIsAllowed) {
  EXPECT_EQ(ResponseHead({.status = 204, .body = "x"}, {}), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(SendsBody({.status = 204}, {}));
  EXPECT_FALSE(SendsBody({.status = 304}, {}));
  EXPECT_TRUE(SendsBody({.status = 200}, {}));
}

TEST(ResponseHeadTest, GivesHeadRequestsTheLengthButNotTheBody) {
  EXPECT_EQ(ResponseHead({.status = 200, .body = "abc"}, {.head_only = true}),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
  EXPECT_FALSE(SendsBody({.status = 200, .body = "abc"}, {.head_only = true}));
}

TEST(ResponseHeadTest, KeepsEveryValueOnItsOwnLine) {
  HttpResponse response = {.status = 200};
  response.headers.Add("X-A\r\nX-B", std::string("one\r\nX-Evil: 1\0tab\tend\x7f", 23));

  EXPECT_EQ(ResponseHead(response, {}),
            "HTTP/1.1 200 OK\r\nX-A  X-B: one  X-Evil: 1 tab\tend \r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseHeadTest, TakesTheSharedBodyInsteadOfTheOwnOne) {
  const HttpResponse response = {
      .status = 200, .body = "own", .shared_body = std::make_shared<const std::string>("shared")};

  EXPECT_EQ(BodyOf(response), "shared");
  EXPECT_EQ(ResponseHead(response, {}), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
}

}  // namespace
}  // namespace floe::net
