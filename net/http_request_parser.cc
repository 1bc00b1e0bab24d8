#include "net/http_request_parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/basic_parser.hpp"
#include "boost/beast/http/error.hpp"
#include "net/http_message.h"

namespace floe::net {
namespace {

namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastText = boost::beast::string_view;

absl::string_view Text(BeastText text) {
  return {text.data(), text.size()};
}

// Fills path and query from a request target: "/path?query", or with scheme and host before it.
void SplitTarget(absl::string_view target, HttpRequest& request) {
  if (!target.empty() && target[0] != '/') {
    if (const size_t scheme = target.find("://"); scheme != absl::string_view::npos) {
      const size_t path = target.find_first_of("/?", scheme + 3);
      target = path == absl::string_view::npos ? "/" : target.substr(path);
    }
  }
  const size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  if (mark == absl::string_view::npos) return;
  request.has_query = true;
  request.query = std::string(target.substr(mark + 1));
}

}  // namespace

class HttpRequestParser::Impl : public http::basic_parser<true> {
 public:
  explicit Impl(const Limits& limits) : limits_(limits) {
    eager(true);
    // Counted here instead: request line and headers together, then the trailers.
    header_limit(std::numeric_limits<uint32_t>::max());
    body_limit(boost::none);
  }

  size_t PutBytes(absl::string_view bytes);
  void PutEnd();
  bool AwaitsContinue() const;

  State state_now() const { return state_; }
  bool is_keep_alive() const { return reusable_ && keep_alive(); }
  HttpRequest Take() { return std::move(request_); }
  int error_status() const { return error_status_; }
  const std::string& error_reason() const { return error_reason_; }

 private:
  void on_request_impl(http::verb, BeastText method, BeastText target, int version,
                       BeastError& error) override;
  void on_field_impl(http::field, BeastText name, BeastText value, BeastError& error) override;
  void on_header_impl(BeastError& error) override;
  void on_body_init_impl(const boost::optional<uint64_t>&, BeastError&) override {}
  size_t on_body_impl(BeastText bytes, BeastError& error) override;
  size_t on_chunk_body_impl(uint64_t, BeastText bytes, BeastError& error) override {
    return on_body_impl(bytes, error);
  }
  void on_chunk_header_impl(uint64_t, BeastText, BeastError&) override {}
  void on_finish_impl(BeastError&) override { state_ = State::kComplete; }
  // Requests only; never called.
  void on_response_impl(int, BeastText, int, BeastError&) override {}

  void CountFieldBytes(size_t bytes, BeastError& error);
  void Fail(const BeastError& error);
  void Fail(int status, std::string reason);
  void DropBody();

