// Provisioned concurrency, late binding, tenants and hanging functions in runs that can be worked
// by hand.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

Scenario OneFunction(std::vector<int64_t> arrivals) {
  ScenarioFunction function{.name = "f",
                            .memory_mib = 1'024,
                            .timeout = Duration::Seconds(20),
                            .run = ConstantLength{Duration::Seconds(1)}};
  if (!arrivals.empty()) {
    ListedArrivals times;
    for (const int64_t second : arrivals) times.times.push_back(Sec(second));
    function.arrivals = {times};
  }
  return {.duration = Duration::Hours(1), .functions = {function}};
}

SimulationResult Simulate(const Scenario& scenario, Recorder* recorder = nullptr) {
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  return RunSimulation(scenario, recorder);
}

// When the provisioned concurrency changed, and to what.
class ProvisionedChanges final : public Recorder {
 public:
  void Record(const TimedEvent& event, const Actions&) override {
    const auto* set = std::get_if<ProvisionedConcurrencySet>(&event.event);
    if (set != nullptr) changes.emplace_back(event.at - Instant(), set->concurrency_provisioned);
  }
  std::vector<std::pair<Duration, int32_t>> changes;
};

TEST(ProvisionedTest, ServesWithoutColdStartsOnceItIsThereAndSpillsOverBefore) {
  Scenario scenario = OneFunction({10, 1'000, 1'000, 1'000});
  scenario.functions[0].init = ConstantLength{Duration::Seconds(2)};
  scenario.functions[0].provisioned.schedule = {{.at = Instant(), .concurrency = 2}};
  scenario.scheduler.keep_alive = Duration::Seconds(60);
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.provisioned, 2u);
  // At 10 s, and the third at 1,000 s.
  EXPECT_EQ(result.invocations.spilled_over, 2u);
  EXPECT_EQ(result.invocations.cold_starts, 2u);
  // Of each of the four environments the init, and of each invocation the run: 1 GB each.
  EXPECT_DOUBLE_EQ(result.invocations.provisioned_gb_seconds(), 2 * 2 + 2 * 1);
  EXPECT_DOUBLE_EQ(result.invocations.gb_seconds(), 4 * 2 + 4 * 1);
  EXPECT_DOUBLE_EQ(result.invocations.init_gb_seconds(), 4 * 2);
  EXPECT_EQ(result.invocations.billed_requests, 4u);
  // Two units for the hour.
  EXPECT_DOUBLE_EQ(result.invocations.allocated_gb_seconds(), 2 * 3'600);
}

TEST(ProvisionedTest, WhatIsAllocatedIsRoundedUpToFiveMinutes) {
  Scenario scenario = OneFunction({});
  scenario.functions[0].provisioned.schedule = {{.at = Sec(0), .concurrency = 3},
                                                {.at = Sec(300), .concurrency = 2},
                                                {.at = Sec(901), .concurrency = 0}};
  // One unit for exactly 5 minutes, two for 15 minutes and 1 s: 20 minutes.
  EXPECT_DOUBLE_EQ(Simulate(scenario).invocations.allocated_gb_seconds(), 300 + 2 * 1'200);
  // The warm-up is not counted.
  scenario.warm_up = Duration::Seconds(200);
  EXPECT_DOUBLE_EQ(Simulate(scenario).invocations.allocated_gb_seconds(), 100 + 2 * 1'000);
}

TEST(ProvisionedTest, TrackingFollowsWhatClientsUse) {
  Scenario scenario = OneFunction({});
  scenario.functions[0].clients = {{.count = 8, .think = ConstantLength{}}};
  scenario.functions[0].provisioned.tracking = {.min = 10, .max = 20, .target_utilization = 0.7};
  scenario.scheduler.provisioning_delay = Duration::Seconds(90);
  ProvisionedChanges recorder;
  Simulate(scenario, &recorder);
  // Ten are there from 90 s on. The minutes that end at 120, 180 and 240 s show 8 of 10 busy; 8 of
  // 12 lies between the alarms.
  EXPECT_THAT(recorder.changes, ElementsAre(Pair(Duration(), 10), Pair(Duration::Minutes(4), 12)));
}

TEST(LateBindingTest, AnInvocationTakesWhatIsFreeFirst) {
  Scenario scenario = OneFunction({0, 7});
  scenario.scheduler.binding_rule = BindingRule::kLate;
  scenario.functions[0].start = ConstantLength{Duration::Seconds(5)};
  scenario.functions[0].run = ConstantLength{Duration::Seconds(3)};
  const SimulationResult result = Simulate(scenario);
  // The first runs from 5 to 8 s; the second takes over its environment before its own is there.
  EXPECT_EQ(result.invocations.cold_starts, 2u);
  ASSERT_EQ(result.latency.cold.count(), 1u);
  EXPECT_EQ(result.latency.cold.max(), Duration::Seconds(8));
  EXPECT_EQ(result.latency.cold_init.max(), Duration::Seconds(5));
  EXPECT_EQ(result.latency.cold_run.max(), Duration::Seconds(3));
  ASSERT_EQ(result.latency.queued.count(), 1u);
  EXPECT_EQ(result.latency.queued.max(), Duration::Seconds(4));
  EXPECT_EQ(result.latency.queued_run.max(), Duration::Seconds(3));
}

TEST(HangTest, AFunctionThatNeverAnswersPassesItsTimeOut) {
  Scenario scenario = OneFunction({0, 100});
  scenario.functions[0].hang_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.timed_out(), 2u);
  EXPECT_EQ(result.latency.All().min(), Duration::Seconds(20));
  EXPECT_DOUBLE_EQ(result.invocations.gb_seconds(), 40);
  EXPECT_EQ(result.invocations.cold_starts, 1u);
}

TEST(TenantsTest, EnvironmentsDoNotServeTwoTenants) {
  Scenario scenario = OneFunction({});
  scenario.functions[0].arrivals = {IntervalArrivals{.interval = Duration::Seconds(10)}};
  EXPECT_EQ(Simulate(scenario).invocations.cold_starts, 1u);
  scenario.functions[0].tenants = 5;
  EXPECT_EQ(Simulate(scenario).invocations.cold_starts, 5u);
}

TEST(TmpTest, WhatIsAbove512MebibytesCosts) {
  Scenario scenario = OneFunction({0, 100});
  EXPECT_EQ(Simulate(scenario).invocations.tmp_gb_seconds(), 0);
  scenario.functions[0].tmp_mib = 512 + 2'048;
  EXPECT_DOUBLE_EQ(Simulate(scenario).invocations.tmp_gb_seconds(), 4);
}

}  // namespace
}  // namespace floe
