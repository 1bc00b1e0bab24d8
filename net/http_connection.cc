#include "net/http_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/time.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/error.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/system/error_code.hpp"

namespace floe::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A request without a body fits the first; large bodies come in the second.
constexpr size_t kReadBytesMin = size_t{4} << 10;
constexpr size_t kReadBytesMax = size_t{256} << 10;
constexpr size_t kReadBytesIdle = size_t{16} << 10;
constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The connection whose handler runs on this thread.
thread_local const HttpConnection* handling = nullptr;

HttpRequestParser::Limits LimitsOf(const ListenerOptions& options) {
  return {.header_bytes_max = options.header_bytes_max,
          .body_bytes_max = options.body_bytes_max,
          .body_limit_of = options.body_limit_of};
}

// Writes as much of `head` and `body` as the socket takes at once. The number of bytes, or -1.
ssize_t WriteSome(int fd, absl::string_view head, absl::string_view body) {
  std::array<iovec, 2> pieces = {iovec{const_cast<char*>(head.data()), head.size()},
                                 iovec{const_cast<char*>(body.data()), body.size()}};
  msghdr message = {};
  message.msg_iov = pieces.data();
  message.msg_iovlen = body.empty() ? 1 : 2;
  ssize_t written;
  do {
    written = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (written < 0 && errno == EINTR);
  return written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : written;
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<asio::io_context> lane, Peer peer,
                               std::shared_ptr<const HttpService> service,
                               std::function<void()> on_closed)
    : lane_(std::move(lane)),
      peer_address_(std::move(peer.address)),
      limits_(LimitsOf(service->options)),
      service_(std::move(service)),
      on_closed_(std::move(on_closed)),
      socket_(*lane_),
      fd_(peer.fd),
      read_bytes_(kReadBytesMin),
      timer_(*lane_) {
  error_code error;
  socket_.assign(asio::generic::stream_protocol(peer.family, 0), peer.fd, error);
  if (error) phase_ = Phase::kClosing;
}

HttpConnection::~HttpConnection() {
  if (on_closed_) on_closed_();
}

void HttpConnection::Start() {
  const Lock lock(mutex_);
  WakeLane();
}

void HttpConnection::WakeLane() {
  if (on_lane_ || wake_posted_ || phase_ == Phase::kClosed) return;
  wake_posted_ = true;
  asio::post(*lane_, [self = shared_from_this()] {
    Lock lock(self->mutex_);
    self->wake_posted_ = false;
    self->Advance(lock);
  });
}

void HttpConnection::Cancel() {
  const Lock lock(mutex_);
  cancelled_ = true;
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
  RequestClose();
}

void HttpConnection::AwaitHandler() {
  if (handling == this) return;
  Lock lock(mutex_);
  handler_done_.wait(lock, [this] { return !handler_running_; });
}

void HttpConnection::RequestClose() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosing;
  WakeLane();
}

// ---- On the lane.

void HttpConnection::Advance(Lock& lock) {
  on_lane_ = true;
  try {
    TakeStep(lock);
  } catch (...) {
    // Out of memory: this connection is given up, the others go on.
    if (!lock.owns_lock()) lock.lock();
    if (phase_ != Phase::kClosed) CloseNow(lock);
  }
  on_lane_ = false;
}

void HttpConnection::TakeStep(Lock& lock) {
  if (phase_ == Phase::kReading) ParseAndDispatch(lock);
  if (phase_ == Phase::kReading && peer_ended_) EndRequest(lock);
  if (phase_ == Phase::kLingering && peer_ended_) phase_ = Phase::kClosing;
  switch (phase_) {
    case Phase::kReading:
    case Phase::kAnswering:
      StartRead();
      break;
    case Phase::kWriting:
      StartWrite();
      StartRead();
      break;
    case Phase::kLingering:
      StartLingering();
      break;
    case Phase::kClosing:
      CloseNow(lock);
      break;
    case Phase::kClosed:
      break;
  }
}

void HttpConnection::ParseAndDispatch(Lock& lock) {
  while (phase_ == Phase::kReading && !input_.empty()) {
    if (!parser_.has_value()) parser_.emplace(limits_);
    input_.Consume(parser_->Put(input_.bytes()));
    switch (parser_->state()) {
      case HttpRequestParser::State::kComplete:
        Dispatch(lock);
        break;
      case HttpRequestParser::State::kMalformed:
        AnswerMalformed(lock);
        break;
      case HttpRequestParser::State::kHead:
      case HttpRequestParser::State::kBody:
        if (parser_->AwaitsContinue() && input_.empty()) SendContinue();
        if (!timer_running_) StartTimer(service_->options.read_limit);
        return;
    }
  }
}

