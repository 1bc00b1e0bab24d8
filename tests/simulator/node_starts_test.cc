// Starts that wait for each other and share processors, alone and in runs.

#include "simulator/node_starts.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

Instant Ms(int64_t milliseconds) {
  return Instant() + Duration::Milliseconds(milliseconds);
}

NodeStarts OneNode(double cpus, int32_t parallelism) {
  return NodeStarts({{.memory_mib = 1'024, .cpus = cpus, .start_parallelism = parallelism}});
}

constexpr Duration kSecond = Duration::Seconds(1);

TEST(NodeStartsTest, WithoutLimitsThereIsNothingToAsk) {
  EXPECT_FALSE(OneNode(0, 0).is_limited());
  EXPECT_TRUE(OneNode(1, 0).is_limited());
  EXPECT_TRUE(OneNode(0, 1).is_limited());
}

TEST(NodeStartsTest, StartsBeyondTheNumberAtATimeWaitInOrder) {
  NodeStarts starts = OneNode(0, 2);
  for (uint32_t row = 0; row < 4; ++row) starts.Start(Instant(), 0, row, kSecond);
  for (const uint32_t row : {0, 1}) {
    EXPECT_EQ(starts.next_time(), Ms(1'000));
    EXPECT_EQ(starts.TakeEnded(Ms(1'000)), row);
  }
  for (const uint32_t row : {2, 3}) {
    EXPECT_EQ(starts.next_time(), Ms(2'000));
    EXPECT_EQ(starts.TakeEnded(Ms(2'000)), row);
  }
  EXPECT_EQ(starts.next_time(), Instant::InfiniteFuture());
}

TEST(NodeStartsTest, InitialisationsDoNotWaitForStarts) {
  NodeStarts starts = OneNode(0, 1);
  starts.Start(Instant(), 0, 0, kSecond);
  starts.Initialize(Instant(), 0, 1, Duration::Milliseconds(10));
  EXPECT_EQ(starts.next_time(), Ms(10));
}

TEST(NodeStartsTest, JobsShareTheProcessorsEqually) {
  NodeStarts starts = OneNode(1, 0);
  starts.Start(Instant(), 0, 0, kSecond);
  starts.Initialize(Ms(500), 0, 1, kSecond);
  // The first has half of its work left at 500 ms and half of the processor from there on.
  EXPECT_EQ(starts.next_time(), Ms(1'500));
  EXPECT_EQ(starts.TakeEnded(Ms(1'500)), 0u);
  EXPECT_EQ(starts.next_time(), Ms(2'000));
  EXPECT_EQ(starts.TakeEnded(Ms(2'000)), 1u);
}

TEST(NodeStartsTest, NoJobIsFasterThanOnOneProcessorOfItsOwn) {
  NodeStarts starts = OneNode(8, 0);
  for (uint32_t row = 0; row < 8; ++row) starts.Start(Instant(), 0, row, kSecond);
  EXPECT_EQ(starts.next_time(), Ms(1'000));
  starts.Start(Instant(), 0, 8, kSecond);
  EXPECT_EQ(starts.next_time(), Ms(1'125));
}

TEST(NodeStartsTest, EndsAreRoundedUpToTheNanosecond) {
  NodeStarts starts = OneNode(1.5, 0);
  starts.Start(Instant(), 0, 0, kSecond);
  starts.Start(Instant(), 0, 1, kSecond);
  EXPECT_EQ(starts.next_time(), Instant::FromNanoseconds(1'333'333'334));
}

TEST(NodeStartsTest, ACancelledJobLeavesItsShareToTheOthers) {
  NodeStarts starts = OneNode(1, 1);
  starts.Start(Instant(), 0, 0, kSecond);
  starts.Start(Instant(), 0, 1, kSecond);
  starts.Initialize(Instant(), 0, 2, kSecond);
  starts.Cancel(Ms(200), 0);
  // The second start has begun in the first one's place. The initialisation has had 100 ms.
  EXPECT_EQ(starts.next_time(), Ms(2'000));
  EXPECT_EQ(starts.TakeEnded(Ms(2'000)), 2u);
  EXPECT_EQ(starts.next_time(), Ms(2'100));
  starts.Cancel(Ms(2'050), 1);
  starts.Cancel(Ms(2'050), 1);
  EXPECT_EQ(starts.next_time(), Instant::InfiniteFuture());
}

TEST(NodeStartsTest, ACancelledWaitingStartIsPassedOver) {
  NodeStarts starts = OneNode(0, 1);
  for (uint32_t row = 0; row < 3; ++row) starts.Start(Instant(), 0, row, kSecond);
  starts.Cancel(Ms(1), 1);
  EXPECT_EQ(starts.next_time(), Ms(1'000));
  EXPECT_EQ(starts.TakeEnded(Ms(1'000)), 0u);
  EXPECT_EQ(starts.next_time(), Ms(2'000));
  EXPECT_EQ(starts.TakeEnded(Ms(2'000)), 2u);
}

// The closed loop of the machine repairman: `clients` think for 10 s on average and then need a
// new environment, whose start or init takes 1 s on average, from `servers`.
double RepairmanThroughput(int clients, int servers) {
  double weight = 1;
  double sum = 1;
  double busy = 0;
  for (int n = 1; n <= clients; ++n) {
    weight *= 0.1 * (clients - n + 1) / (n < servers ? n : servers);
    sum += weight;
    busy += weight * (n < servers ? n : servers);
  }
  return busy / sum;
}

double MeasureThroughput(const ScenarioNodes& node, LengthModel start, LengthModel init,
                         int clients) {
  Scenario scenario{.duration = Duration::Hours(40),
                    .seed = 11,
                    .scheduler = {.scaling_rule = ScalingRule::kUnlimited,
                                  .keep_alive = Duration::Nanoseconds(1)},
                    .nodes = {node},
                    .functions = {{.name = "f",
                                   .timeout = Duration::Seconds(900),
                                   .clients = {{.count = clients,
                                                .think = ExponentialLength{Duration::Seconds(10)}}},
                                   .run = ConstantLength{},
                                   .start = start,
                                   .init = init}}};
  scenario.scheduler.init_limit = Duration::Hours(1);
  scenario.scheduler.start_limit = Duration::Hours(1);
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  const SimulationResult result = RunSimulation(scenario, nullptr);
  EXPECT_EQ(result.invocations.cold_starts, result.invocations.arrived);
  return static_cast<double>(result.delivery.delivered) / scenario.duration.seconds();
}

TEST(NodeStartsTest, StartsThatWaitForEachOtherAreTheMachineRepairman) {
  const ExponentialLength second{Duration::Seconds(1)};
  const double one = RepairmanThroughput(8, 1);
  EXPECT_NEAR(MeasureThroughput({.memory_mib = 100'000, .start_parallelism = 1}, second,
                                ConstantLength{}, 8),
              one, 0.01 * one);
  const double two = RepairmanThroughput(25, 2);
  EXPECT_NEAR(MeasureThroughput({.memory_mib = 100'000, .start_parallelism = 2}, second,
                                ConstantLength{}, 25),
              two, 0.01 * two);
}

TEST(NodeStartsTest, ASharedProcessorHasTheSameThroughputForAnyLaw) {
  const double one = RepairmanThroughput(8, 1);
  const ScenarioNodes node{.memory_mib = 100'000, .cpus = 1};
  EXPECT_NEAR(MeasureThroughput(node, ConstantLength{}, ExponentialLength{kSecond}, 8), one,
              0.01 * one);
  EXPECT_NEAR(MeasureThroughput(node, ConstantLength{}, ConstantLength{kSecond}, 8), one,
              0.01 * one);
}

}  // namespace
}  // namespace floe
