#include "simulator/cold_start_presets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/prng.h"
#include "base/time.h"
#include "simulator/draws.h"

namespace floe {
namespace {

// Milliseconds at p10, p50, p90, p99, and sigma: zip, image.
constexpr ColdStartRow kRows[] = {
    {"rust-al2023", {15, 16, 22, 47, 0.25}, {27, 35, 60, 97, 0.42}},
    {"go-al2023", {46, 50, 53, 69, 0.05}, {37, 46, 90, 126, 0.52}},
    {"cpp-al2023", {62, 65, 93, 132, 0.28}, {38, 48, 97, 170, 0.55}},
    {"cpp-al2", {13, 16, 30, 59, 0.49}, {29, 35, 54, 86, 0.35}},
    {"shell-al2023", {30, 49, 142, 204, 0.84}, {62, 82, 143, 220, 0.44}},
    {"python3.12", {74, 84, 102, 140, 0.15}, {122, 151, 266, 364, 0.45}},
    {"python3.13", {77, 84, 105, 201, 0.17}, {119, 153, 290, 383, 0.50}},
    {"python3.14", {98, 110, 146, 253, 0.22}, {146, 176, 334, 428, 0.50}},
    {"nodejs22.x", {124, 141, 161, 204, 0.11}, {232, 300, 575, 798, 0.51}},
    {"nodejs24.x", {115, 134, 155, 194, 0.12}, {219, 272, 541, 793, 0.54}},
    {"ruby3.4", {194, 224, 389, 455, 0.43}, {228, 259, 385, 486, 0.31}},
    {"java17", {189, 204, 229, 442, 0.09}, {259, 311, 523, 720, 0.41}},
    {"java21", {217, 240, 285, 614, 0.14}, {277, 337, 619, 787, 0.48}},
    {"java25", {171, 191, 280, 496, 0.30}, {205, 239, 487, 634, 0.56}},
    {"dotnet8", {227, 253, 368, 655, 0.29}, {328, 402, 685, 836, 0.42}},
    {"dotnet8-aot", {82, 88, 99, 123, 0.09}, {50, 61, 103, 157, 0.42}},
};

// Where the model has a point. The ends stand for all that lies beyond their neighbours.
constexpr std::array<double, 25> kProbabilities = {
    0,   0.0001, 0.001, 0.01, 0.05, 0.1,  0.15, 0.2,  0.3,   0.4,   0.5,    0.6, 0.7,
    0.8, 0.85,   0.9,   0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.9999, 1};

constexpr double kArmShare = 0.9;

struct Knot {
  double z;    // The quantile of the standard normal distribution.
  double log;  // Of the length in nanoseconds.
};

// Straight through the knots, and on in the direction of the first and the last two.
double LogAt(const std::array<Knot, 4>& knots, double z) {
  size_t i = 0;
  while (i + 2 < knots.size() && z > knots[i + 1].z) ++i;
  const Knot& low = knots[i];
  const Knot& high = knots[i + 1];
  return low.log + (z - low.z) * (high.log - low.log) / (high.z - low.z);
}

EmpiricalLength ModelOf(const ColdStartQuantiles& row, double share) {
  std::array<Knot, 4> knots;
  constexpr double kMeasured[] = {0.1, 0.5, 0.9, 0.99};
  const int32_t milliseconds[] = {row.p10_ms, row.p50_ms, row.p90_ms, row.p99_ms};
  for (size_t i = 0; i < knots.size(); ++i) {
    knots[i] = {.z = NormalQuantile(kMeasured[i]),
                .log = PortableLog(milliseconds[i] * 1e6 * share)};
  }
  EmpiricalLength model;
  for (const double probability : kProbabilities) {
    const double inner = std::min(std::max(probability, kProbabilities[1]),
                                  kProbabilities[kProbabilities.size() - 2]);
    const double nanoseconds = PortableExp(LogAt(knots, NormalQuantile(inner)));
    // Whole microseconds: more than is known.
    model.quantiles.push_back(
        {probability, Duration::Microseconds(std::llround(nanoseconds * 1e-3))});
  }
  return model;
}

}  // namespace

absl::Span<const ColdStartRow> ColdStartRows() {
  return kRows;
}

absl::StatusOr<LengthModel> ColdStartPreset(absl::string_view runtime, Package package,
                                            Architecture architecture) {
  for (const ColdStartRow& row : kRows) {
    if (row.runtime != runtime) continue;
    return ModelOf(package == Package::kImage ? row.image : row.zip,
                   architecture == Architecture::kArm ? kArmShare : 1);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no preset `", runtime, "`, only ",
                   absl::StrJoin(kRows, ", ", [](std::string* out, const ColdStartRow& row) {
                     absl::StrAppend(out, row.runtime);
                   })));
}

}  // namespace floe
