#include "simulator/pricing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace floe {
namespace {

// Of GB-seconds in MiB-milliseconds.
constexpr unsigned __int128 kMibMsPerGbSecond = 1'024'000;
constexpr PicoDollars kPicoDollarsPerDollar = 1'000'000'000'000;

using Amount = unsigned __int128;

constexpr Amount kAmountMax = ~Amount{0};

// value * numerator / denominator, rounded to the nearest, halves up. Exact while denominator times
// numerator fits in 127 bits, beyond, good to 60 bits at least.
// REQUIRES: the result fits.
Amount Scale(Amount value, Amount numerator, Amount denominator) {
  const Amount whole = value / denominator * numerator;
  Amount rest = value % denominator;
  while (numerator > 0 && rest > (kAmountMax >> 1) / numerator) {
    rest >>= 1;
    denominator >>= 1;
  }
  return whole + (rest * numerator + denominator / 2) / denominator;
}

// What a function uses in a month: MiB-milliseconds and requests.
struct MonthlyUse {
  Amount requests = 0;
  Amount on_demand = 0;
  Amount allocated = 0;
  Amount provisioned = 0;
  Amount tmp = 0;
};

MonthlyUse MonthOf(const PriceProfile& profile, const FunctionUse& use, Duration counted) {
  const InvocationTally& tally = use.tally;
  const bool managed = use.package == Package::kZip && !use.custom_runtime;
  Amount on_demand = tally.billed_mib_ms;
  if (managed && !profile.managed_init_billed) {
    on_demand -= std::min(on_demand, tally.billed_init_mib_ms);
  }
  const auto monthly = [counted](Amount value) {
    return Scale(value, static_cast<Amount>(kPricedMonth.nanoseconds()),
                 static_cast<Amount>(counted.nanoseconds()));
  };
  return {.requests = monthly(tally.billed_requests),
          .on_demand = monthly(on_demand),
          .allocated = monthly(tally.allocated_mib_ms),
          .provisioned = monthly(tally.billed_provisioned_mib_ms),
          .tmp = monthly(tally.billed_tmp_mib_ms)};
}

Amount PriceGbSeconds(Amount mib_ms, int64_t per_gb_second) {
  return Scale(mib_ms, static_cast<Amount>(per_gb_second), kMibMsPerGbSecond);
}

Amount PriceTiers(Amount mib_ms, const ArchitecturePrices& prices) {
  // One rounding for all tiers: the sum of use times price comes first.
  Amount weighted = 0;
  Amount before = 0;
  for (const PriceTier& tier : prices.on_demand) {
    const Amount end = tier.gb_seconds_max == kTierWithoutEnd
                           ? kAmountMax
                           : static_cast<Amount>(tier.gb_seconds_max) * kMibMsPerGbSecond;
    const Amount inside = std::min(mib_ms, end) - std::min(mib_ms, before);
    weighted += inside * static_cast<Amount>(tier.per_gb_second);
    before = end;
  }
  return Scale(weighted, 1, kMibMsPerGbSecond);
}

// Gives out an amount in proportion to weights, so that the parts add up to it exactly.
class Shares {
 public:
  Shares(Amount amount, Amount weights) : amount_(amount), weights_(weights) {}
  Amount Next(Amount weight) {
    if (weights_ == 0) return 0;
    so_far_ += weight;
    const Amount until = Scale(so_far_, amount_, weights_);
    const Amount share = until - given_;
    given_ = until;
    return share;
  }

 private:
  const Amount amount_;
  const Amount weights_;
  Amount so_far_ = 0;
  Amount given_ = 0;
};

struct ArchitectureTotal {
  Amount used = 0;
  Amount cost = 0;
};

Cost PartOf(const Cost& month, Duration counted) {
  const auto part = [counted](PicoDollars amount) {
    return static_cast<PicoDollars>(Scale(static_cast<Amount>(amount),
                                          static_cast<Amount>(counted.nanoseconds()),
                                          static_cast<Amount>(kPricedMonth.nanoseconds())));
  };
  return {.requests = part(month.requests),
          .on_demand = part(month.on_demand),
          .provisioned_allocated = part(month.provisioned_allocated),
          .provisioned_duration = part(month.provisioned_duration),
          .tmp = part(month.tmp)};
}

std::string Digits(Amount number) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number > 0);
  return digits;
}

}  // namespace

