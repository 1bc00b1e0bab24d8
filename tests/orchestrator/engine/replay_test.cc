#include "orchestrator/engine/replay.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/prng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/byte_stream.h"

namespace floe {
namespace {

// Any event about a few functions, nodes, environments and invocations: most of them make sense at
// some time, many come too late or never fit.
Event RandomEvent(Prng& prng, const std::vector<EnvironmentId>& environments,
                  uint64_t& invocations) {
  EnvironmentId environment;
  if (!environments.empty()) {
    const uint64_t recent = std::min<uint64_t>(environments.size(), 20);
    environment = environments[environments.size() - 1 - prng.Below(recent)];
  }
  const FunctionId function{static_cast<uint32_t>(prng.Below(4))};
  const NodeId node{static_cast<uint32_t>(prng.Below(3))};
  const InvocationId invocation{invocations - std::min(invocations, prng.Below(20))};
  const auto incarnation = static_cast<uint32_t>(prng.Below(2));
  switch (prng.Below(20)) {
    case 0:
      return FunctionDeployed{
          function,
          {.memory_mib = 512,
           .timeout = Duration::Seconds(1 + static_cast<int>(prng.Below(3))),
           .concurrency_reserved = prng.Draw({1, 2}) ? std::optional<int32_t>(2) : std::nullopt}};
    case 1:
      return NodeJoined{node, 4'096};
    case 2:
      return prng.Draw({1, 4}) ? Event(NodeLost{node}) : Event(DeadlineReached{});
    case 3:
      return prng.Draw({1, 4}) ? Event(FunctionRemoved{function}) : Event(DeadlineReached{});
    case 4:
      return prng.Draw({1, 2}) ? Event(ReservedConcurrencySet{function, 1})
                               : Event(ProvisionedConcurrencySet{function, 2});
    case 5:
      return EnvironmentStartFailed{environment};
    case 6:
      return EnvironmentStopped{environment};
    case 7:
      return EnvironmentFailed{environment, incarnation, FailureCause::kOutOfMemory};
    case 8:
    case 9:
      return EnvironmentStarted{environment};
    case 10:
    case 11:
    case 12:
      return EnvironmentReady{environment, incarnation};
    case 13:
    case 14:
    case 15:
      return InvocationFinished{environment, invocation};
    default:
      return InvocationArrived{InvocationId{++invocations}, function, TenantId{prng.Below(2)}};
  }
}

// Records a random run. Returns the journal.
std::string RecordRandomRun(uint64_t seed, int steps) {
  Prng prng(seed);
  Scheduler scheduler({.account_concurrency = 20,
                       .unreserved_concurrency_min = 0,
                       .reuse_order = static_cast<ReuseOrder>(prng.Below(3)),
                       .seed = seed,
                       .keep_alive = Duration::Seconds(5),
                       .keep_alive_rule = static_cast<KeepAliveRule>(prng.Below(4)),
                       .keep_alive_min = Duration::Seconds(1),
                       .hybrid = {.bin = Duration::Milliseconds(300), .bins = 9, .samples_min = 1},
                       .eviction_rule = static_cast<EvictionRule>(prng.Below(6)),
                       .binding_rule = static_cast<BindingRule>(prng.Below(2)),
                       .placement_rule = static_cast<PlacementRule>(prng.Below(2)),
                       .provisioning_delay = Duration::Seconds(2)});
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), scheduler.options());
  Instant now;
  Actions actions;
  std::vector<EnvironmentId> environments;
  uint64_t invocations = 0;
  for (int i = 0; i < steps; ++i) {
    now = now + Duration::Milliseconds(static_cast<int64_t>(prng.Below(200)));
    const Event event = RandomEvent(prng, environments, invocations);
    actions.clear();
    scheduler.Step(now, event, actions);
    writer.Record({now, event}, actions);
    for (const Action& action : actions) {
      if (const auto* start = std::get_if<StartEnvironment>(&action)) {
        environments.push_back(start->environment);
      }
    }
  }
  EXPECT_TRUE(writer.Flush().ok());
  EXPECT_FALSE(environments.empty());
  return bytes;
}

absl::StatusOr<ReplayOutcome> ReplayBytes(const std::string& bytes,
                                          KeepAlivePolicy* policy = nullptr) {
  absl::StatusOr<JournalReader> reader = JournalReader::Open(std::make_unique<StringSource>(bytes));
  if (!reader.ok()) return reader.status();
  return Replay(*reader, nullptr, policy);
}

TEST(ReplayTest, RandomRunsReplayToTheSameActions) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const absl::StatusOr<ReplayOutcome> outcome = ReplayBytes(RecordRandomRun(seed, 500));
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    EXPECT_EQ(outcome->records, 500u);
    EXPECT_FALSE(outcome->difference.has_value()) << *outcome->difference;
  }
}

