// Random scenarios over everything that a scenario can say. Whatever happens, every invocation is
// accounted for exactly once, Little's law holds to the nanosecond, and events and messages end as
// delivered, dead or pending.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/engine/replay.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

// Counts what crosses the ports.
class Counts final : public Recorder {
 public:
  void Record(const TimedEvent& event, const Actions& actions) override {
    arrived += std::holds_alternative<InvocationArrived>(event.event) ? 1 : 0;
    finished += std::holds_alternative<InvocationFinished>(event.event) ? 1 : 0;
    for (const Action& action : actions) {
      throttled += std::holds_alternative<ThrottleInvocation>(action) ? 1 : 0;
      failed += std::holds_alternative<FailInvocation>(action) ? 1 : 0;
      if (const auto* start = std::get_if<StartEnvironment>(&action)) {
        cold_starts += start->purpose == StartPurpose::kInvocation ? 1 : 0;
        started_ahead += start->purpose == StartPurpose::kInvocation ? 0 : 1;
      }
    }
  }
  uint64_t arrived = 0;
  uint64_t finished = 0;
  uint64_t throttled = 0;
  uint64_t failed = 0;
  uint64_t cold_starts = 0;
  uint64_t started_ahead = 0;
};

LengthModel RandomLength(Prng& prng, int64_t milliseconds_max) {
  const Duration length = Duration::Milliseconds(
      static_cast<int64_t>(1 + prng.Below(static_cast<uint64_t>(milliseconds_max))));
  switch (prng.Below(3)) {
    case 0:
      return ConstantLength{length};
    case 1:
      return ExponentialLength{length};
    default:
      return LogNormalLength{.median = length, .sigma = 1};
  }
}

Delivery RandomDelivery(Prng& prng) {
  switch (prng.Below(4)) {
    case 0:
      return AsynchronousDelivery{.retries_max = static_cast<int32_t>(prng.Below(3)),
                                  .event_age_max = Duration::Seconds(60 + prng.Below(600))};
    case 1:
      return QueueDelivery{.scaling = prng.Draw({1, 2}) ? QueueDelivery::Scaling::kCurrent
                                                        : QueueDelivery::Scaling::kLegacy,
                           .batch_size = static_cast<int32_t>(1 + prng.Below(10)),
                           .batch_window = Duration::Seconds(prng.Below(3)),
                           .visibility_timeout = Duration::Seconds(10 + prng.Below(60)),
                           .receives_max = static_cast<int32_t>(prng.Below(4)),
                           .run_per_message = RandomLength(prng, 50)};
    default:
      return SynchronousDelivery{};
  }
}

