#include "simulator/arrivals.h"

#include <cstdint>
#include <map>
#include <vector>

#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

Scenario With(std::vector<Arrivals> arrivals, int64_t count = 1) {
  return {.duration = Duration::Hours(1),
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