void HttpConnection::EndRequest(Lock& lock) {
  if (parser_.has_value() && parser_->state() == HttpRequestParser::State::kBody) {
    parser_->PutEnd();
    Dispatch(lock);
  } else {
    phase_ = Phase::kClosing;
  }
}

void HttpConnection::Dispatch(Lock& lock) {
  StopTimer();
  HttpRequest request = parser_->TakeRequest();
  request.peer_address = peer_address_;
  form_ = {.version = request.version,
           .keep_alive = parser_->keep_alive(),
           .head_only = request.method == "HEAD"};
  parser_.reset();
  continue_sent_ = false;
  phase_ = Phase::kAnswering;
  handler_running_ = true;
  const std::shared_ptr<const HttpService> service = service_;
  lock.unlock();
  handling = this;
  try {
    service->handler(std::move(request), HttpResponder(shared_from_this()));
  } catch (...) {
    // The responder's destructor has answered 500.
  }
  handling = nullptr;
  lock.lock();
  handler_running_ = false;
  if (cancelled_) handler_done_.notify_all();
}

void HttpConnection::AnswerMalformed(Lock& lock) {
  StopTimer();
  const int status = parser_->error_status();
  const std::string reason = parser_->error_reason();
  parser_.reset();
  form_ = {.version = 11, .keep_alive = false, .head_only = false};
  phase_ = Phase::kAnswering;
  HttpResponse response = {.status = status};
  if (service_->options.malformed_response) {
    handler_running_ = true;
    const std::shared_ptr<const HttpService> service = service_;
    lock.unlock();
    handling = this;
    try {
      response = service->options.malformed_response(status, reason);
    } catch (...) {
      response = {.status = 500};
    }
    handling = nullptr;
    lock.lock();
    handler_running_ = false;
    if (cancelled_) handler_done_.notify_all();
  }
  Answer(std::move(response));
}

void HttpConnection::SendContinue() {
  if (continue_sent_) return;
  continue_sent_ = true;
  // So few bytes fit the buffer of a peer that reads its answers; the others go without.
  WriteSome(fd_, kContinue, "");
}

void HttpConnection::StartRead() {
  if (read_pending_ || peer_ended_) return;
  const bool is_answering = phase_ == Phase::kAnswering || phase_ == Phase::kWriting;
  if (is_answering && input_.size() >= kPipelinedBytesMax) return;
  // Memory of a large body is not kept while the connection is idle.
  if (input_.empty() && !parser_.has_value() && input_.capacity() > kReadBytesIdle) {
    input_.Clear();
    read_bytes_ = kReadBytesMin;
  }
  char* const tail = input_.Prepare(read_bytes_);
  // Kept up while the answer is outstanding: it is how the end of the peer shows.
  read_pending_ = true;
  socket_.async_read_some(asio::buffer(tail, std::min(input_.room(), kReadBytesMax)),
                          [self = shared_from_this()](const error_code& error, size_t bytes) {
                            self->OnRead(static_cast<bool>(error), error == asio::error::eof,
                                         bytes);
                          });
}

void HttpConnection::OnRead(bool failed, bool ended, size_t bytes) {
  Lock lock(mutex_);
  read_pending_ = false;
  if (phase_ == Phase::kClosed) return;
  if (failed) {
    peer_ended_ = true;
    // A peer may end its own direction and still read; a broken connection carries nothing.
    if (!ended && phase_ != Phase::kReading) phase_ = Phase::kClosing;
  } else if (phase_ == Phase::kLingering) {
    lingered_bytes_ += static_cast<int64_t>(bytes);
    if (lingered_bytes_ > kLingerBytesMax) phase_ = Phase::kClosing;
  } else {
    // Few large reads for large bodies, little memory for everything else.
    if (bytes == std::min(input_.room(), kReadBytesMax)) {
      read_bytes_ = std::min(read_bytes_ * 4, kReadBytesMax);
    }
    input_.Commit(bytes);
  }
  Advance(lock);
}

