// What AWS Lambda asks for, as published: one table for each time its prices or rules changed.
// Source: aws.amazon.com/lambda/pricing, us-east-1, and "AWS Lambda standardizes billing for INIT
// phase" (2025).

#ifndef FLOE_SIMULATOR_PRICE_PROFILE_H_
#define FLOE_SIMULATOR_PRICE_PROFILE_H_

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"

namespace floe {

// 10^-12 US dollars: every published price is a whole number of them.
using PicoDollars = __int128;

struct PriceTier {
  // The tier ends after so many GB-seconds of a month; the last is kTierWithoutEnd.
  int64_t gb_seconds_max = 0;
  int64_t per_gb_second = 0;
};
inline constexpr int kPriceTiers = 3;
inline constexpr int64_t kTierWithoutEnd = std::numeric_limits<int64_t>::max();

// Prices in pico-dollars. A GB is 1,024 MiB.
struct ArchitecturePrices {
  std::array<PriceTier, kPriceTiers> on_demand;
  int64_t provisioned_per_gb_second = 0;           // While it is allocated, used or not.
  int64_t provisioned_duration_per_gb_second = 0;  // While it runs.
};

struct PriceProfile {
  const char* name = "";
  // What is shown beside the name.
  const char* valid = "";
  int64_t per_request = 0;
  ArchitecturePrices x86;
  ArchitecturePrices arm;
  // Of what /tmp has above 512 MiB.
  int64_t tmp_per_gb_second = 0;
  // Whether zip functions with a runtime of AWS's pay for their initialisation. All others do.
  bool managed_init_billed = true;
  // Each month; not for provisioned concurrency.
  int64_t free_requests = 0;
  int64_t free_gb_seconds = 0;
};

// Null if there is no such profile.
const PriceProfile* FindPriceProfile(absl::string_view name);
// "A and B".
std::string PriceProfileNames();

}  // namespace floe

#endif  // FLOE_SIMULATOR_PRICE_PROFILE_H_
