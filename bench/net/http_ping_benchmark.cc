// Round trips over loopback: a small POST to the HTTP server against the same bytes between two
// blocking sockets, which is the least that any server costs here.
//
//   bazel run --config=opt //bench/net:http_ping_benchmark

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "net/http_message.h"
#include "net/http_server.h"
#include "tests/testing/http_client.h"

namespace floe::net {
namespace {

using Clock = std::chrono::steady_clock;

// Times of single round trips, reported as their median and 99th percentile.
class RoundTrips {
 public:
  void Add(Clock::duration time) {
    microseconds_.push_back(std::chrono::duration<double, std::micro>(time).count());
  }
  void Report(benchmark::State& state) {
    if (microseconds_.empty()) return;
    std::sort(microseconds_.begin(), microseconds_.end());
    state.counters["median_us"] = microseconds_[microseconds_.size() / 2];
    state.counters["p99_us"] = microseconds_[microseconds_.size() * 99 / 100];
  }

 private:
  std::vector<double> microseconds_;
};

// Sends `request` and reads `answer_bytes`, again and again.
void Ping(benchmark::State& state, int port, const std::string& request, size_t answer_bytes) {
  test::HttpClient client(port);
  std::string answer(answer_bytes, '\0');
  RoundTrips trips;
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    client.Write(request);
    if (::recv(client.fd(), answer.data(), answer.size(), MSG_WAITALL) !=
        static_cast<ssize_t>(answer.size())) {
      state.SkipWithError("the answer is short");
      break;
    }
    trips.Add(Clock::now() - start);
  }
  trips.Report(state);
}

std::string Request(size_t body_bytes) {
  return test::PostText("/2015-03-31/functions/f/invocations", std::string(body_bytes, 'x'));
}

size_t AnswerBytes(size_t body_bytes) {
  return std::string("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n").size() +
         std::to_string(body_bytes).size() + body_bytes;
}

// The floor: a thread that reads the request whole and writes the answer whole.
void BlockingSockets(benchmark::State& state) {
  const auto body_bytes = static_cast<size_t>(state.range(0));
  const std::string request = Request(body_bytes);
  int port = 0;
  const int listening = test::ListenOnLoopback(&port);
  std::thread server([&] {
    const int fd = ::accept(listening, nullptr, nullptr);
    std::string read(request.size(), '\0');
    const std::string answer(AnswerBytes(body_bytes), 'x');
    while (::recv(fd, read.data(), read.size(), MSG_WAITALL) > 0) {
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    ::close(fd);
  });
  Ping(state, port, request, AnswerBytes(body_bytes));
  server.join();
  ::close(listening);
}
BENCHMARK(BlockingSockets)->Arg(64)->Arg(1 << 20)->UseRealTime();

void AnsweredByTheHandler(benchmark::State& state) {
  const auto body_bytes = static_cast<size_t>(state.range(0));
  const std::unique_ptr<HttpServer> server = *HttpServer::Create({});
  const int port = server
                       ->Listen("127.0.0.1", 0, {},
                                [](HttpRequest request, HttpResponder responder) {
                                  responder.Send({.body = std::move(request.body)});
                                })
                       ->port;
  Ping(state, port, Request(body_bytes), AnswerBytes(body_bytes));
}
BENCHMARK(AnsweredByTheHandler)->Arg(64)->Arg(1 << 20)->UseRealTime();

// The shape of an invocation: the answer comes from a thread that waited for the request.
void AnsweredByAnotherThread(benchmark::State& state) {
  std::mutex mutex;
  std::condition_variable arrived;
  HttpResponder waiting;
  bool done = false;
  std::thread answerer([&] {
    std::unique_lock lock(mutex);
    for (;;) {
      arrived.wait(lock, [&] { return done || waiting; });
      if (!waiting) return;
      HttpResponder responder = std::move(waiting);
      lock.unlock();
      responder.Send({.body = std::string(64, 'x')});
      lock.lock();
    }
  });
  {
    const std::unique_ptr<HttpServer> server = *HttpServer::Create({});
    const int port = server
                         ->Listen("127.0.0.1", 0, {},
                                  [&](HttpRequest, HttpResponder responder) {
                                    const std::lock_guard lock(mutex);
                                    waiting = std::move(responder);
                                    arrived.notify_one();
                                  })
                         ->port;
    Ping(state, port, Request(64), AnswerBytes(64));
  }
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  arrived.notify_one();
  answerer.join();
}
BENCHMARK(AnsweredByAnotherThread)->UseRealTime();

}  // namespace
}  // namespace floe::net

BENCHMARK_MAIN();