ScenarioFunction RandomFunction(Prng& prng) {
  ScenarioFunction function{.name = "f",
                            .count = static_cast<int64_t>(1 + prng.Below(3)),
                            .memory_mib = static_cast<int32_t>(128 << prng.Below(4)),
                            .timeout = Duration::Seconds(1 + prng.Below(10))};
  function.arrivals = {PoissonArrivals{.rate_per_second = 0.2 + static_cast<double>(prng.Below(5)),
                                       .until = Instant() + Duration::Seconds(200)}};
  if (prng.Draw({1, 3})) {
    function.arrivals.push_back(BurstArrivals{.count = static_cast<int64_t>(1 + prng.Below(30)),
                                              .at = Instant() + Duration::Seconds(5)});
  }
  function.delivery = RandomDelivery(prng);
  if (prng.Draw({1, 3})) {
    function.clients = {{.count = static_cast<int64_t>(1 + prng.Below(5)),
                         .think = RandomLength(prng, 5'000),
                         .retries_max = static_cast<int32_t>(prng.Below(4)),
                         .until = Instant() + Duration::Seconds(150)}};
  }
  if (prng.Draw({1, 3})) function.concurrency_reserved = static_cast<int32_t>(prng.Below(6));
  if (prng.Draw({1, 4})) {
    const auto most = static_cast<uint64_t>(function.concurrency_reserved.value_or(5)) + 1;
    function.provisioned.schedule = {{.at = Instant() + Duration::Seconds(prng.Below(50)),
                                      .concurrency = static_cast<int32_t>(prng.Below(most))},
                                     {.at = Instant() + Duration::Seconds(60 + prng.Below(60)),
                                      .concurrency = static_cast<int32_t>(prng.Below(most))}};
  } else if (prng.Draw({1, 4})) {
    function.tenants = static_cast<int32_t>(1 + prng.Below(4));
  }
  function.run = RandomLength(prng, 1'500);
  function.start = RandomLength(prng, 300);
  function.init = RandomLength(prng, 800);
  if (prng.Draw({1, 2})) {
    function.error_rate = 0.05;
    function.crash_rate = 0.05;
    function.hang_rate = 0.02;
  }
  return function;
}

Scenario RandomScenario(uint64_t seed) {
  Prng prng(seed);
  Scenario scenario{.duration = Duration::Seconds(300), .seed = seed};
  SchedulerOptions& options = scenario.scheduler;
  options.account_concurrency = static_cast<int32_t>(30 + prng.Below(60));
  options.unreserved_concurrency_min = 0;
  options.keep_alive = Duration::Seconds(1 + prng.Below(60));
  options.keep_alive_min = options.keep_alive;
  options.init_limit = Duration::Milliseconds(500 + prng.Below(2'000));
  options.start_limit = Duration::Milliseconds(500 + prng.Below(2'000));
  options.provisioning_delay = Duration::Seconds(prng.Below(20));
  options.keep_alive_rule = static_cast<KeepAliveRule>(prng.Below(4));
  options.binding_rule = static_cast<BindingRule>(prng.Below(2));
  options.placement_rule = static_cast<PlacementRule>(prng.Below(2));
  options.reuse_order = static_cast<ReuseOrder>(prng.Below(3));
  options.eviction_rule = static_cast<EvictionRule>(prng.Below(6));
  options.hybrid.bin = Duration::Seconds(1);
  if (prng.Draw({1, 3})) options.lifetime_max = Duration::Seconds(20 + prng.Below(60));
  if (prng.Draw({2, 3})) {
    scenario.nodes = {{.count = static_cast<int64_t>(1 + prng.Below(3)),
                       .memory_mib = static_cast<int64_t>(4'096 + prng.Below(16'384)),
                       .cpus = static_cast<double>(prng.Below(4)),
                       .start_parallelism = static_cast<int32_t>(prng.Below(3))}};
  }
  const uint64_t functions = 1 + prng.Below(3);
  for (uint64_t i = 0; i < functions; ++i) scenario.functions.push_back(RandomFunction(prng));
  if (!ValidateScenario(scenario).ok()) {
    for (ScenarioFunction& function : scenario.functions) function.provisioned = {};
  }
  return scenario;
}

unsigned __int128 SumOf(const Histogram& a, const Histogram& b, const Histogram& c) {
  return a.sum_ns() + b.sum_ns() + c.sum_ns();
}

void Check(const SimulationResult& result, const Counts& counts) {
  const InvocationTally& tally = result.invocations;
  EXPECT_EQ(tally.arrived, counts.arrived);
  EXPECT_EQ(tally.throttled(), counts.throttled);
  EXPECT_EQ(tally.finished, counts.finished);
  EXPECT_EQ(tally.failed(), counts.failed);
  EXPECT_EQ(tally.cold_starts, counts.cold_starts);
  // Unfinished is what is left: it must not have been counted below nothing.
  EXPECT_LE(tally.finished + tally.failed(), tally.accepted());
  EXPECT_EQ(result.latency.All().count(), tally.finished + tally.failed());
  EXPECT_EQ(result.latency.cold.count(), result.latency.cold_init.count());
  EXPECT_LE(tally.billed_requests, tally.accepted());
  EXPECT_LE(tally.billed_init_mib_ms, tally.billed_mib_ms + tally.billed_provisioned_mib_ms);

  const auto lasted = SumOf(result.latency.warm, result.latency.cold, result.latency.queued) +
                      static_cast<unsigned __int128>(tally.unfinished_ns);
  EXPECT_TRUE(static_cast<__int128>(lasted) == result.environments.sums.concurrency())
      << "Little's law: " << static_cast<double>(lasted) * 1e-9 << " s of latencies, "
      << static_cast<double>(result.environments.sums.concurrency()) * 1e-9 << " s in flight";

  uint64_t arrived = 0;
  uint64_t cold_starts = 0;
  for (const SeriesPart& part : result.environments.series) {
    arrived += part.arrived;
    cold_starts += part.cold_starts;
  }
  EXPECT_EQ(arrived, tally.arrived);
  EXPECT_EQ(cold_starts, tally.cold_starts);

  const DeliveryTally& delivery = result.delivery;
  EXPECT_LE(delivery.delivered + delivery.dead() + delivery.refused, delivery.arrived);
  EXPECT_EQ(delivery.latency.count(), delivery.delivered);
}

TEST(LittleLawTest, EveryInvocationIsAccountedForExactlyOnce) {
  Counts all;
  uint64_t delivered = 0;
  uint64_t dead = 0;
  uint64_t provisioned = 0;
  uint64_t queued = 0;
  for (uint64_t seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = RandomScenario(seed);
    ASSERT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
    Counts counts;
    const SimulationResult result = RunSimulation(scenario, &counts);
    Check(result, counts);
    if (HasFailure()) return;
    all.failed += counts.failed;
    all.throttled += counts.throttled;
    all.started_ahead += counts.started_ahead;
    delivered += result.delivery.delivered;
    dead += result.delivery.dead();
    provisioned += result.invocations.provisioned;
    queued += result.latency.queued.count();
  }
  // The scenarios are not trivial.
  EXPECT_GT(all.failed, 500u);
  EXPECT_GT(all.throttled, 500u);
  EXPECT_GT(all.started_ahead, 20u);
  EXPECT_GT(delivered, 1'000u);
  EXPECT_GT(dead, 50u);
  EXPECT_GT(provisioned, 100u);
  EXPECT_GT(queued, 200u);
}

// When nothing more arrives everything comes to its end.
TEST(LittleLawTest, AfterTheLastArrivalNothingStaysPending) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Scenario scenario = RandomScenario(seed);
    scenario.duration = Duration::Hours(2);
    for (ScenarioFunction& function : scenario.functions) {
      if (auto* queue = std::get_if<QueueDelivery>(&function.delivery)) queue->receives_max = 3;
    }
    ASSERT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
    const SimulationResult result = RunSimulation(scenario, nullptr);
    EXPECT_EQ(result.delivery.pending(), 0u);
    EXPECT_EQ(result.invocations.unfinished(), 0u);
    EXPECT_TRUE(result.invocations.unfinished_ns == 0);
  }
}

TEST(LittleLawTest, TheJournalOfAnyRunReplays) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = RandomScenario(seed);
    std::string bytes;
    JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptionsOf(scenario));
    RunSimulation(scenario, &writer);
    ASSERT_TRUE(writer.Flush().ok());
    absl::StatusOr<JournalReader> reader =
        JournalReader::Open(std::make_unique<StringSource>(bytes));
    ASSERT_TRUE(reader.ok()) << reader.status();
    const absl::StatusOr<ReplayOutcome> outcome = Replay(*reader, nullptr);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_FALSE(outcome->difference.has_value()) << *outcome->difference;
  }
}

}  // namespace
}  // namespace floe
