// Once warm, a step allocates nothing; and an environment costs what is promised.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <variant>
#include <vector>

#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"

namespace {

int64_t allocations = 0;

void* Allocate(size_t size, size_t alignment) {
  ++allocations;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, size) != 0) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t size) {
  return Allocate(size, alignof(std::max_align_t));
}
void* operator new(size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace floe {
namespace {

constexpr uint32_t kFunctions = 20;

// Everything that can happen to environments: cold and warm starts, failed inits, time-outs,
// expiry.
void RunOneRound(Scheduler& scheduler, Instant& now, uint64_t& invocation, Actions& actions,
                 std::vector<EnvironmentId>& running) {
  const auto step = [&](const Event& event) {
    actions.clear();
    scheduler.Step(now, event, actions);
  };
  const auto confirm_stops = [&] {
    for (size_t i = 0; i < actions.size(); ++i) {
      const auto* stop = std::get_if<StopEnvironment>(&actions[i]);
      if (stop != nullptr) scheduler.Step(now, EnvironmentStopped{stop->environment}, actions);
    }
  };
  for (uint32_t i = 0; i < 5 * kFunctions; ++i) {
    step(InvocationArrived{InvocationId{++invocation}, FunctionId{i % kFunctions}});
    const Action last = actions.back();  // Evictions come first.
    confirm_stops();
    const auto* start = std::get_if<StartEnvironment>(&last);
    if (start == nullptr) continue;
    const EnvironmentId environment = start->environment;
    step(EnvironmentStarted{environment});
    if (i % 3 == 0) {
      step(EnvironmentFailed{environment, 0, FailureCause::kInitError});
    } else {
      step(EnvironmentReady{environment, 0});
    }
    running.push_back(environment);
    if (i % 2 == 0) step(InvocationFinished{environment, InvocationId{invocation}});
  }
  // Half of them time out; later all of them have been idle too long.
  for (int i = 0; i < 3; ++i) {
    now = now + Duration::Seconds(10);
    step(DeadlineReached{});
    confirm_stops();
  }
  EXPECT_EQ(scheduler.counts(), EnvironmentCounts{});
  running.clear();
}

// Besides these options everything is short.
void ExpectNoAllocationOnceWarm(SchedulerOptions options, int64_t memory_mib = 1 << 20) {
  options.account_concurrency = 1'000;
  options.requests_per_concurrency = 0;
  options.keep_alive = Duration::Seconds(9);
  options.lifetime_max = Duration::Seconds(300);
  Scheduler scheduler(options);
  Actions actions;
  actions.reserve(1'000);
  std::vector<EnvironmentId> running;
  running.reserve(1'000);
  scheduler.Step(Instant(), NodeJoined{NodeId{0}, memory_mib}, actions);
  for (uint32_t i = 0; i < kFunctions; ++i) {
    scheduler.Step(Instant(),
                   FunctionDeployed{FunctionId{i}, {.timeout = Duration::Seconds(1 + i % 7)}},
                   actions);
  }
  Instant now;
  uint64_t invocation = 0;
  for (int i = 0; i < 3; ++i) RunOneRound(scheduler, now, invocation, actions, running);

  const int64_t before = allocations;
  for (int i = 0; i < 20; ++i) RunOneRound(scheduler, now, invocation, actions, running);
  EXPECT_EQ(allocations - before, 0);
}

TEST(SchedulerMemoryTest, AStepAllocatesNothingOnceWarm) {
  ExpectNoAllocationOnceWarm({.reuse_order = ReuseOrder::kNewestFirst});
  ExpectNoAllocationOnceWarm({.reuse_order = ReuseOrder::kOldestFirst});
}

TEST(SchedulerMemoryTest, ARandomChoiceAllocatesNothingOnceWarm) {
  ExpectNoAllocationOnceWarm({.reuse_order = ReuseOrder::kRandom});
}

TEST(SchedulerMemoryTest, TheRulesForKeepingAndWaitingAllocateNothingOnceWarm) {
  ExpectNoAllocationOnceWarm(
      {.keep_alive_rule = KeepAliveRule::kUniform, .keep_alive_min = Duration::Seconds(1)});
  ExpectNoAllocationOnceWarm({.binding_rule = BindingRule::kLate});
}

// Room for a third of what is asked for at the same time.
TEST(SchedulerMemoryTest, EvictionAllocatesNothingOnceWarm) {
  for (const EvictionRule rule : {EvictionRule::kLeastRecentlyUsed, EvictionRule::kGreedyDual}) {
    ExpectNoAllocationOnceWarm({.eviction_rule = rule, .placement_rule = PlacementRule::kBestFit},
                               35 * 128);
  }
}

TEST(SchedulerMemoryTest, TheCounterCounts) {
  const int64_t before = allocations;
  const std::vector<int> memory(10);
  EXPECT_EQ(allocations - before, 1);
}

TEST(SchedulerMemoryTest, AnEnvironmentCostsAtMost128Bytes) {
  EXPECT_LE(Scheduler::BytesPerEnvironment(), 128);
}

}  // namespace
}  // namespace floe
