// The cost of one invocation in the scheduler alone: two events, arrival and finish, when an idle
// environment serves it; five when one is started for it and stopped again.
//
//   bazel run -c opt --config=opt //bench/orchestrator/core:step_benchmark
//
// `bytes_per_environment` is what the tables hold per row.

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "benchmark/benchmark.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {
namespace {

constexpr int32_t kBusyPerFunctionMax = 1'000;

// Every limit is on; none of them is met.
SchedulerOptions Options(ReuseOrder order) {
  return {.account_concurrency = 10'000'000,
          .requests_per_concurrency = 100,
          .scaling_rule = ScalingRule::kCurrent,
          .reuse_order = order,
          .seed = 1,
          .keep_alive = Duration::Minutes(10),
          .lifetime_max = Duration::Hours(24 * 365)};
}

// One function in four has a reservation; time-outs come in seven lengths.
Scheduler MakeScheduler(const SchedulerOptions& options, uint32_t functions, Actions& actions) {
  Scheduler scheduler(options);
  for (uint32_t node = 0; node < 100; ++node) {
    scheduler.Step(Instant(), NodeJoined{NodeId{node}, int64_t{1} << 30}, actions);
  }
  for (uint32_t i = 0; i < functions; ++i) {
    FunctionConfig config{.memory_mib = 128, .timeout = Duration::Seconds(900 - 30 * (i % 7))};
    if (i % 4 == 1) config.concurrency_reserved = kBusyPerFunctionMax;
    scheduler.Step(Instant(), FunctionDeployed{FunctionId{i}, config}, actions);
  }
  actions.clear();
  return scheduler;
}

struct Running {
  EnvironmentId environment;
  InvocationId invocation;
};

// Reports what was ordered to stop as gone.
void ConfirmStops(Scheduler& scheduler, Instant now, Actions& actions) {
  for (size_t i = 0; i < actions.size(); ++i) {
    const auto* stop = std::get_if<StopEnvironment>(&actions[i]);
    if (stop == nullptr) continue;
    scheduler.Step(now, EnvironmentStopped{stop->environment}, actions);
  }
}

// Brings `invocation` to where its environment runs it. What expires meanwhile stops at once.
Running Arrive(Scheduler& scheduler, Instant now, InvocationId invocation, FunctionId function,
               Actions& actions) {
  actions.clear();
  scheduler.Step(now, InvocationArrived{invocation, function}, actions);
  const Action last = actions.back();  // Stops come first.
  ConfirmStops(scheduler, now, actions);
  if (const auto* assign = std::get_if<AssignInvocation>(&last)) {
    return {assign->environment, invocation};
  }
  const EnvironmentId environment = std::get<StartEnvironment>(last).environment;
  scheduler.Step(now, EnvironmentStarted{environment}, actions);
  scheduler.Step(now, EnvironmentReady{environment}, actions);
  return {environment, invocation};
}

// `busy` invocations of one second on average run at any time; each turn finishes one at random and
// lets another arrive, for a function at random. Environments expire as they fall idle.
void RunInvocations(benchmark::State& state, const SchedulerOptions& options) {
  const auto functions = static_cast<uint32_t>(state.range(0));
  const auto busy = static_cast<size_t>(state.range(1));
  Actions actions;
  Scheduler scheduler = MakeScheduler(options, functions, actions);
  Prng prng(1);
  // Drawn ahead, so that the loop measures the scheduler.
  std::vector<uint32_t> draws(1 << 16);
  for (uint32_t& draw : draws) draw = static_cast<uint32_t>(prng.Next());

  Instant now;
  uint64_t next = 0;
  std::vector<Running> running;
  for (size_t i = 0; i < busy; ++i) {
    now = now + Duration::Milliseconds(10);  // As fast as one function may scale.
    const FunctionId function{static_cast<uint32_t>(next % functions)};
    running.push_back(Arrive(scheduler, now, InvocationId{next++}, function, actions));
  }
  const Duration gap = Duration::Nanoseconds(1'000'000'000 / state.range(1));
  uint64_t turn = 0;
  const auto invoke = [&] {
    const uint64_t draw = draws[turn++ & (draws.size() - 1)] * uint64_t{0x9E3779B97F4A7C15};
    now = now + gap;
    Running& slot = running[((draw >> 40) * busy) >> 24];
    actions.clear();
    scheduler.Step(now, InvocationFinished{slot.environment, slot.invocation}, actions);
    ConfirmStops(scheduler, now, actions);
    const FunctionId function{static_cast<uint32_t>(((draw & 0xFFFFFFFF) * functions) >> 32)};
    slot = Arrive(scheduler, now, InvocationId{next++}, function, actions);
  };
  for (uint64_t i = 0; i < 700 * busy; ++i) invoke();
  for (auto _ : state) invoke();
  state.SetItemsProcessed(state.iterations());
  state.counters["environments"] = scheduler.counts().live();
  state.counters["bytes_per_environment"] = static_cast<double>(Scheduler::BytesPerEnvironment());
}

void BM_Invocation(benchmark::State& state) {
  RunInvocations(state, Options(static_cast<ReuseOrder>(state.range(2))));
}
BENCHMARK(BM_Invocation)
    ->ArgNames({"functions", "busy", "order"})
    ->Args({1, 100, 0})
    ->Args({1, 1'000, 0})
    ->Args({1, 100, 1})
    ->Args({1, 100, 2})
    ->Args({10'000, 1'000, 0})
    ->Args({10'000, 10'000, 0});

// What a rule beyond the defaults costs. Memory suffices, so nothing is evicted.
void BM_InvocationUnderRule(benchmark::State& state) {
  SchedulerOptions options = Options(ReuseOrder::kNewestFirst);
  switch (state.range(2)) {
    case 1:
      options.keep_alive_rule = KeepAliveRule::kUniform;
      break;
    case 2:
      options.eviction_rule = EvictionRule::kLeastRecentlyUsed;
      break;
    case 3:
      options.eviction_rule = EvictionRule::kGreedyDual;
      break;
    case 4:
      options.binding_rule = BindingRule::kLate;
      break;
    default:
      break;
  }
  RunInvocations(state, options);
}
BENCHMARK(BM_InvocationUnderRule)
    ->ArgNames({"functions", "busy", "rule"})
    ->ArgsProduct({{1'000}, {1'000}, {0, 1, 2, 3, 4}});

// Every invocation starts an environment, which is stopped when its keep-alive ends.
void BM_ColdInvocationAndExpiry(benchmark::State& state) {
  const auto functions = static_cast<uint32_t>(state.range(0));
  Actions actions;
  Scheduler scheduler = MakeScheduler(Options(ReuseOrder::kNewestFirst), functions, actions);
  Instant now;
  uint64_t next = 0;
  const Duration gap = Duration::Minutes(20);
  for (auto _ : state) {
    // One invocation of every function, and then all of their environments expire.
    for (uint32_t i = 0; i < functions; ++i) {
      const FunctionId function{i};
      const Running one = Arrive(scheduler, now, InvocationId{next++}, function, actions);
      scheduler.Step(now, InvocationFinished{one.environment, one.invocation}, actions);
    }
    now = now + gap;
    actions.clear();
    scheduler.Step(now, DeadlineReached{}, actions);
    ConfirmStops(scheduler, now, actions);
  }
  state.SetItemsProcessed(state.iterations() * functions);
}
BENCHMARK(BM_ColdInvocationAndExpiry)->ArgName("functions")->Arg(1)->Arg(10'000);

}  // namespace
}  // namespace floe

BENCHMARK_MAIN();
