// Nanoseconds per removal and insertion, with so many entries pending, exponential times ahead.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "simulator/event_queue.h"
#include "simulator/fast_event_queue.h"

namespace floe {
namespace {

std::vector<Duration> Lengths() {
  Prng prng(1);
  std::vector<Duration> lengths;
  for (int i = 0; i < 1 << 16; ++i) lengths.push_back(Duration::FromSeconds(prng.Exponential()));
  return lengths;
}

class StandardQueue {
 public:
  void Push(Instant at, uint32_t value) { queue_.emplace(-at.nanoseconds(), value); }
  Instant Next() const { return Instant::FromNanoseconds(-queue_.top().first); }
  void Pop() { queue_.pop(); }

 private:
  std::priority_queue<std::pair<int64_t, uint32_t>> queue_;
};

class HeapQueue {
 public:
  void Push(Instant at, uint32_t value) { queue_.Push(at, value); }
  Instant Next() { return queue_.top_time(); }
  void Pop() { queue_.Pop(); }

 private:
  EventQueue queue_;
};

class WheelQueue {
 public:
  void Push(Instant at, uint32_t value) { queue_.Push(at, value); }
  Instant Next() {
    // Time moves on in small steps, as arrivals do.
    while (!queue_.HasDue(now_)) now_ = now_ + step_;
    return queue_.top_time();
  }
  void Pop() { queue_.Pop(); }
  void set_step(Duration step) { step_ = step; }

 private:
  FastEventQueue queue_;
  Instant now_;
  Duration step_ = Duration::Microseconds(1);
};

template <typename Queue>
void PopAndPush(benchmark::State& state) {
  const std::vector<Duration> lengths = Lengths();
  Queue queue;
  if constexpr (requires { queue.set_step(Duration()); }) {
    queue.set_step(Duration::Nanoseconds(1'000'000'000 / state.range(0)));
  }
  size_t next = 0;
  for (int64_t i = 0; i < state.range(0); ++i) {
    queue.Push(Instant() + lengths[++next % lengths.size()], 1);
  }
  for (auto _ : state) {
    const Instant now = queue.Next();
    queue.Pop();
    queue.Push(now + lengths[++next % lengths.size()], 1);
  }
}

BENCHMARK_TEMPLATE(PopAndPush, StandardQueue)->Arg(1'000)->Arg(100'000);
BENCHMARK_TEMPLATE(PopAndPush, HeapQueue)->Arg(1'000)->Arg(100'000);
BENCHMARK_TEMPLATE(PopAndPush, WheelQueue)->Arg(1'000)->Arg(100'000);

}  // namespace
}  // namespace floe

BENCHMARK_MAIN();
