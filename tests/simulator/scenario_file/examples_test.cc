// Every example, and every scenario to start from, is read and runs.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "cli/scenario_templates.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_edit.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

constexpr Duration kShort = Duration::Minutes(3);

// What the first minutes need to happen, whatever comes later.
void RunShortly(const ScenarioEdit& edit) {
  absl::StatusOr<Scenario> scenario = edit.Build();
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  scenario->duration = std::min(scenario->duration, kShort);
  scenario->warm_up = Duration();
  ASSERT_TRUE(ValidateScenario(*scenario).ok());
  const SimulationResult result = RunSimulation(*scenario, nullptr);
  EXPECT_GT(result.events, 0u);
}

TEST(ExamplesTest, EveryExampleRuns) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator("examples/scenarios")) {
    if (file.path().extension() != ".textproto") continue;
    SCOPED_TRACE(file.path());
    ++count;
    const absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Read(file.path().string());
    ASSERT_TRUE(edit.ok()) << edit.status();
    RunShortly(*edit);
  }
  EXPECT_GE(count, 12);
}

TEST(ExamplesTest, EveryScenarioToStartFromRuns) {
  for (const cli::ScenarioTemplate& scenario : cli::ScenarioTemplates()) {
    if (!scenario.data.empty()) continue;  // It has a file beside it.
    SCOPED_TRACE(std::string(scenario.kind));
    const absl::StatusOr<ScenarioEdit> edit =
        ScenarioEdit::Parse("template", std::string(scenario.text), ScenarioFormat::kText);
    ASSERT_TRUE(edit.ok()) << edit.status();
    RunShortly(*edit);
  }
}

}  // namespace
}  // namespace floe
