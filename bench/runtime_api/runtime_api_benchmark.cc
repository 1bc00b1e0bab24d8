// One invocation through the Runtime API over loopback: from the offer until the response is heard,
// with code that answers at once, and the whole round until the environment is idle again.
//
//   bazel run --config=opt //bench/runtime_api:runtime_api_benchmark

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "net/http_server.h"
#include "runtime_api/runtime_api_endpoint.h"
#include "tests/testing/http_client.h"

namespace floe::runtime_api {
namespace {

using Clock = std::chrono::steady_clock;

// Wakes the thread that offers when a response has come and when the environment is idle.
class WakingObserver : public RuntimeApiObserver {
 public:
  void OnReady() override { BecomeIdle(); }
  void OnInitError(PostedError) override {}
  void OnResponse(const std::string&, PostedResponse) override {
    const std::lock_guard lock(mutex_);
    responded_at_ = Clock::now();
  }
  void OnError(const std::string&, PostedError) override {}
  void OnFinished(const std::string&) override { BecomeIdle(); }

  // Waits until the environment is idle; when its last response came.
  Clock::time_point AwaitIdle() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle_; });
    idle_ = false;
    return responded_at_;
  }

 private:
  void BecomeIdle() {
    const std::lock_guard lock(mutex_);
    idle_ = true;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool idle_ = false;
  Clock::time_point responded_at_;
};

void OneInvocation(benchmark::State& state) {
  int port = 0;
  WakingObserver observer;
  const std::unique_ptr<net::HttpServer> server = *net::HttpServer::Create({});
  std::unique_ptr<RuntimeApiEndpoint> endpoint =
      *RuntimeApiEndpoint::Create(server.get(), test::ListenOnLoopback(&port), &observer);
  std::thread code([port] {
    test::HttpClient client(port);
    while (client.Get("/2018-06-01/runtime/invocation/next").status == 200) {
      client.Post("/2018-06-01/runtime/invocation/id/response", "{}");
    }
  });
  observer.AwaitIdle();
  const std::string payload(static_cast<size_t>(state.range(0)), 'x');
  std::vector<double> to_response;
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    if (!endpoint->Offer({.request_id = "id", .deadline_epoch_ms = 1, .payload = payload}).ok()) {
      state.SkipWithError("the offer was refused");
      break;
    }
    const Clock::time_point responded_at = observer.AwaitIdle();
    to_response.push_back(std::chrono::duration<double, std::micro>(responded_at - start).count());
  }
  endpoint.reset();
  code.join();
  if (to_response.empty()) return;
  std::sort(to_response.begin(), to_response.end());
  state.counters["to_response_median_us"] = to_response[to_response.size() / 2];
  state.counters["to_response_p99_us"] = to_response[to_response.size() * 99 / 100];
}
BENCHMARK(OneInvocation)->Arg(64)->Arg(1 << 20)->UseRealTime();

}  // namespace
}  // namespace floe::runtime_api

BENCHMARK_MAIN();
