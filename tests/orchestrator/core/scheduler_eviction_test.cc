// Who has to go when no node has room, and where the next environment goes.

#include <vector>

#include "base/time.h"
#include "tests/orchestrator/core/scheduler_fixture.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FunctionId kReporter{2};

class SchedulerEvictionTest : public SchedulerTest {
 protected:
  void UseNode(const SchedulerOptions& options, int64_t memory_mib) {
    scheduler_ = Scheduler(options);
    now_ = Instant();
    Step(NodeJoined{kNode, memory_mib});
  }
  // An idle environment whose start took `start`.
  EnvironmentId Idle(uint64_t invocation, FunctionId function, Duration start = Duration()) {
    const EnvironmentId id = StartInit(InvocationId{invocation}, function);
    now_ = now_ + start;
    Step(EnvironmentReady{id});
    Step(InvocationFinished{id, InvocationId{invocation}});
    return id;
  }
  // A warm invocation from beginning to end.
  void Again(uint64_t invocation, FunctionId function, EnvironmentId id) {
    EXPECT_EQ(Only<AssignInvocation>(Step(InvocationArrived{InvocationId{invocation}, function}))
                  .environment,
              id);
    Step(InvocationFinished{id, InvocationId{invocation}});
  }
  // The environments that a start of the function evicts.
  std::vector<EnvironmentId> Evicted(FunctionId function) {
    const Actions actions = Step(InvocationArrived{InvocationId{1'000}, function});
    std::vector<EnvironmentId> ids;
    for (const Action& action : actions) {
      if (const auto* stop = std::get_if<StopEnvironment>(&action)) {
        EXPECT_EQ(stop->reason, StopReason::kEvicted);
        ids.push_back(stop->environment);
      }
    }
    EXPECT_TRUE(std::holds_alternative<StartEnvironment>(actions.back()))
        << testing::PrintToString(actions);
    return ids;
  }
};

TEST_F(SchedulerEvictionTest, WithoutARuleTheInvocationIsThrottled) {
  UseNode({}, 128);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Idle(1, kThumbnailer);

  EXPECT_EQ(Only<ThrottleInvocation>(Step(InvocationArrived{InvocationId{2}, kMailer})).reason,
            ThrottleReason::kNoCapacity);
}

TEST_F(SchedulerEvictionTest, NothingIsEvictedWhileThereIsRoom) {
  UseNode({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Idle(1, kThumbnailer);

  EXPECT_THAT(Evicted(kMailer), IsEmpty());
}

TEST_F(SchedulerEvictionTest, TheLeastRecentlyUsedGoesFirstAndNoMoreThanNeeded) {
  UseNode({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 512);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter, {.memory_mib = 384});
  const EnvironmentId first = Idle(1, kThumbnailer);
  const EnvironmentId second = Idle(2, kMailer);
  Again(3, kThumbnailer, first);

  EXPECT_THAT(Evicted(kReporter), ElementsAre(second));
}

TEST_F(SchedulerEvictionTest, BusyOnesStayAndWhereIdleOnesAreNotEnoughNoneGoes) {
  UseNode({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter, {.memory_mib = 256});
  StartBusy(InvocationId{1}, kThumbnailer);
  Idle(2, kMailer);

  EXPECT_THAT(
      Step(InvocationArrived{InvocationId{3}, kReporter}),
      ElementsAre(Action(ThrottleInvocation{InvocationId{3}, ThrottleReason::kNoCapacity})));
}

TEST_F(SchedulerEvictionTest, ThoseOnANodeThatIsNotChosenStay) {
  UseNode({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 256);
  Step(NodeJoined{NodeId{1}, 255});
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter, {.memory_mib = 256});
  const EnvironmentId first = Idle(1, kThumbnailer);  // On node 0.
  Idle(2, kMailer);                                   // On node 1.

  EXPECT_THAT(Evicted(kReporter), ElementsAre(first));
}

TEST_F(SchedulerEvictionTest, TheFunctionWithTheFewestInvocationsGoesFirst) {
  UseNode({.eviction_rule = EvictionRule::kFrequency}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter);
  const EnvironmentId often = Idle(1, kThumbnailer);
  Again(2, kThumbnailer, often);
  const EnvironmentId seldom = Idle(3, kMailer);

  EXPECT_THAT(Evicted(kReporter), ElementsAre(seldom));
}

TEST_F(SchedulerEvictionTest, TheLargestGoesFirst) {
  UseNode({.eviction_rule = EvictionRule::kSize}, 384);
  Deploy(kThumbnailer);
  Deploy(kMailer, {.memory_mib = 256});
  Deploy(kReporter);
  Idle(1, kThumbnailer);
  const EnvironmentId large = Idle(2, kMailer);

  EXPECT_THAT(Evicted(kReporter), ElementsAre(large));
}

// Two invocations of a start of 3 s weigh less than one of a start of 7 s, in the same memory.
TEST_F(SchedulerEvictionTest, GreedyDualWeighsInvocationsTimesTheStartByMemory) {
  UseNode({.eviction_rule = EvictionRule::kGreedyDual}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter);
  const EnvironmentId quick = Idle(1, kThumbnailer, Duration::Seconds(3));
  const EnvironmentId slow = Idle(2, kMailer, Duration::Seconds(7));
  Again(3, kThumbnailer, quick);
  EXPECT_THAT(Evicted(kReporter), ElementsAre(quick));

  UseNode({.eviction_rule = EvictionRule::kGreedyDual}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter);
  const EnvironmentId often = Idle(1, kThumbnailer, Duration::Seconds(3));
  EXPECT_EQ(Idle(2, kMailer, Duration::Seconds(7)), slow);
  Again(3, kThumbnailer, often);
  Again(4, kThumbnailer, often);
  EXPECT_THAT(Evicted(kReporter), ElementsAre(slow));
}

// Under greedy-dual two more invocations would save it; landlord does not count them.
TEST_F(SchedulerEvictionTest, LandlordForgetsHowOftenItWasUsed) {
  UseNode({.eviction_rule = EvictionRule::kLandlord}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter);
  const EnvironmentId quick = Idle(1, kThumbnailer, Duration::Seconds(3));
  Idle(2, kMailer, Duration::Seconds(7));
  Again(3, kThumbnailer, quick);
  Again(4, kThumbnailer, quick);

  EXPECT_THAT(Evicted(kReporter), ElementsAre(quick));
}

// What was evicted raises what becomes idle later above what has been idle all the time.
TEST_F(SchedulerEvictionTest, TheClockLetsOldWeightsAge) {
  UseNode({.eviction_rule = EvictionRule::kLandlord}, 256);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  Deploy(kReporter);
  const EnvironmentId slow = Idle(1, kThumbnailer, Duration::Seconds(9));
  const EnvironmentId quick = Idle(2, kMailer, Duration::Seconds(7));
  EXPECT_THAT(Evicted(kReporter), ElementsAre(quick));
  // The clock is at 7 s now. The reporter's start takes 4 s: it weighs 11 s and outlives the 9 s.
  const EnvironmentId reporter{.row = 2, .generation = 1};
  Step(EnvironmentStarted{reporter});
  now_ = now_ + Duration::Seconds(4);
  Step(EnvironmentReady{reporter});
  Step(InvocationFinished{reporter, InvocationId{1'000}});

  EXPECT_THAT(Evicted(kMailer), ElementsAre(slow));
}

TEST_F(SchedulerEvictionTest, TheMemoryIsFreeOnceTheStopIsOrdered) {
  UseNode({.eviction_rule = EvictionRule::kLeastRecentlyUsed}, 128);
  Deploy(kThumbnailer);
  Deploy(kMailer);
  const EnvironmentId first = Idle(1, kThumbnailer);
  EXPECT_THAT(Evicted(kMailer), ElementsAre(first));

  // Its confirmation frees nothing more.
  Step(EnvironmentStopped{first});
  EXPECT_EQ(Only<ThrottleInvocation>(Step(InvocationArrived{InvocationId{3}, kThumbnailer})).reason,
            ThrottleReason::kNoCapacity);
}

TEST_F(SchedulerEvictionTest, BestFitTakesTheSmallestRoomThatIsEnough) {
  UseNode({.placement_rule = PlacementRule::kBestFit}, 512);
  Step(NodeJoined{NodeId{1}, 127});
  Step(NodeJoined{NodeId{2}, 128});
  Deploy(kThumbnailer);

  EXPECT_EQ(Only<StartEnvironment>(Step(InvocationArrived{InvocationId{1}, kThumbnailer})).node,
            NodeId{2});
  EXPECT_EQ(Only<StartEnvironment>(Step(InvocationArrived{InvocationId{2}, kThumbnailer})).node,
            NodeId{0});
}

}  // namespace
}  // namespace floe
