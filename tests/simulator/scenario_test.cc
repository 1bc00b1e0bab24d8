#include "simulator/scenario.h"

#include <functional>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

Scenario Valid() {
  return {.duration = Duration::Seconds(10),
          .functions = {{.name = "f", .arrivals = {PoissonArrivals{.rate_per_second = 1}}}}};
}

std::string ReasonAgainst(const std::function<void(Scenario&)>& change) {
  Scenario scenario = Valid();
  change(scenario);
  const absl::Status status = ValidateScenario(scenario);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

bool Accepts(const std::function<void(Scenario&)>& change) {
  Scenario scenario = Valid();
  change(scenario);
  return ValidateScenario(scenario).ok();
}

TEST(ScenarioTest, AcceptsTheSimplestScenario) {
  EXPECT_TRUE(ValidateScenario(Valid()).ok());
}

TEST(ScenarioTest, NamesTheFieldItsValueAndTheLimit) {
  EXPECT_EQ(ReasonAgainst([](Scenario& s) { s.functions[0].memory_mib = 127; }),
            "functions[0].memory_mib: is 127, must be 128 to 10240");
  EXPECT_EQ(ReasonAgainst([](Scenario& s) { s.functions[0].timeout = Duration(); }),
            "functions[0].timeout: is 0 s, must be 1 to 900 s");
}

TEST(ScenarioTest, MemoryIsAcceptedUpToBothEnds) {
  EXPECT_TRUE(Accepts([](Scenario& s) { s.functions[0].memory_mib = 128; }));
  EXPECT_TRUE(Accepts([](Scenario& s) { s.functions[0].memory_mib = 10'240; }));
  EXPECT_FALSE(Accepts([](Scenario& s) { s.functions[0].memory_mib = 10'241; }));
}

TEST(ScenarioTest, TheWarmUpIsShorterThanTheRun) {
  EXPECT_TRUE(Accepts([](Scenario& s) { s.warm_up = Duration::Nanoseconds(9'999'999'999); }));
  EXPECT_FALSE(Accepts([](Scenario& s) { s.warm_up = Duration::Seconds(10); }));
}

TEST(ScenarioTest, RatesAreNumbersFromZeroToOne) {
  EXPECT_TRUE(Accepts([](Scenario& s) { s.functions[0].error_rate = 1; }));
  EXPECT_FALSE(Accepts([](Scenario& s) { s.functions[0].error_rate = 1.001; }));
  EXPECT_FALSE(Accepts(
      [](Scenario& s) { s.functions[0].crash_rate = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_FALSE(Accepts([](Scenario& s) {
    s.functions[0].error_rate = 0.6;
    s.functions[0].crash_rate = 0.6;
  }));
}

TEST(ScenarioTest, ArrivalsMustMakeSense) {
  const auto with = [](Arrivals arrivals) {
    return [arrivals](Scenario& s) { s.functions[0].arrivals = {arrivals}; };
  };
  const Instant one = Instant() + Duration::Seconds(1);
  EXPECT_FALSE(Accepts(with(PoissonArrivals{.rate_per_second = 0})));
  EXPECT_FALSE(Accepts(with(PoissonArrivals{.rate_per_second = 1, .from = one, .until = one})));
  EXPECT_FALSE(Accepts(with(IntervalArrivals{})));
  EXPECT_FALSE(Accepts(with(BurstArrivals{.count = 0})));
  EXPECT_FALSE(Accepts(with(ListedArrivals{})));
  EXPECT_FALSE(Accepts(with(ListedArrivals{{one, Instant()}})));
  EXPECT_TRUE(Accepts(with(ListedArrivals{{one, one}})));
}

TEST(ScenarioTest, ReservationsLeaveTheMinimumUnreserved) {
  const auto reserving = [](int32_t each) {
    return [each](Scenario& s) {
      s.functions[0].count = 9;
      s.functions[0].concurrency_reserved = each;
    };
  };
  EXPECT_TRUE(Accepts(reserving(100)));
  EXPECT_THAT(ReasonAgainst(reserving(101)),
              testing::HasSubstr("a concurrency of 909, at most 900"));
}

TEST(ScenarioTest, AScenarioWithoutFunctionsIsRefused) {
  EXPECT_FALSE(Accepts([](Scenario& s) { s.functions.clear(); }));
}

}  // namespace
}  // namespace floe