Cost& Cost::operator+=(const Cost& other) {
  requests += other.requests;
  on_demand += other.on_demand;
  provisioned_allocated += other.provisioned_allocated;
  provisioned_duration += other.provisioned_duration;
  tmp += other.tmp;
  return *this;
}

CostReport PriceUse(const PriceProfile& profile, FreeTier free_tier,
                    absl::Span<const FunctionUse> uses, Duration counted) {
  CHECK(counted > Duration());
  std::vector<MonthlyUse> months;
  Amount requests = 0;
  ArchitectureTotal x86;
  ArchitectureTotal arm;
  for (const FunctionUse& use : uses) {
    months.push_back(MonthOf(profile, use, counted));
    requests += months.back().requests;
    (use.architecture == Architecture::kX86 ? x86 : arm).used += months.back().on_demand;
  }
  const bool free = free_tier == FreeTier::kDeducted;
  const Amount free_requests =
      free ? std::min(requests, static_cast<Amount>(profile.free_requests)) : 0;
  const Amount free_use =
      free ? std::min(x86.used + arm.used,
                      static_cast<Amount>(profile.free_gb_seconds) * kMibMsPerGbSecond)
           : 0;
  // The free GB-seconds are of both architectures together.
  Shares free_shares(free_use, x86.used + arm.used);
  x86.cost = PriceTiers(x86.used - free_shares.Next(x86.used), profile.x86);
  arm.cost = PriceTiers(arm.used - free_shares.Next(arm.used), profile.arm);

  Shares request_shares((requests - free_requests) * static_cast<Amount>(profile.per_request),
                        requests);
  Shares x86_shares(x86.cost, x86.used);
  Shares arm_shares(arm.cost, arm.used);
  CostReport report;
  for (size_t i = 0; i < uses.size(); ++i) {
    const MonthlyUse& month = months[i];
    const bool is_x86 = uses[i].architecture == Architecture::kX86;
    const ArchitecturePrices& prices = is_x86 ? profile.x86 : profile.arm;
    const auto dollars = [](Amount amount) { return static_cast<PicoDollars>(amount); };
    FunctionCost cost{
        .name = uses[i].name,
        .run = {},
        .month = {.requests = dollars(request_shares.Next(month.requests)),
                  .on_demand = dollars((is_x86 ? x86_shares : arm_shares).Next(month.on_demand)),
                  .provisioned_allocated =
                      dollars(PriceGbSeconds(month.allocated, prices.provisioned_per_gb_second)),
                  .provisioned_duration = dollars(
                      PriceGbSeconds(month.provisioned, prices.provisioned_duration_per_gb_second)),
                  .tmp = dollars(PriceGbSeconds(month.tmp, profile.tmp_per_gb_second))}};
    cost.run = PartOf(cost.month, counted);
    report.run += cost.run;
    report.month += cost.month;
    report.functions.push_back(std::move(cost));
  }
  return report;
}

std::string FormatDollars(PicoDollars amount) {
  if (amount < 0) return absl::StrCat("-", FormatDollars(-amount));
  // The last decimal that is shown, counted from the point.
  int decimals = 2;
  for (PicoDollars unit = kPicoDollarsPerDollar; amount > 0 && amount < unit && decimals < 12;
       unit /= 10) {
    ++decimals;
  }
  PicoDollars unit = kPicoDollarsPerDollar;
  for (int i = 0; i < decimals; ++i) unit /= 10;
  const Amount rounded = static_cast<Amount>((amount + unit / 2) / unit);
  const Amount per_dollar = static_cast<Amount>(kPicoDollarsPerDollar / unit);
  std::string digits = Digits(rounded % per_dollar);
  digits.insert(0, static_cast<size_t>(decimals) - digits.size(), '0');
  while (digits.size() > 2 && digits.back() == '0') digits.pop_back();
  return absl::StrCat("$", Digits(rounded / per_dollar), ".", digits);
}

}  // namespace floe
