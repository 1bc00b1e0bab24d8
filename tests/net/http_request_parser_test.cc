#include "net/http_request_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "net/http_message.h"

namespace floe::net {
namespace {

using State = HttpRequestParser::State;

// Feeds `text` in pieces of `piece` bytes, as a connection would. What stayed unused, at the end.
std::string Feed(HttpRequestParser& parser, absl::string_view text, size_t piece) {
  std::string buffer;
  while (!text.empty()) {
    buffer.append(text.data(), std::min(piece, text.size()));
    text.remove_prefix(std::min(piece, text.size()));
    buffer.erase(0, parser.Put(buffer));
  }
  return buffer;
}

HttpRequest ParseWhole(absl::string_view text, const HttpRequestParser::Limits& limits = {}) {
  HttpRequestParser parser(limits);
  parser.Put(text);
  EXPECT_EQ(parser.state(), State::kComplete) << text;
  return parser.TakeRequest();
}

constexpr absl::string_view kChunkedPost =
    "POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\n"
    "Host: localhost\r\n"
    "X-Folded: one\r\n two\r\n"
    "Transfer-Encoding: chunked\r\n"
    "Trailer: X-Error-Type, X-Error-Body\r\n"
    "\r\n"
    "5;name=value\r\nhello\r\n"
    "1\r\n \r\n"
    "a\r\n0123456789\r\n"
    "0\r\n"
    "X-Error-Type: Function.Bad\r\n"
    "X-Error-Body: e30=\r\n"
    "\r\n";

void ExpectChunkedPost(const HttpRequest& request) {
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a%20b/c");
  EXPECT_TRUE(request.has_query);
  EXPECT_EQ(request.query, "x=1&y=%2F");
  EXPECT_EQ(request.headers.Get("x-folded"), "one two");
  EXPECT_FALSE(request.headers.Has("X-Error-Type"));
  EXPECT_EQ(request.body, "hello 0123456789");
  EXPECT_EQ(request.body_state, BodyState::kComplete);
  EXPECT_EQ(request.trailers.Get("x-error-type"), "Function.Bad");
  EXPECT_EQ(request.trailers.Get("x-error-body"), "e30=");
}

TEST(HttpRequestParserTest, ReadsChunkedBodiesWithTrailersInPiecesOfEverySize) {
  for (size_t piece = 1; piece <= kChunkedPost.size(); ++piece) {
    SCOPED_TRACE(piece);
    HttpRequestParser parser({});
    EXPECT_EQ(Feed(parser, kChunkedPost, piece), "");
    ASSERT_EQ(parser.state(), State::kComplete);
    EXPECT_TRUE(parser.keep_alive());
    ExpectChunkedPost(parser.TakeRequest());
  }
}

TEST(HttpRequestParserTest, ReadsChunkedBodiesSplitAtEveryByte) {
  for (size_t split = 0; split <= kChunkedPost.size(); ++split) {
    SCOPED_TRACE(split);
    HttpRequestParser parser({});
    std::string buffer(kChunkedPost.substr(0, split));
    buffer.erase(0, parser.Put(buffer));
    absl::StrAppend(&buffer, kChunkedPost.substr(split));
    buffer.erase(0, parser.Put(buffer));
    ASSERT_EQ(parser.state(), State::kComplete);
    ExpectChunkedPost(parser.TakeRequest());
  }
}

TEST(HttpRequestParserTest, LeavesWhatBelongsToTheNextRequest) {
  HttpRequestParser parser({});
  const std::string text =
      "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET /next HTTP/1.1\r\n\r\n";

  EXPECT_EQ(text.substr(parser.Put(text)), "GET /next HTTP/1.1\r\n\r\n");
  EXPECT_EQ(parser.TakeRequest().body, "ab");
}

TEST(HttpRequestParserTest, SplitsTargets) {
  EXPECT_EQ(ParseWhole("GET /p HTTP/1.1\r\n\r\n").path, "/p");
  EXPECT_FALSE(ParseWhole("GET /p HTTP/1.1\r\n\r\n").has_query);
  EXPECT_TRUE(ParseWhole("GET /p? HTTP/1.1\r\n\r\n").has_query);
  EXPECT_EQ(ParseWhole("GET /p?a?b HTTP/1.1\r\n\r\n").query, "a?b");
  EXPECT_EQ(ParseWhole("GET http://host:1/p?q HTTP/1.1\r\n\r\n").path, "/p");
  EXPECT_EQ(ParseWhole("GET http://host HTTP/1.1\r\n\r\n").path, "/");
  EXPECT_EQ(ParseWhole("OPTIONS * HTTP/1.1\r\n\r\n").path, "*");
}

TEST(HttpRequestParserTest, SkipsEmptyLinesBeforeARequest) {
  EXPECT_EQ(ParseWhole("\r\n\r\nGET /p HTTP/1.1\r\n\r\n").path, "/p");
}

TEST(HttpRequestParserTest, TellsWhichConnectionsStayOpen) {
  const auto keeps_alive = [](absl::string_view text) {
    HttpRequestParser parser({});
    parser.Put(text);
    EXPECT_EQ(parser.state(), State::kComplete) << text;
    return parser.keep_alive();
  };
  EXPECT_TRUE(keeps_alive("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_FALSE(keeps_alive("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(HttpRequestParserTest, TakesABodyOfExactlyTheLimitAndDropsOneByteMore) {
  const HttpRequestParser::Limits limits = {.body_bytes_max = 4};
  HttpRequest fits = ParseWhole("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd", limits);
  EXPECT_EQ(fits.body_state, BodyState::kComplete);
  EXPECT_EQ(fits.body, "abcd");
  HttpRequest over = ParseWhole("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", limits);
  EXPECT_EQ(over.body_state, BodyState::kTooLarge);
  EXPECT_EQ(over.body, "");
  HttpRequest chunked = ParseWhole(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: "
      "t\r\n\r\n",
      limits);
  EXPECT_EQ(chunked.body_state, BodyState::kTooLarge);
  EXPECT_EQ(chunked.body, "");
  EXPECT_EQ(chunked.trailers.Get("X"), "t");
}

TEST(HttpRequestParserTest, AsksForTheLimitOfEachRequest) {
  const HttpRequestParser::Limits limits = {
      .body_limit_of = [](const HttpRequest& head) { return head.path == "/large" ? 5 : 1; }};
  EXPECT_EQ(ParseWhole("POST /large HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", limits).body,
            "abcde");
  EXPECT_EQ(ParseWhole("POST /small HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde", limits).body_state,
            BodyState::kTooLarge);
}

TEST(HttpRequestParserTest, StopsReadingABodyFarOverItsLimit) {
  HttpRequestParser parser({.body_bytes_max = 1});
  parser.Put("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  int64_t pieces = 0;
  while (parser.state() == State::kBody) {
    parser.Put(piece);
    ++pieces;
  }
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(pieces, kDrainedBytesMax / (1 << 20) + 1);
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.TakeRequest().body_state, BodyState::kTooLarge);
}

TEST(HttpRequestParserTest, AwaitsContinueUntilTheBodyBegins) {
  HttpRequestParser parser({});
  parser.Put("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(parser.AwaitsContinue());
  parser.Put("a");
  EXPECT_FALSE(parser.AwaitsContinue());
}

TEST(HttpRequestParserTest, DoesNotAskForABodyThatIsTooLarge) {
  HttpRequestParser parser({.body_bytes_max = 1});
  parser.Put("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_FALSE(parser.AwaitsContinue());
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.TakeRequest().body_state, BodyState::kTooLarge);
}

TEST(HttpRequestParserTest, KeepsWhatCameOfATruncatedBody) {
  for (const absl::string_view text :
       {"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: "}) {
    HttpRequestParser parser({});
    parser.Put(text);
    ASSERT_EQ(parser.state(), State::kBody) << text;
    parser.PutEnd();
    ASSERT_EQ(parser.state(), State::kComplete) << text;
    EXPECT_FALSE(parser.keep_alive());
    const HttpRequest request = parser.TakeRequest();
    EXPECT_EQ(request.body_state, BodyState::kTruncated) << text;
    EXPECT_EQ(request.body, "abc") << text;
  }
}

TEST(HttpRequestParserTest, RefusesMalformedRequests) {
  for (const absl::string_view text : {
           "\x16\x03\x01\x02garbage",
           "GET / HTTP/2.0\r\n\r\n",
           "GET /\r\n\r\n",
           " GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nno colon\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
       }) {
    HttpRequestParser parser({});
    parser.Put(text);
    ASSERT_EQ(parser.state(), State::kMalformed) << text;
    EXPECT_EQ(parser.error_status(), 400) << text;
    EXPECT_NE(parser.error_reason(), "") << text;
  }
}

TEST(HttpRequestParserTest, RefusesBodiesWhoseEndItCannotKnow) {
  HttpRequestParser parser({});
  parser.Put("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n");
  ASSERT_EQ(parser.state(), State::kMalformed);
  EXPECT_EQ(parser.error_status(), 501);
}

// "GET / HTTP/1.1" and one header line, `bytes` together without the empty line.
std::string HeadOf(size_t bytes) {
  const std::string start = "GET / HTTP/1.1\r\nX: ";
  return start + std::string(bytes - start.size() - 2, 'x') + "\r\n";
}

TEST(HttpRequestParserTest, TakesAHeadOfExactlyTheLimitAndRefusesOneByteMore) {
  const HttpRequestParser::Limits limits = {.header_bytes_max = 1'000};
  EXPECT_EQ(ParseWhole(HeadOf(1'000) + "\r\n", limits).path, "/");
  HttpRequestParser parser(limits);
  parser.Put(HeadOf(1'001) + "\r\n");
  ASSERT_EQ(parser.state(), State::kMalformed);
  EXPECT_EQ(parser.error_status(), 431);
}

TEST(HttpRequestParserTest, RefusesEndlessHeadsTrailersAndChunkExtensions) {
  for (const absl::string_view start :
       {"GET /",
        "GET / HTTP/1.1\r\nX: ", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x=",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "}) {
    HttpRequestParser parser({.header_bytes_max = 1'000});
    std::string buffer(start);
    for (int i = 0; i < 50 && parser.state() != State::kMalformed; ++i) {
      buffer.append(100, 'x');
      buffer.erase(0, parser.Put(buffer));
    }
    ASSERT_EQ(parser.state(), State::kMalformed) << start;
    EXPECT_EQ(parser.error_status(), 431) << start;
    EXPECT_LE(buffer.size(), 1'200u) << start;
  }
}

}  // namespace
}  // namespace floe::net
