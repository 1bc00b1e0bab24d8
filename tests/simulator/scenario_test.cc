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

TEST(ScenarioTest, ProvisionedConcurrencyStaysInsideItsReservation) {
  const auto with = [](int32_t reserved, int32_t provisioned) {
    return [=](Scenario& s) {
      s.functions[0].concurrency_reserved = reserved;
      s.functions[0].provisioned.schedule = {{.at = Instant(), .concurrency = provisioned}};
    };
  };
  EXPECT_TRUE(Accepts(with(10, 10)));
  EXPECT_EQ(ReasonAgainst(with(10, 11)),
            "functions[0].provisioned: reaches 11, more than concurrency_reserved, 10");
}

TEST(ScenarioTest, ProvisionedConcurrencyLeavesTheMinimumUnreserved) {
  const auto tracking = [](int32_t max) {
    return [max](Scenario& s) {
      s.functions[0].provisioned.tracking = ProvisionedTracking{.min = 0, .max = max};
    };
  };
  EXPECT_TRUE(Accepts(tracking(900)));
  EXPECT_THAT(ReasonAgainst(tracking(901)),
              testing::HasSubstr("a concurrency of 901, at most 900"));
}

TEST(ScenarioTest, ProvisionedConcurrencyChangesInAscendingOrder) {
  const auto at = [](Instant first, Instant second) {
    return [=](Scenario& s) {
      s.functions[0].provisioned.schedule = {{.at = first, .concurrency = 1},
                                             {.at = second, .concurrency = 2}};
    };
  };
  const Instant one = Instant() + Duration::Seconds(1);
  EXPECT_TRUE(Accepts(at(Instant(), one)));
  EXPECT_EQ(ReasonAgainst(at(one, one)),
            "functions[0].provisioned.schedule[1].at: is not after the one before it");
}

TEST(ScenarioTest, TargetUtilizationIsBetweenATenthAndNineTenths) {
  const auto target = [](double value) {
    return [value](Scenario& s) {
      s.functions[0].provisioned.tracking = ProvisionedTracking{.target_utilization = value};
    };
  };
  EXPECT_TRUE(Accepts(target(0.1)));
  EXPECT_TRUE(Accepts(target(0.9)));
  EXPECT_FALSE(Accepts(target(0.09)));
  EXPECT_FALSE(Accepts(target(0.91)));
}

TEST(ScenarioTest, TenantsAndProvisionedConcurrencyExcludeEachOther) {
  EXPECT_TRUE(Accepts([](Scenario& s) { s.functions[0].tenants = 5; }));
  EXPECT_THAT(ReasonAgainst([](Scenario& s) {
                s.functions[0].tenants = 5;
                s.functions[0].provisioned.schedule = {{.at = Instant(), .concurrency = 1}};
              }),
              testing::StartsWith("functions[0].tenants: "));
}

TEST(ScenarioTest, QueuesKeepTheRulesOfSqs) {
  const auto with = [](QueueDelivery queue) {
    return [queue](Scenario& s) { s.functions[0].delivery = queue; };
  };
  EXPECT_TRUE(Accepts(with({})));
  EXPECT_TRUE(Accepts(with({.batch_size = 11, .batch_window = Duration::Seconds(1)})));
  EXPECT_FALSE(Accepts(with({.batch_size = 11})));
  EXPECT_FALSE(Accepts(with({.batch_size = 10'001, .batch_window = Duration::Seconds(1)})));
  EXPECT_TRUE(Accepts(with({.concurrency_max = 2})));
  EXPECT_FALSE(Accepts(with({.concurrency_max = 1})));
  EXPECT_TRUE(Accepts(with({.visibility_timeout = Duration::Seconds(3)})));
  EXPECT_EQ(ReasonAgainst(with({.visibility_timeout = Duration::Seconds(2)})),
            "functions[0].queue.visibility_timeout: is 2 s, must be at least the function's "
            "timeout, 3 s");
}

TEST(ScenarioTest, EventsAgeBetweenAMinuteAndSixHours) {
  const auto age = [](Duration value) {
    return [value](Scenario& s) {
      s.functions[0].delivery = AsynchronousDelivery{.event_age_max = value};
    };
  };
  EXPECT_TRUE(Accepts(age(Duration::Seconds(60))));
  EXPECT_FALSE(Accepts(age(Duration::Seconds(59))));
  EXPECT_FALSE(Accepts(age(Duration::Hours(7))));
}

TEST(ScenarioTest, ClientsBackOffInOrder) {
  const auto with = [](ScenarioClients clients) {
    return [clients](Scenario& s) { s.functions[0].clients = {clients}; };
  };
  EXPECT_TRUE(Accepts(with({.count = 1})));
  EXPECT_FALSE(Accepts(with({.count = 0})));
  EXPECT_FALSE(Accepts(with({.count = 1, .backoff_first = Duration::Seconds(21)})));
  EXPECT_FALSE(Accepts(with({.count = 1, .until = Instant()})));
}

TEST(ScenarioTest, ClientsAndQueuesAreCountedOverAllFunctions) {
  const auto with = [](int64_t functions, int64_t clients) {
    return [=](Scenario& s) {
      s.functions[0].count = functions;
      s.functions[0].clients = {{.count = clients}, {.count = clients}};
    };
  };
  EXPECT_TRUE(Accepts(with(2'000, 1'000)));
  EXPECT_EQ(ReasonAgainst(with(2'001, 1'000)),
            "functions: the number of their clients and message queues: is 4002000, must be 0 to "
            "4000000");
}

TEST(ScenarioTest, HistogramPercentilesAreInOrder) {
  EXPECT_TRUE(Accepts([](Scenario& s) { s.scheduler.hybrid.head_percentile = 99; }));
  EXPECT_EQ(ReasonAgainst([](Scenario& s) { s.scheduler.hybrid.head_percentile = 99.5; }),
            "hybrid_histogram.head_percentile: is 99.5, must be 0 to 99");
}

TEST(ScenarioTest, PricesComeFromAKnownProfile) {
  EXPECT_EQ(ReasonAgainst([](Scenario& s) { s.prices.profile = "gold"; }),
            "prices.profile: \"gold\" is none of aws-us-east-1-2026 and aws-us-east-1-2024");
}

}  // namespace
}  // namespace floe
