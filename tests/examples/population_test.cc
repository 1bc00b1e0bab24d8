// The population of examples/population shows what is published of keep-alive policies.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_edit.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

SimulationResult RunWith(const std::string& field, const std::string& value) {
  absl::StatusOr<ScenarioEdit> edit =
      ScenarioEdit::Read("examples/population/population.textproto");
  EXPECT_TRUE(edit.ok()) << edit.status();
  EXPECT_TRUE(edit->Set(field, value).ok());
  // Still never idle for a minute, with half of the work.
  EXPECT_TRUE(edit->Set("functions[name=busy].arrivals[0].constant.interval", "59s").ok());
  const absl::StatusOr<Scenario> scenario = edit->Build();
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return RunSimulation(*scenario, nullptr);
}

// In percent, over the applications that were called.
double ThirdQuartileOfColdShares(const SimulationResult& result) {
  std::vector<double> shares;
  for (const FunctionResult& function : result.functions) {
    const InvocationTally& tally = function.invocations;
    if (tally.arrived == 0) continue;
    shares.insert(
        shares.end(), static_cast<size_t>(function.count),
        100 * static_cast<double>(tally.cold_starts) / static_cast<double>(tally.arrived));
  }
  std::sort(shares.begin(), shares.end());
  return shares[3 * (shares.size() - 1) / 4];
}

// The recipe's own values, and two of its standard deviations, which for the cold share with ten
// minutes is 1.2 points.
TEST(PopulationTest, FixedAndLearnedKeepAlivesAreAsFarApartAsTheRecipeSays) {
  const SimulationResult fixed_10 = RunWith("keep_alive", "10m");
  const SimulationResult fixed_60 = RunWith("keep_alive", "60m");
  const SimulationResult fixed_240 = RunWith("keep_alive", "240m");
  const SimulationResult hybrid = RunWith("keep_alive_rule", "hybrid_histogram");

  EXPECT_NEAR(ThirdQuartileOfColdShares(fixed_10), 49.1, 2.4);
  EXPECT_NEAR(ThirdQuartileOfColdShares(fixed_60), 23.8, 2.4);
  EXPECT_NEAR(ThirdQuartileOfColdShares(fixed_240), 10.6, 1);
  EXPECT_NEAR(ThirdQuartileOfColdShares(hybrid), 16.9, 1);

  const auto relative = [&fixed_10](const SimulationResult& result) {
    return 100 * result.environments.idle_gb_seconds / fixed_10.environments.idle_gb_seconds;
  };
  EXPECT_NEAR(relative(fixed_60), 132, 2);
  EXPECT_NEAR(relative(fixed_240), 166, 2);
  EXPECT_NEAR(relative(hybrid), 126, 2);
}

}  // namespace
}  // namespace floe
