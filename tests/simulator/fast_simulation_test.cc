#include "simulator/fast_simulation.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"
#include "simulator/simulation_path.h"
#include "tests/simulator/result_text.h"

namespace floe {
namespace {

Duration RandomLength(Prng& prng, uint64_t milliseconds_max) {
  return Duration::Milliseconds(static_cast<int64_t>(prng.Below(milliseconds_max + 1)));
}

// Often on a grid of round times, so that ends, deadlines and arrivals fall on the same instants.
LengthModel RandomModel(Prng& prng, uint64_t milliseconds_max) {
  switch (prng.Below(4)) {
    case 0:
      return ConstantLength{Duration::Milliseconds(
          static_cast<int64_t>(100 * prng.Below(1 + milliseconds_max / 100)))};
    case 1:
      return ConstantLength{RandomLength(prng, milliseconds_max)};
    case 2:
      return ExponentialLength{RandomLength(prng, milliseconds_max) + Duration::Nanoseconds(1)};
    default:
      return LogNormalLength{
          .median = RandomLength(prng, milliseconds_max) + Duration::Nanoseconds(1),
          .sigma = 0.25 * static_cast<double>(prng.Below(8))};
  }
}

Arrivals RandomArrivals(Prng& prng) {
  const Instant from =
      Instant() + Duration::Milliseconds(static_cast<int64_t>(100 * prng.Below(300)));
  switch (prng.Below(5)) {
    case 0:
    case 1:
      return PoissonArrivals{.rate_per_second = 0.5 + static_cast<double>(prng.Below(30)),
                             .from = from};
    case 2:
      return IntervalArrivals{
          .interval = Duration::Milliseconds(static_cast<int64_t>(100 * (1 + prng.Below(20))))};
    case 3:
      return BurstArrivals{.count = static_cast<int64_t>(1 + prng.Below(60)), .at = from};
    default:
      return ListedArrivals{{from, from, from + RandomLength(prng, 5'000)}};
  }
}

void RandomScheduler(Prng& prng, SchedulerOptions& options) {
  options.account_concurrency = static_cast<int32_t>(1 + prng.Below(100));
  options.unreserved_concurrency_min = 0;
  options.requests_per_concurrency = prng.Draw({1, 4}) ? 0 : static_cast<int32_t>(prng.Below(11));
  options.scaling_rule = static_cast<ScalingRule>(prng.Below(5));
  switch (prng.Below(4)) {
    case 0:
      options.keep_alive = Duration::Nanoseconds(1);
      break;
    case 1:
      options.keep_alive = Duration::Infinite();
      break;
    default:
      options.keep_alive = Duration::Milliseconds(
          static_cast<int64_t>(100 * (1 + prng.Below(prng.Draw({1, 2}) ? 10 : 100))));
  }
  if (prng.Draw({1, 3})) options.init_limit = Duration::Milliseconds(500);
  if (prng.Draw({1, 3})) options.start_limit = Duration::Milliseconds(200);
}

ScenarioFunction RandomFunction(Prng& prng) {
  ScenarioFunction function{.name = "f", .count = static_cast<int64_t>(1 + prng.Below(4))};
  function.memory_mib = prng.Draw({1, 2}) ? 128 : static_cast<int32_t>(128 + prng.Below(2'000));
  if (prng.Draw({1, 4})) function.tmp_mib = static_cast<int32_t>(512 + prng.Below(2'000));
  function.timeout = Duration::Seconds(static_cast<int64_t>(1 + prng.Below(4)));
  for (uint64_t block = 0; block < 1 + prng.Below(3); ++block) {
    function.arrivals.push_back(RandomArrivals(prng));
  }
  function.run = RandomModel(prng, prng.Draw({1, 2}) ? 300 : 2'500);
  if (prng.Draw({1, 2})) function.init = RandomModel(prng, 800);
  if (prng.Draw({1, 2})) function.start = RandomModel(prng, 300);
  if (prng.Draw({1, 3})) function.concurrency_reserved = static_cast<int32_t>(prng.Below(4));
  if (prng.Draw({1, 4})) function.error_rate = 0.2;
  if (prng.Draw({1, 4})) function.crash_rate = 0.3;
  if (prng.Draw({1, 4})) function.hang_rate = 0.1;
  return function;
}

Scenario RandomScenario(uint64_t seed) {
  Prng prng(seed);
  Scenario scenario{.duration = Duration::Seconds(60), .seed = seed};
  if (prng.Draw({1, 2})) {
    scenario.warm_up = Duration::Milliseconds(static_cast<int64_t>(100 * prng.Below(500)));
  }
  RandomScheduler(prng, scenario.scheduler);
  const uint64_t entries = 1 + prng.Below(4);
  for (uint64_t i = 0; i < entries; ++i) scenario.functions.push_back(RandomFunction(prng));
  if (!ValidateScenario(scenario).ok()) scenario.scheduler.account_concurrency = 200;
  return scenario;
}

SimulationResult Simulate(SimulationPath path, const Scenario& scenario) {
  return RunSimulationOn(path, scenario, nullptr, nullptr);
}

// The first line in which the results differ, with those before it; empty if they are equal.
std::string FirstDifference(const SimulationResult& fast, const SimulationResult& general) {
  const std::vector<std::string> a = absl::StrSplit(TextOf(fast), '\n');
  const std::vector<std::string> b = absl::StrSplit(TextOf(general), '\n');
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i]) continue;
    std::string difference = absl::StrCat("fast: ", a[i], ", general: ", b[i], ", after");
    for (size_t k = i - std::min<size_t>(i, 12); k < i; ++k)
      absl::StrAppend(&difference, " ", a[k]);
    return difference;
  }
  return a.size() == b.size() ? "" : "one is longer";
}

TEST(FastSimulationTest, GivesWhatTheSchedulerInTheWorldGivesBitForBit) {
  InvocationTally all;
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = RandomScenario(seed);
    ASSERT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
    ASSERT_TRUE(FastPathCovers(scenario));
    const SimulationResult fast = Simulate(SimulationPath::kFast, scenario);
    ASSERT_EQ(FirstDifference(fast, Simulate(SimulationPath::kGeneral, scenario)), "");
    all.Merge(fast.invocations);
  }
  // The workloads reach every corner.
  EXPECT_GT(all.accepted(), 40'000u);
  EXPECT_GT(all.cold_starts, 4'000u);
  EXPECT_GT(all.unfinished(), 100u);
  EXPECT_GT(all.function_errors, 500u);
  for (const ThrottleReason reason :
       {ThrottleReason::kAccountConcurrency, ThrottleReason::kReservedConcurrency,
        ThrottleReason::kScalingRate, ThrottleReason::kAccountRequestRate,
        ThrottleReason::kReservedRequestRate}) {
    EXPECT_GT(all.throttled_by_reason[static_cast<size_t>(reason)], 50u)
        << static_cast<int>(reason);
  }
  for (const FailureCause cause :
       {FailureCause::kRuntimeExited, FailureCause::kTimedOut, FailureCause::kStartFailed}) {
    EXPECT_GT(all.failed_by_cause[static_cast<size_t>(cause)], 50u) << static_cast<int>(cause);
  }
}

// Whatever the compiler and however it optimises.
TEST(FastSimulationTest, GivesTheSameBitsOnEveryMachine) {
  uint64_t digest = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    digest = 31 * digest + DigestOf(TextOf(Simulate(SimulationPath::kFast, RandomScenario(seed))));
  }
  EXPECT_EQ(digest, 16'102'248'056'013'301'909u);
}

}  // namespace
}  // namespace floe
