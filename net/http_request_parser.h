// Turns bytes into one HTTP request, a piece at a time. Knows no socket.
//
//   HttpRequestParser parser({});
//   buffer.Consume(parser.Put(buffer.bytes()));
//   if (parser.state() == HttpRequestParser::State::kComplete) Handle(parser.TakeRequest());

#ifndef FLOE_NET_HTTP_REQUEST_PARSER_H_
#define FLOE_NET_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::net {

// Of a body over its limit so much more is read and dropped, so that a client that reads no answer
// before it has sent everything gets its answer. What is longer still ends the connection.
inline constexpr int64_t kDrainedBytesMax = int64_t{64} << 20;

// Thread-compatible. One parser reads one request.
class HttpRequestParser {
 public:
  struct Limits {
    int64_t header_bytes_max = 1'048'576;  // Request line and headers; and again for the trailers.
    int64_t body_bytes_max = 6'291'556;
    // When set, asked once per request instead of body_bytes_max.
    std::function<int64_t(const HttpRequest& head)> body_limit_of;
  };
  enum class State {
    kHead,  // In the request line or the headers, or before them.
    kBody,  // In the body or its trailers.
    kComplete,
    kMalformed,  // See error_status() and error_reason().
  };

  explicit HttpRequestParser(const Limits& limits);
  HttpRequestParser(HttpRequestParser&&) noexcept;
  HttpRequestParser& operator=(HttpRequestParser&&) noexcept;
  ~HttpRequestParser();

  // Parses from the front of `bytes` and returns how many are used up; the caller passes the others
  // again, with more behind them. Uses none once complete or malformed.
  size_t Put(absl::string_view bytes);
  // The peer sends no more. In kBody the request becomes complete, with BodyState::kTruncated.
  void PutEnd();

  State state() const;
  // Whether the peer waits for "100 Continue" before it sends the body.
  bool AwaitsContinue() const;
  // REQUIRES: kComplete. Whether the connection may serve another request.
  bool keep_alive() const;
  // REQUIRES: kComplete; once.
  HttpRequest TakeRequest();

  // REQUIRES: kMalformed. 400, 431 or 501.
  int error_status() const;
  const std::string& error_reason() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_REQUEST_PARSER_H_
