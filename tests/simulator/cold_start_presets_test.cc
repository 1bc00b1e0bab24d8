#include "simulator/cold_start_presets.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/draws.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

// Sorted draws in milliseconds.
std::vector<double> DrawSorted(const LengthModel& model) {
  std::vector<int64_t> draws(20'000);
  LengthSampler(model).DrawMany(DrawStream(1, 0, DrawPurpose::kInit), 0, absl::MakeSpan(draws));
  std::vector<double> sorted;
  for (const int64_t draw : draws) sorted.push_back(static_cast<double>(draw) * 1e-6);
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double At(const std::vector<double>& sorted, double p) {
  return sorted[static_cast<size_t>(p * static_cast<double>(sorted.size()))];
}

void ExpectQuantiles(const LengthModel& model, const ColdStartQuantiles& row) {
  const std::vector<double> draws = DrawSorted(model);
  EXPECT_NEAR(At(draws, 0.1), row.p10_ms, 0.04 * row.p10_ms);
  EXPECT_NEAR(At(draws, 0.5), row.p50_ms, 0.03 * row.p50_ms);
  EXPECT_NEAR(At(draws, 0.9), row.p90_ms, 0.03 * row.p90_ms);
  EXPECT_NEAR(At(draws, 0.99), row.p99_ms, 0.06 * row.p99_ms);
  EXPECT_LT(draws.back(), 20 * row.p99_ms);
}

TEST(ColdStartPresetsTest, EveryPresetHasItsMeasuredQuantilesAndIsAValidModel) {
  ASSERT_EQ(ColdStartRows().size(), 16u);
  for (const ColdStartRow& row : ColdStartRows()) {
    SCOPED_TRACE(row.runtime);
    for (const Package package : {Package::kZip, Package::kImage}) {
      const absl::StatusOr<LengthModel> model = ColdStartPreset(row.runtime, package);
      ASSERT_TRUE(model.ok()) << model.status();
      Scenario scenario{.duration = Duration::Seconds(1),
                        .functions = {{.name = "f", .init = *model}}};
      EXPECT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
      ExpectQuantiles(*model, package == Package::kZip ? row.zip : row.image);
    }
  }
}

TEST(ColdStartPresetsTest, PythonFromAZipIsAsMeasured) {
  const absl::StatusOr<LengthModel> model = ColdStartPreset("python3.12", Package::kZip);
  ASSERT_TRUE(model.ok());
  ExpectQuantiles(*model, {74, 84, 102, 140, 0.15});
}

TEST(ColdStartPresetsTest, ArmIsATenthShorter) {
  const absl::StatusOr<LengthModel> model =
      ColdStartPreset("java21", Package::kZip, Architecture::kArm);
  ASSERT_TRUE(model.ok());
  ExpectQuantiles(*model, {195, 216, 257, 553, 0.14});
}

TEST(ColdStartPresetsTest, AnUnknownRuntimeIsAnsweredWithAllNames) {
  const absl::Status status = ColdStartPreset("cobol", Package::kZip).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  for (const ColdStartRow& row : ColdStartRows()) {
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(std::string(row.runtime)));
  }
}

}  // namespace
}  // namespace floe
