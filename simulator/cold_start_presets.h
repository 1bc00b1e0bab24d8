// How long Lambda's own runtimes take to initialise, as measured on AWS.
//
// Init Durations from the REPORT lines of functions that do nothing ("hello"), x86_64, 1,024 MB,
// some 500 samples for each row, collected from 2026-07-01 to 2026-08-22. Source:
// github.com/maxday/lambda-perf, data files of these days. Memory from 128 to 1,024 MB changes them
// by less than 2 %; on arm64 they are 5 to 15 % shorter, here 10 %. What comes before Init
// (placement, the download of the code) is not in them.

#ifndef FLOE_SIMULATOR_COLD_START_PRESETS_H_
#define FLOE_SIMULATOR_COLD_START_PRESETS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "simulator/scenario.h"

namespace floe {

inline constexpr absl::string_view kColdStartPresetsSource =
    "github.com/maxday/lambda-perf, 2026-07-01 to 2026-08-22";

struct ColdStartQuantiles {
  int32_t p10_ms;
  int32_t p50_ms;
  int32_t p90_ms;
  int32_t p99_ms;
  // Of a lognormal distribution through p50 and p90.
  double sigma;
};
struct ColdStartRow {
  absl::string_view runtime;
  ColdStartQuantiles zip;
  ColdStartQuantiles image;
};
absl::Span<const ColdStartRow> ColdStartRows();

// Measured quantiles and what lies between them: between two of them the logarithm of the length is
// normally distributed, and so it is beyond the outer ones, down to 1 and up to 9,999 of 10,000.
// kNotFound with all names if there is no such runtime.
absl::StatusOr<LengthModel> ColdStartPreset(absl::string_view runtime, Package package,
                                            Architecture architecture = Architecture::kX86);

}  // namespace floe

#endif  // FLOE_SIMULATOR_COLD_START_PRESETS_H_
