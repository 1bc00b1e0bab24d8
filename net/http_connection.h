// One connection of the HTTP server: reads a request, hands it to the handler, writes the answer.
// Internal to net/.
//
// Threads: a connection lives on one lane, a thread with its event loop. Reading, parsing, handlers
// and timers run there. The answer is written by whichever thread calls Send, straight into the
// socket, so no answer waits for a thread to wake up; only what does not fit the socket's buffer
// goes to the lane.

#ifndef FLOE_NET_HTTP_CONNECTION_H_
#define FLOE_NET_HTTP_CONNECTION_H_

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"
#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "net/byte_buffer.h"
#include "net/http_exchange.h"
#include "net/http_request_parser.h"
#include "net/http_response_head.h"
#include "net/http_server.h"

namespace floe::net {

// What the connections of one listener have in common.
struct HttpService {
  ListenerOptions options;
  HttpHandler handler;
};

// Of requests that arrive before the last one is answered so much is kept in memory.
inline constexpr size_t kPipelinedBytesMax = size_t{64} << 10;
// After its last answer a connection waits for the peer to close, so that no reset overtakes the
// answer. So long and for so much at most.
inline constexpr Duration kLingerLimit = Duration::Seconds(2);
inline constexpr int64_t kLingerBytesMax = kDrainedBytesMax;

class HttpConnection : public HttpResponder::Exchange,
                       public std::enable_shared_from_this<HttpConnection> {
 public:
  struct Peer {
    int fd = -1;     // Non-blocking; owned from now on.
    int family = 0;  // AF_INET and so on.
    std::string address;
  };
  // `on_closed` is called once, when the socket is closed.
  HttpConnection(std::shared_ptr<boost::asio::io_context> lane, Peer peer,
                 std::shared_ptr<const HttpService> service, std::function<void()> on_closed);
  ~HttpConnection() override;

  // Begins reading. On any thread, once.
  void Start();
  // Closes the connection; no handler begins afterwards.
  void Cancel();
  // Waits until no handler runs, except one that runs on the calling thread. After Cancel.
  void AwaitHandler();

  // Of HttpResponder::Exchange.
  void Send(HttpResponse response) override;
  void Abort() override;
  bool IsConnected() const override;

 private:
  enum class Phase {
    kReading,    // A request is awaited or partly read.
    kAnswering,  // The handler, or whoever it gave the responder to, has a request.
    kWriting,    // The lane writes what is left of an answer.
    kLingering,  // All is said; the peer's end is awaited.
    kClosing,    // The lane is about to close the socket.
    kClosed,
  };
  using Lock = std::unique_lock<std::mutex>;

  // All with mutex_ held, which those that take the lock let go for a while; except On..., which
  // begin an asynchronous completion and take it.

  // On the lane: does whatever the phase asks for next. Catches everything.
  void Advance(Lock& lock);
  void TakeStep(Lock& lock);
  void ParseAndDispatch(Lock& lock);
  void EndRequest(Lock& lock);
  void Dispatch(Lock& lock);
  void AnswerMalformed(Lock& lock);
  void SendContinue();
  void StartRead();
  void OnRead(bool failed, bool ended, size_t bytes);
  void StartWrite();
  void OnWritten(bool failed);
  void StartLingering();
  void CloseNow(Lock& lock);
  void StartTimer(Duration limit);
  void StopTimer();

  // On any thread.
  void Answer(HttpResponse response);
  void FinishAnswer();
  void RequestClose();
  // Has the lane call Advance, unless it is about to anyway.
  void WakeLane();

  const std::shared_ptr<boost::asio::io_context> lane_;
  const std::string peer_address_;
  const HttpRequestParser::Limits limits_;

  // A std::mutex, as ThreadSanitizer knows it; it guards everything below.
  mutable std::mutex mutex_;
  // Signalled when a handler returns after Cancel.
  std::condition_variable handler_done_;
  std::shared_ptr<const HttpService> service_;
  std::function<void()> on_closed_;
  boost::asio::generic::stream_protocol::socket socket_;
  int fd_;  // Of socket_; -1 once closed.
  Phase phase_ = Phase::kReading;
  bool cancelled_ = false;
  bool on_lane_ = false;  // The lane is inside Advance.
  bool handler_running_ = false;
  bool wake_posted_ = false;
  bool peer_ended_ = false;  // Its end of the stream has been read.

  // Reading. The tail of the buffer belongs to the kernel while a read is pending.
  ByteBuffer input_;
  bool read_pending_ = false;
  size_t read_bytes_;  // To ask for with the next read.
  std::optional<HttpRequestParser> parser_;
  bool continue_sent_ = false;
  int64_t lingered_bytes_ = 0;

  // The answer under way.
  AnswerForm form_;
  std::string answer_head_;
  HttpResponse answer_;
  size_t answer_written_ = 0;  // Of head and body together.
  bool write_pending_ = false;

  boost::asio::steady_timer timer_;
  uint64_t timer_generation_ = 0;
  bool timer_running_ = false;
};

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_CONNECTION_H_