  const Limits limits_;
  State state_ = State::kHead;
  HttpRequest request_;
  int64_t body_bytes_max_ = 0;
  // Of the request line and headers, then of the trailers.
  int64_t field_bytes_ = 0;
  int64_t dropped_bytes_ = 0;
  bool body_seen_ = false;
  // False when bytes of this request may still come after it is complete.
  bool reusable_ = true;
  int error_status_ = 0;
  std::string error_reason_;
};

size_t HttpRequestParser::Impl::PutBytes(absl::string_view bytes) {
  size_t used = 0;
  // Robust clients and servers leave out an empty line before a request (RFC 9112, section 2.2).
  while (!got_some() && used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
  while (used < bytes.size() && (state_ == State::kHead || state_ == State::kBody)) {
    BeastError error;
    const size_t eaten = put({bytes.data() + used, bytes.size() - used}, error);
    used += eaten;
    if (error == http::error::need_more) break;
    if (error) {
      if (state_ != State::kComplete) Fail(error);
      return used;
    }
    if (eaten == 0) break;
  }
  // What stays unused is one incomplete piece: the head, a chunk's header, or the trailers.
  const auto unused = static_cast<int64_t>(bytes.size() - used);
  if (state_ != State::kComplete && state_ != State::kMalformed &&
      unused > limits_.header_bytes_max - field_bytes_) {
    Fail(http::make_error_code(http::error::header_limit));
  }
  return used;
}

void HttpRequestParser::Impl::PutEnd() {
  if (state_ == State::kHead) return Fail(400, "the request ends within its headers");
  if (state_ != State::kBody) return;
  // A body over the limit stays one, whether it came whole or not.
  if (request_.body_state == BodyState::kComplete) request_.body_state = BodyState::kTruncated;
  reusable_ = false;
  state_ = State::kComplete;
}

bool HttpRequestParser::Impl::AwaitsContinue() const {
  return state_ == State::kBody && !body_seen_ && request_.version >= 11 &&
         request_.body_state == BodyState::kComplete &&
         absl::EqualsIgnoreCase(request_.headers.Get("Expect"), "100-continue");
}

void HttpRequestParser::Impl::on_request_impl(http::verb, BeastText method, BeastText target,
                                              int version, BeastError& error) {
  CountFieldBytes(method.size() + target.size() + sizeof("  HTTP/1.1\r\n") - 1, error);
  if (error) return;
  request_.method = std::string(Text(method));
  request_.version = version;
  SplitTarget(Text(target), request_);
}

void HttpRequestParser::Impl::on_field_impl(http::field, BeastText name, BeastText value,
                                            BeastError& error) {
  CountFieldBytes(name.size() + value.size() + sizeof(": \r\n") - 1, error);
  if (error) return;
  (state_ == State::kHead ? request_.headers : request_.trailers).Add(Text(name), Text(value));
}

void HttpRequestParser::Impl::CountFieldBytes(size_t bytes, BeastError& error) {
  field_bytes_ += static_cast<int64_t>(bytes);
  if (field_bytes_ > limits_.header_bytes_max) error = http::error::header_limit;
}

void HttpRequestParser::Impl::on_header_impl(BeastError& error) {
  state_ = State::kBody;
  field_bytes_ = 0;
  if (!chunked() && request_.headers.Has("Transfer-Encoding")) {
    // The length of such a body is unknown, so where the next request begins is too.
    error = http::error::bad_transfer_encoding;
    Fail(501, "the transfer encoding is not supported");
    return;
  }
  body_bytes_max_ =
      limits_.body_limit_of ? limits_.body_limit_of(request_) : limits_.body_bytes_max;
  const uint64_t announced = content_length().value_or(0);
  if (announced > static_cast<uint64_t>(std::max<int64_t>(body_bytes_max_, 0))) return DropBody();
  request_.body.reserve(static_cast<size_t>(announced));
}

size_t HttpRequestParser::Impl::on_body_impl(BeastText bytes, BeastError& error) {
  body_seen_ = body_seen_ || !bytes.empty();
  if (request_.body_state == BodyState::kComplete) {
    const int64_t room = body_bytes_max_ - static_cast<int64_t>(request_.body.size());
    if (static_cast<int64_t>(bytes.size()) <= room) {
      request_.body.append(bytes.data(), bytes.size());
      return bytes.size();
    }
    DropBody();
  }
  dropped_bytes_ += static_cast<int64_t>(bytes.size());
  if (dropped_bytes_ > kDrainedBytesMax) {
    reusable_ = false;
    state_ = State::kComplete;
    error = http::error::body_limit;  // Stops the parser; the request is complete all the same.
  }
  return bytes.size();
}

void HttpRequestParser::Impl::DropBody() {
  request_.body_state = BodyState::kTooLarge;
  std::string().swap(request_.body);
  // A peer that waits for "100 Continue" has sent nothing, and the answer comes instead.
  if (absl::EqualsIgnoreCase(request_.headers.Get("Expect"), "100-continue") &&
      request_.version >= 11) {
    reusable_ = false;
    state_ = State::kComplete;
  }
}

void HttpRequestParser::Impl::Fail(const BeastError& error) {
  if (state_ == State::kMalformed) return;
  if (error == http::error::header_limit) {
    return Fail(431, "the request line and headers are larger than allowed");
  }
  Fail(400, error.message());
}

void HttpRequestParser::Impl::Fail(int status, std::string reason) {
  state_ = State::kMalformed;
  error_status_ = status;
  error_reason_ = std::move(reason);
}

HttpRequestParser::HttpRequestParser(const Limits& limits)
    : impl_(std::make_unique<Impl>(limits)) {}
HttpRequestParser::HttpRequestParser(HttpRequestParser&&) noexcept = default;
HttpRequestParser& HttpRequestParser::operator=(HttpRequestParser&&) noexcept = default;
HttpRequestParser::~HttpRequestParser() = default;

size_t HttpRequestParser::Put(absl::string_view bytes) {
  return impl_->PutBytes(bytes);
}
void HttpRequestParser::PutEnd() {
  impl_->PutEnd();
}
HttpRequestParser::State HttpRequestParser::state() const {
  return impl_->state_now();
}
bool HttpRequestParser::AwaitsContinue() const {
  return impl_->AwaitsContinue();
}
bool HttpRequestParser::keep_alive() const {
  return impl_->is_keep_alive();
}
HttpRequest HttpRequestParser::TakeRequest() {
  return impl_->Take();
}
int HttpRequestParser::error_status() const {
  return impl_->error_status();
}
const std::string& HttpRequestParser::error_reason() const {
  return impl_->error_reason();
}

}  // namespace floe::net
