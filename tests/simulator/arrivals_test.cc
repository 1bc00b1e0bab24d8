#include "simulator/arrivals.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

Scenario With(std::vector<Arrivals> arrivals, int64_t count = 1) {
  return {.duration = Duration::Hours(3),
          .functions = {{.name = "f", .count = count, .arrivals = std::move(arrivals)}}};
}

// The milliseconds at which requests arrive before `end`.
std::vector<int64_t> TimesBefore(const Scenario& scenario, Instant end) {
  ArrivalStream stream(scenario);
  std::vector<int64_t> times;
  while (stream.next_time() < end) times.push_back(stream.Take().at.nanoseconds() / 1'000'000);
  return times;
}

TEST(ArrivalsTest, AnIntervalCountsFromItsStartAndEndsBeforeItsEnd) {
  const Scenario scenario =
      With({IntervalArrivals{.interval = Duration::Seconds(10), .from = Sec(5), .until = Sec(25)}});
  EXPECT_EQ(TimesBefore(scenario, Sec(1'000)), (std::vector<int64_t>{5'000, 15'000}));
}

TEST(ArrivalsTest, BlocksAreMergedByTimeAndTiesKeepTheOrderOfTheBlocks) {
  const Scenario scenario =
      With({BurstArrivals{.count = 2, .at = Sec(3)}, ListedArrivals{{Sec(1), Sec(3), Sec(3)}}});
  ArrivalStream stream(scenario);
  std::vector<std::pair<double, uint32_t>> taken;
  while (stream.next_time() < Sec(1'000)) {
    const Arrival arrival = stream.Take();
    taken.emplace_back(arrival.at.seconds(), arrival.process);
  }
  ASSERT_EQ(taken.size(), 5u);
  EXPECT_EQ(taken[0], std::make_pair(1.0, 1u));
  EXPECT_EQ(taken[1], std::make_pair(3.0, 0u));
  EXPECT_EQ(stream.next_time(), Instant::InfiniteFuture());
}

TEST(ArrivalsTest, EveryFunctionOfAnEntryHasItsOwnBurst) {
  const Scenario scenario = With({BurstArrivals{.count = 4, .at = Sec(1)}}, /*count=*/3);
  ArrivalStream stream(scenario);
  std::map<uint32_t, int> by_function;
  while (stream.next_time() < Sec(1'000)) ++by_function[stream.Take().function.value];
  EXPECT_EQ(by_function, (std::map<uint32_t, int>{{0, 4}, {1, 4}, {2, 4}}));
}

TEST(ArrivalsTest, PoissonArrivalsHaveTheirRate) {
  const std::vector<int64_t> times =
      TimesBefore(With({PoissonArrivals{.rate_per_second = 10}}), Sec(10'000));
  EXPECT_NEAR(static_cast<double>(times.size()), 100'000, 1'300);
}

TEST(ArrivalsTest, PoissonArrivalsOfSeveralFunctionsAreSharedEvenly) {
  const Scenario scenario = With({PoissonArrivals{.rate_per_second = 1}}, /*count=*/4);
  ArrivalStream stream(scenario);
  std::map<uint32_t, int> by_function;
  while (stream.next_time() < Sec(10'000)) ++by_function[stream.Take().function.value];
  ASSERT_EQ(by_function.size(), 4u);
  for (const auto& [function, arrivals] : by_function) EXPECT_NEAR(arrivals, 10'000, 400);
}

TEST(ArrivalsTest, PoissonArrivalsKeepToTheirWindow) {
  const std::vector<int64_t> times = TimesBefore(
      With({PoissonArrivals{.rate_per_second = 100, .from = Sec(7), .until = Sec(9)}}), Sec(100));
  ASSERT_FALSE(times.empty());
  EXPECT_GE(times.front(), 7'000);
  EXPECT_LT(times.back(), 9'000);
}

TEST(ArrivalsTest, IntervalsOfRandomPhaseStartApartForEachFunction) {
  const Scenario scenario =
      With({IntervalArrivals{.interval = Duration::Seconds(100), .random_phase = true}}, 3);
  ArrivalStream stream(scenario);
  EXPECT_EQ(stream.processes(), 3u);
  std::map<uint32_t, Instant> first;
  for (int i = 0; i < 3; ++i) {
    const Arrival arrival = stream.Take();
    EXPECT_LT(arrival.at, Sec(100));
    first[arrival.function.value] = arrival.at;
  }
  for (int i = 0; i < 3; ++i) {
    const Arrival arrival = stream.Take();
    EXPECT_EQ(arrival.at, first[arrival.function.value] + Duration::Seconds(100));
  }
}

TEST(ArrivalsTest, EveryArrivalOfAFunctionWithTenantsHasOne) {
  Scenario scenario = With({PoissonArrivals{.rate_per_second = 1}});
  scenario.functions[0].tenants = 2;
  ArrivalStream stream(scenario);
  std::map<uint32_t, int> by_tenant;
  while (stream.next_time() < Sec(10'000)) ++by_tenant[stream.Take().tenant];
  ASSERT_EQ(by_tenant.size(), 2u);
  EXPECT_NEAR(by_tenant[1], 5'000, 300);
  EXPECT_NEAR(by_tenant[2], 5'000, 300);
}

TEST(ArrivalsTest, NothingArrivesAtOrAfterTheEndOfTheRun) {
  const Scenario scenario =
      With({ListedArrivals{{Instant::FromNanoseconds(10'799'999'999'999), Sec(10'800)}}});
  ArrivalStream stream(scenario);
  stream.Take();
  EXPECT_EQ(stream.next_time(), Instant::InfiniteFuture());
}

// Two functions; what is traced runs 7 ms.
class FakeTrace final : public ArrivalTrace {
 public:
  explicit FakeTrace(std::vector<TraceArrival> arrivals) : arrivals_(std::move(arrivals)) {}
  const std::vector<TraceFunction>& functions() const override { return functions_; }
  std::unique_ptr<TraceCursor> Open(uint64_t) const override {
    return std::make_unique<Cursor>(arrivals_);
  }

 private:
  class Cursor final : public TraceCursor {
   public:
    explicit Cursor(absl::Span<const TraceArrival> left) : left_(left) {}
    size_t Fill(absl::Span<TraceArrival> arrivals) override {
      const size_t count = std::min(arrivals.size(), left_.size());
      std::copy_n(left_.begin(), count, arrivals.begin());
      left_.remove_prefix(count);
      return count;
    }
    absl::Status status() const override {
      return left_.empty() ? absl::DataLossError("line 3: cut off") : absl::OkStatus();
    }

   private:
    absl::Span<const TraceArrival> left_;
  };

  std::vector<TraceArrival> arrivals_;
  std::vector<TraceFunction> functions_ = {{.name = "a", .memory_mib = 256}, {.name = "b"}};
};

TEST(ArrivalsTest, TracesComeBehindTheEntriesWithFunctionsOfTheirOwn) {
  Scenario scenario = With({ListedArrivals{{Sec(1), Sec(2)}}}, /*count=*/2);
  scenario.traces.push_back(
      {.like = {.name = "t/", .memory_mib = 512, .run = ConstantLength{Duration::Seconds(9)}},
       .trace = std::make_shared<FakeTrace>(std::vector<TraceArrival>{
           {.at_ns = 1'000'000'000, .function = 1, .run_ns = 7'000'000, .tenant = 3},
           {.at_ns = 3'000'000'000, .function = 0}})});
  const Scenario expanded = WithTraceFunctions(scenario);
  ASSERT_EQ(expanded.functions.size(), 3u);
  EXPECT_EQ(expanded.functions[1].name, "t/a");
  EXPECT_EQ(expanded.functions[1].memory_mib, 256);
  EXPECT_EQ(expanded.functions[2].name, "t/b");
  EXPECT_EQ(expanded.functions[2].memory_mib, 512);

  ArrivalStream stream(expanded);
  std::vector<Arrival> taken;
  while (stream.next_time() != Instant::InfiniteFuture()) taken.push_back(stream.Take());
  ASSERT_EQ(taken.size(), 6u);
  EXPECT_EQ(taken[2].function, FunctionId{3});
  EXPECT_EQ(taken[2].entry, 2u);
  EXPECT_EQ(taken[2].tenant, 3u);
  EXPECT_EQ(taken[2].run, Duration::Milliseconds(7));
  EXPECT_EQ(taken[5].function, FunctionId{2});
  EXPECT_EQ(taken[5].run, Duration::Seconds(9));
  EXPECT_EQ(stream.status().code(), absl::StatusCode::kDataLoss);
}

// The arrivals of each process alone, put in order.
std::vector<std::pair<int64_t, uint32_t>> Naively(const Scenario& scenario) {
  std::vector<std::pair<int64_t, uint32_t>> all;
  uint32_t number = 0;
  for (uint32_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    for (uint32_t block = 0; block < function.arrivals.size(); ++block) {
      const std::unique_ptr<ArrivalProcess> process =
          MakeArrivalProcess(function.arrivals[block], {.seed = scenario.seed,
                                                        .source = uint64_t{entry} << 16 | block,
                                                        .run_end = Instant() + scenario.duration});
      int64_t times[7];
      while (const size_t count = process->Fill(absl::MakeSpan(times))) {
        for (size_t i = 0; i < count; ++i) {
          if (times[i] < scenario.duration.nanoseconds()) all.emplace_back(times[i], number);
        }
      }
      ++number;
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

Scenario RandomScenario(uint64_t seed) {
  Prng prng(seed);
  Scenario scenario{.duration = Duration::Seconds(5 + static_cast<int64_t>(prng.Below(60))),
                    .seed = seed};
  const uint64_t entries = 1 + prng.Below(prng.Draw({1, 3}) ? 150 : 5);
  for (uint64_t entry = 0; entry < entries; ++entry) {
    ScenarioFunction function{.name = "f"};
    for (uint64_t block = 0; block < 1 + prng.Below(3); ++block) {
      const Instant at = Sec(static_cast<int64_t>(prng.Below(40)));
      switch (prng.Below(4)) {
        case 0:
          function.arrivals.push_back(PoissonArrivals{
              .rate_per_second = static_cast<double>(1 + prng.Below(200)), .from = at});
          break;
        case 1:
          function.arrivals.push_back(IntervalArrivals{
              .interval = Duration::Milliseconds(static_cast<int64_t>(10 + prng.Below(900)))});
          break;
        // Often more than a window holds.
        case 2:
          function.arrivals.push_back(BurstArrivals{
              .count = static_cast<int64_t>(1 + prng.Below(prng.Draw({1, 8}) ? 9'000 : 90)),
              .at = at});
          break;
        default:
          function.arrivals.push_back(ListedArrivals{{at, at, at + Duration::Seconds(1)}});
      }
    }
    scenario.functions.push_back(function);
  }
  return scenario;
}

TEST(ArrivalsTest, AllProcessesComeInTheOrderOfTimeAndThenOfTheProcesses) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = RandomScenario(seed);
    const std::vector<std::pair<int64_t, uint32_t>> expected = Naively(scenario);
    ArrivalStream one_by_one(scenario);
    ArrivalStream in_batches(scenario);
    size_t i = 0;
    std::vector<uint64_t> numbers(one_by_one.processes());
    for (absl::Span<const Arrival> batch = in_batches.TakeBatch(); !batch.empty();
         batch = in_batches.TakeBatch()) {
      for (const Arrival& arrival : batch) {
        ASSERT_LT(i, expected.size());
        ASSERT_EQ(one_by_one.next_time(), arrival.at);
        const Arrival& same = one_by_one.Take();
        ASSERT_EQ(arrival.at.nanoseconds(), expected[i].first) << i;
        ASSERT_EQ(arrival.process, expected[i].second) << i;
        ASSERT_EQ(arrival.number, numbers[arrival.process]++) << i;
        ASSERT_EQ(same.process, arrival.process);
        ASSERT_EQ(same.number, arrival.number);
        ++i;
      }
    }
    ASSERT_EQ(i, expected.size());
    ASSERT_EQ(one_by_one.next_time(), Instant::InfiniteFuture());
  }
}

TEST(ArrivalsTest, AnotherEntryDoesNotShiftTheDraws) {
  Scenario alone = With({PoissonArrivals{.rate_per_second = 1}});
  alone.functions[0].run = ExponentialLength{Duration::Seconds(1)};
  Scenario both = alone;
  both.functions.push_back({.name = "g", .arrivals = {PoissonArrivals{.rate_per_second = 5}}});
  ArrivalStream first(alone);
  ArrivalStream second(both);
  for (int i = 0; i < 100; ++i) {
    const Arrival expected = first.Take();
    Arrival arrival = second.Take();
    while (arrival.entry != 0) arrival = second.Take();
    ASSERT_EQ(arrival.at, expected.at);
    ASSERT_EQ(arrival.run, expected.run);
  }
}

}  // namespace
}  // namespace floe