void HttpConnection::StartWrite() {
  if (write_pending_) return;
  write_pending_ = true;
  StartTimer(service_->options.write_limit);
  const absl::string_view head = answer_head_;
  const absl::string_view body = SendsBody(answer_, form_) ? BodyOf(answer_) : "";
  const absl::string_view head_left = head.substr(std::min(answer_written_, head.size()));
  const absl::string_view body_left =
      body.substr(answer_written_ - (head.size() - head_left.size()));
  const std::array<asio::const_buffer, 2> buffers = {
      asio::const_buffer(head_left.data(), head_left.size()),
      asio::const_buffer(body_left.data(), body_left.size())};
  asio::async_write(socket_, buffers, [self = shared_from_this()](const error_code& error, size_t) {
    self->OnWritten(static_cast<bool>(error));
  });
}

void HttpConnection::OnWritten(bool failed) {
  Lock lock(mutex_);
  write_pending_ = false;
  if (phase_ == Phase::kClosed) return;
  StopTimer();
  if (failed) {
    phase_ = Phase::kClosing;
  } else if (phase_ == Phase::kWriting) {
    FinishAnswer();
  }
  Advance(lock);
}

void HttpConnection::StartLingering() {
  if (!timer_running_) {
    ::shutdown(fd_, SHUT_WR);
    StartTimer(kLingerLimit);
  }
  StartRead();
}

void HttpConnection::CloseNow(Lock& lock) {
  phase_ = Phase::kClosed;
  StopTimer();
  error_code ignored;
  socket_.close(ignored);
  fd_ = -1;
  parser_.reset();
  if (!read_pending_) input_.Clear();
  if (!write_pending_) answer_ = {};
  service_.reset();
  const std::function<void()> on_closed = std::exchange(on_closed_, nullptr);
  lock.unlock();
  if (on_closed) on_closed();
  lock.lock();
}

void HttpConnection::StartTimer(Duration limit) {
  if (limit.is_infinite()) return;
  timer_running_ = true;
  timer_.expires_after(std::chrono::nanoseconds(limit.nanoseconds()));
  timer_.async_wait([self = shared_from_this(), generation = ++timer_generation_](error_code) {
    Lock lock(self->mutex_);
    if (!self->timer_running_ || self->timer_generation_ != generation) return;
    self->timer_running_ = false;
    if (self->phase_ == Phase::kClosed) return;
    self->phase_ = Phase::kClosing;
    self->Advance(lock);
  });
}

void HttpConnection::StopTimer() {
  if (!timer_running_) return;
  timer_running_ = false;
  timer_.cancel();
}

// ---- On any thread.

void HttpConnection::Send(HttpResponse response) {
  const Lock lock(mutex_);
  if (phase_ != Phase::kAnswering) return;
  Answer(std::move(response));
}

void HttpConnection::Answer(HttpResponse response) {
  if (phase_ != Phase::kAnswering) return;
  if (peer_ended_ && input_.empty()) form_.keep_alive = false;
  std::string head = ResponseHead(response, form_);
  const absl::string_view body = SendsBody(response, form_) ? BodyOf(response) : "";
  const ssize_t written = WriteSome(fd_, head, body);
  if (written < 0) return RequestClose();
  if (static_cast<size_t>(written) == head.size() + body.size()) return FinishAnswer();
  answer_head_ = std::move(head);
  answer_ = std::move(response);
  answer_written_ = static_cast<size_t>(written);
  phase_ = Phase::kWriting;
  WakeLane();
}

void HttpConnection::FinishAnswer() {
  answer_ = {};
  answer_head_.clear();
  if (!form_.keep_alive) {
    phase_ = Phase::kLingering;
    WakeLane();
    return;
  }
  phase_ = Phase::kReading;
  // With nothing to parse and a read pending, the lane has nothing to do.
  if (!input_.empty() || !read_pending_) WakeLane();
}

void HttpConnection::Abort() {
  const Lock lock(mutex_);
  if (phase_ == Phase::kAnswering) RequestClose();
}

bool HttpConnection::IsConnected() const {
  const Lock lock(mutex_);
  if (phase_ != Phase::kAnswering || peer_ended_) return false;
  // The lane may not have read the end yet.
  pollfd peer = {.fd = fd_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&peer, 1, 0) == 0;
}

}  // namespace floe::net
