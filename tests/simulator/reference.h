// What the reference tests share: a workload that theory knows, and how far a measured share may
// lie from the true one.

#ifndef FLOE_TESTS_SIMULATOR_REFERENCE_H_
#define FLOE_TESTS_SIMULATOR_REFERENCE_H_

#include <cmath>
#include <cstdint>

#include "base/time.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {

// One function with Poisson arrivals and no limit, for about `invocations` of them.
inline Scenario PoissonScenario(double rate, LengthModel run, double invocations) {
  return {.duration = Duration::FromSeconds(invocations / rate),
          .scheduler = {.account_concurrency = 1'000'000,
                        .unreserved_concurrency_min = 0,
                        .requests_per_concurrency = 0,
                        .scaling_rule = ScalingRule::kUnlimited},
          .functions = {{.name = "f",
                         .timeout = Duration::Seconds(900),
                         .arrivals = {PoissonArrivals{.rate_per_second = rate}},
                         .run = run}}};
}

inline SimulationResult RunReference(const Scenario& scenario) {
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  return RunSimulation(scenario, nullptr);
}

// `count` of `whole` against the share `expected`. Neighbours in time are alike, which widens the
// spread of a share beyond that of independent draws: by `widening`.
inline void ExpectShare(uint64_t count, uint64_t whole, double expected, double widening) {
  const double n = static_cast<double>(whole);
  const double deviation = std::sqrt(expected * (1 - expected) / n) * widening;
  EXPECT_NEAR(static_cast<double>(count) / n, expected, 4 * deviation + 1e-12) << "of " << whole;
}

}  // namespace floe

#endif  // FLOE_TESTS_SIMULATOR_REFERENCE_H_
