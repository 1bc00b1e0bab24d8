// What the use that a run counted would cost on AWS Lambda: by item, by function, for the run and
// for a month of 30 days.
//
// Exact: prices are whole pico-dollars, use is counted in whole MiB-milliseconds, and each amount
// is rounded once, to the nearest pico-dollar. The use of the counted time is scaled to a month,
// tiers and the free tier apply to all functions of the month together, and what the run costs is
// its part of that month.

#ifndef FLOE_SIMULATOR_PRICING_H_
#define FLOE_SIMULATOR_PRICING_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/time.h"
#include "simulator/price_profile.h"
#include "simulator/scenario.h"
#include "simulator/statistics.h"

namespace floe {

// Functions that are alike: how their code is packed, and what the run counted of them.
struct FunctionUse {
  std::string name;
  Architecture architecture = Architecture::kX86;
  Package package = Package::kZip;
  bool custom_runtime = false;
  InvocationTally tally;
};

struct Cost {
  PicoDollars requests = 0;
  PicoDollars on_demand = 0;  // GB-seconds outside provisioned concurrency, with init.
  PicoDollars provisioned_allocated = 0;
  PicoDollars provisioned_duration = 0;
  PicoDollars tmp = 0;  // /tmp above 512 MiB.

  PicoDollars total() const {
    return requests + on_demand + provisioned_allocated + provisioned_duration + tmp;
  }
  Cost& operator+=(const Cost& other);
  friend bool operator==(const Cost&, const Cost&) = default;
};

struct FunctionCost {
  std::string name;
  Cost run;
  Cost month;
};

struct CostReport {
  // In the order of the uses. Tiers and the free tier, which are of all functions together, are
  // spread over them in proportion to their use.
  std::vector<FunctionCost> functions;
  // The sums.
  Cost run;
  Cost month;
};

inline constexpr Duration kPricedMonth = Duration::Hours(30 * 24);

enum class FreeTier { kDeducted, kNotDeducted };

// `counted` is the time in which the use was counted: the run without its warm-up.
// REQUIRES: counted > 0.
CostReport PriceUse(const PriceProfile& profile, FreeTier free_tier,
                    absl::Span<const FunctionUse> uses, Duration counted);

// "$12.34", "$0.0000000031": two decimals from a dollar on, else three significant digits, without
// zeros at the end.
std::string FormatDollars(PicoDollars amount);

}  // namespace floe

#endif  // FLOE_SIMULATOR_PRICING_H_
