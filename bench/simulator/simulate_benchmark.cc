// Invocations per second of whole simulations: the scheduler of the core, the world and the
// statistics. The same two workloads for Floe's simulator and for the plain one.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "bench/simulator/plain_simulator.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"
#include "simulator/simulation_path.h"

namespace floe {
namespace {

constexpr double kInvocations = 2e6;
// A lognormal run of 100 ms on average.
constexpr LogNormalLength kRun = {.median = Duration::Microseconds(88'250), .sigma = 0.5};
constexpr ExponentialLength kInit = {.mean = Duration::Milliseconds(300)};

// 100 busy environments of one function.
Scenario OneFunction() {
  constexpr double kRate = 1'000;
  return {.duration = Duration::FromSeconds(kInvocations / kRate),
          .scheduler = {.keep_alive = Duration::Seconds(600)},
          .functions = {{.name = "f",
                         .timeout = Duration::Seconds(900),
                         .arrivals = {PoissonArrivals{.rate_per_second = kRate}},
                         .run = kRun,
                         .init = kInit}}};
}

// 10,000 functions with 1,000 busy environments together; 100 of them reserve. Account concurrency,
// request rates and the scaling rate are all checked.
Scenario TenThousandFunctions() {
  constexpr double kRate = 10'000;
  Scenario scenario{
      .duration = Duration::FromSeconds(kInvocations / kRate),
      .scheduler = {.account_concurrency = 1'500, .keep_alive = Duration::Seconds(600)}};
  const auto add = [&scenario](const char* name, int64_t count, double share) {
    scenario.functions.push_back(
        {.name = name,
         .count = count,
         .timeout = Duration::Seconds(900),
         .arrivals = {PoissonArrivals{.rate_per_second =
                                          kRate * share / static_cast<double>(count)}},
         .run = kRun,
         .init = kInit});
  };
  add("reserved", 100, 0.01);
  scenario.functions.back().concurrency_reserved = 3;
  add("often", 900, 0.59);
  add("seldom", 9'000, 0.4);
  return scenario;
}

// The same with an entry for each function: 10,000 arrival processes instead of three.
Scenario TenThousandEntries() {
  Scenario scenario = TenThousandFunctions();
  std::vector<ScenarioFunction> entries;
  for (const ScenarioFunction& group : scenario.functions) {
    ScenarioFunction one = group;
    one.count = 1;
    entries.insert(entries.end(), static_cast<size_t>(group.count), one);
  }
  scenario.functions = entries;
  return scenario;
}

using MakeScenario = Scenario (*)();

void Simulate(benchmark::State& state, MakeScenario make, SimulationPath path) {
  const Scenario scenario = make();
  CHECK(ValidateScenario(scenario).ok());
  uint64_t invocations = 0;
  uint64_t throttled = 0;
  for (auto _ : state) {
    const SimulationResult result = RunSimulationOn(path, scenario, nullptr, nullptr);
    invocations += result.invocations.arrived;
    throttled += result.invocations.throttled();
  }
  state.SetItemsProcessed(static_cast<int64_t>(invocations));
  state.counters["throttled_percent"] =
      100 * static_cast<double>(throttled) / static_cast<double>(invocations);
}

void SimulatePlainly(benchmark::State& state, MakeScenario make) {
  const Scenario scenario = make();
  uint64_t invocations = 0;
  for (auto _ : state) invocations += RunPlainSimulation(scenario).invocations;
  state.SetItemsProcessed(static_cast<int64_t>(invocations));
}

#define FLOE_SIMULATE(name, make)                                             \
  BENCHMARK_CAPTURE(Simulate, name##_fast, make, SimulationPath::kFast)       \
      ->Unit(benchmark::kMillisecond);                                        \
  BENCHMARK_CAPTURE(Simulate, name##_general, make, SimulationPath::kGeneral) \
      ->Unit(benchmark::kMillisecond);                                        \
  BENCHMARK_CAPTURE(SimulatePlainly, name, make)->Unit(benchmark::kMillisecond)

FLOE_SIMULATE(one_function, OneFunction);
FLOE_SIMULATE(ten_thousand_functions, TenThousandFunctions);
FLOE_SIMULATE(ten_thousand_entries, TenThousandEntries);

}  // namespace
}  // namespace floe

BENCHMARK_MAIN();