class OneSecond final : public KeepAlivePolicy {
 public:
  Duration KeepFor(const IdleEnvironment&, Instant) override { return Duration::Seconds(1); }
};

TEST(ReplayTest, ARunWithAPolicyOfItsOwnReplaysWithThatPolicyOnly) {
  const EnvironmentId id{.row = 0, .generation = 1};
  OneSecond recorded;
  Scheduler scheduler({}, &recorded);
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), scheduler.options());
  Actions actions;
  for (const TimedEvent& step :
       std::vector<TimedEvent>{{Instant(), NodeJoined{NodeId{0}, 1'000}},
                               {Instant(), FunctionDeployed{FunctionId{0}, {}}},
                               {Instant(), InvocationArrived{InvocationId{1}, FunctionId{0}}},
                               {Instant(), EnvironmentStarted{id}},
                               {Instant(), EnvironmentReady{id, 0}},
                               {Instant(), InvocationFinished{id, InvocationId{1}}},
                               {Instant() + Duration::Seconds(1), DeadlineReached{}}}) {
    actions.clear();
    scheduler.Step(step.at, step.event, actions);
    writer.Record(step, actions);
  }
  ASSERT_TRUE(writer.Flush().ok());

  OneSecond replayed;
  const absl::StatusOr<ReplayOutcome> same = ReplayBytes(bytes, &replayed);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->difference, std::nullopt);
  const absl::StatusOr<ReplayOutcome> other = ReplayBytes(bytes);
  ASSERT_TRUE(other.ok()) << other.status();
  ASSERT_TRUE(other->difference.has_value());
  EXPECT_THAT(*other->difference, testing::HasSubstr("stop environment 0.1: idle too long"));
}

TEST(ReplayTest, ATornJournalReplaysUpToItsLastWholeRecord) {
  std::string bytes = RecordRandomRun(1, 100);
  bytes.pop_back();
  const absl::StatusOr<ReplayOutcome> outcome = ReplayBytes(bytes);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->records, 99u);
  EXPECT_GT(outcome->torn_bytes, 0u);
}

TEST(ReplayTest, TheFirstDifferingActionIsDescribed) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  const Instant now = Instant() + Duration::Milliseconds(1'500);
  writer.Record({Instant(), NodeJoined{NodeId{0}, 1'000}}, {});
  writer.Record({Instant(), FunctionDeployed{FunctionId{0}, {}}}, {});
  writer.Record({now, InvocationArrived{InvocationId{4}, FunctionId{0}}},
                {ThrottleInvocation{InvocationId{4}, ThrottleReason::kNoCapacity}});
  writer.Record({now, DeadlineReached{}}, {});
  ASSERT_TRUE(writer.Flush().ok());

  const absl::StatusOr<ReplayOutcome> outcome = ReplayBytes(bytes);

  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->records, 3u);
  ASSERT_TRUE(outcome->difference.has_value());
  EXPECT_THAT(
      *outcome->difference,
      testing::AllOf(testing::HasSubstr("record 3 at 1.5 s: invocation 4 of function 0 arrived"),
                     testing::HasSubstr("action 1 expected: throttle invocation 4: no capacity"),
                     testing::HasSubstr("action 1 got:      start environment 0.")));
}

TEST(ReplayTest, AMissingActionIsADifference) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  writer.Record({Instant(), DeadlineReached{}}, {FreezeEnvironment{}});
  ASSERT_TRUE(writer.Flush().ok());

  const absl::StatusOr<ReplayOutcome> outcome = ReplayBytes(bytes);

  ASSERT_TRUE(outcome.ok()) << outcome.status();
  ASSERT_TRUE(outcome->difference.has_value());
  EXPECT_THAT(*outcome->difference, testing::HasSubstr("got:      nothing more"));
}

}  // namespace
}  // namespace floe
