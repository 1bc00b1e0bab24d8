// Percentiles as counters of a benchmark: the mean that Google Benchmark prints hides the tail.

#ifndef FLOE_BENCH_END_TO_END_LATENCIES_H_
#define FLOE_BENCH_END_TO_END_LATENCIES_H_

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"

namespace floe::bench {

class Latencies {
 public:
  using Clock = std::chrono::steady_clock;

  // Notes the time since `begin` and gives it to the benchmark as this iteration's time.
  void AddSince(Clock::time_point begin, benchmark::State& state) {
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    seconds_.push_back(elapsed.count());
    state.SetIterationTime(elapsed.count());
  }

  // Sets the counters p50_us, p99_us and max_us.
  void Report(benchmark::State& state) {
    if (seconds_.empty()) return;
    std::sort(seconds_.begin(), seconds_.end());
    const auto microseconds = [&](double share) {
      const auto rank = static_cast<size_t>(share * static_cast<double>(seconds_.size()));
      return 1e6 * seconds_[std::min(rank, seconds_.size() - 1)];
    };
    state.counters["p50_us"] = microseconds(0.5);
    state.counters["p99_us"] = microseconds(0.99);
    state.counters["max_us"] = microseconds(1);
  }

 private:
  std::vector<double> seconds_;
};

}  // namespace floe::bench

#endif  // FLOE_BENCH_END_TO_END_LATENCIES_H_
