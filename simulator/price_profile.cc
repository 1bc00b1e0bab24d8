#include "simulator/price_profile.h"

#include "absl/strings/str_cat.h"

namespace floe {
namespace {

constexpr int64_t kGiga = 1'000'000'000;

// The tiers have been the same since August 2022.
constexpr ArchitecturePrices kX86 = {
    .on_demand = {{{.gb_seconds_max = 6 * kGiga, .per_gb_second = 16'666'700},
                   {.gb_seconds_max = 15 * kGiga, .per_gb_second = 15'000'000},
                   {.gb_seconds_max = kTierWithoutEnd, .per_gb_second = 13'333'400}}},
    .provisioned_per_gb_second = 4'166'700,
    .provisioned_duration_per_gb_second = 9'722'200,
};
constexpr ArchitecturePrices kArm = {
    .on_demand = {{{.gb_seconds_max = 15 * kGiga / 2, .per_gb_second = 13'333'400},
                   {.gb_seconds_max = 75 * kGiga / 4, .per_gb_second = 12'000'100},
                   {.gb_seconds_max = kTierWithoutEnd, .per_gb_second = 10'666'700}}},
    .provisioned_per_gb_second = 3'333'400,
    .provisioned_duration_per_gb_second = 7'777'800,
};

constexpr PriceProfile Lambda(const char* name, const char* valid, bool managed_init_billed) {
  return {
      .name = name,
      .valid = valid,
      .per_request = 200'000,
      .x86 = kX86,
      .arm = kArm,
      .tmp_per_gb_second = 30'900,
      .managed_init_billed = managed_init_billed,
      .free_requests = 1'000'000,
      .free_gb_seconds = 400'000,
  };
}

constexpr PriceProfile kProfiles[] = {
    Lambda("aws-us-east-1-2026", "since August 2025", true),
    Lambda("aws-us-east-1-2024", "August 2022 to July 2025", false),
};

}  // namespace

const PriceProfile* FindPriceProfile(absl::string_view name) {
  for (const PriceProfile& profile : kProfiles) {
    if (name == profile.name) return &profile;
  }
  return nullptr;
}

std::string PriceProfileNames() {
  std::string names;
  for (const PriceProfile& profile : kProfiles) {
    absl::StrAppend(&names, names.empty() ? "" : " and ", profile.name);
  }
  return names;
}

}  // namespace floe
