// A keep-alive rule of one's own against a fixed one, on the same requests.
//
//   bazel run //examples/keep_alive_policy
//
// Memory is what idle environments cost, so this rule spends equally much of it on each: one with
// 128 MiB is kept for half an hour, one with 2,048 MiB for less than two minutes.

#include "orchestrator/core/keep_alive_policy.h"

#include <cstdio>

#include "base/check.h"
#include "base/time.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace {

class EqualCost final : public floe::KeepAlivePolicy {
 public:
  floe::Duration KeepFor(const floe::IdleEnvironment& environment, floe::Instant) override {
    return floe::Duration::Seconds(30 * 60 * 128 / environment.memory_mib);
  }
};

// A day of functions that are called every ten minutes or so, small ones and large ones.
floe::Scenario ADay() {
  const auto functions = [](const char* name, int64_t count, int32_t memory_mib) {
    return floe::ScenarioFunction{.name = name,
                                  .count = count,
                                  .memory_mib = memory_mib,
                                  .arrivals = {floe::PoissonArrivals{.rate_per_second = 1.0 / 600}},
                                  .init = floe::ConstantLength{floe::Duration::Seconds(1)}};
  };
  return {.name = "a day",
          .duration = floe::Duration::Hours(24),
          .functions = {functions("small", 80, 128), functions("large", 20, 2'048)}};
}

void Run(const char* name, const floe::Scenario& scenario, floe::KeepAlivePolicy* policy) {
  const floe::SimulationResult result = floe::RunSimulation(scenario, nullptr, nullptr, policy);
  std::printf("%-18s %6.2f %% cold   %10.0f idle GB-s\n", name,
              100.0 * static_cast<double>(result.invocations.cold_starts) /
                  static_cast<double>(result.invocations.accepted()),
              result.environments.idle_gb_seconds);
}

}  // namespace

int main() {
  const floe::Scenario scenario = ADay();
  CHECK(floe::ValidateScenario(scenario).ok());
  Run("fixed, 10 minutes", scenario, nullptr);
  EqualCost equal_cost;
  Run("equal cost", scenario, &equal_cost);
  return 0;
}
