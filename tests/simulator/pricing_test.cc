#include "simulator/pricing.h"

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "gtest/gtest.h"
#include "simulator/price_profile.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

constexpr PicoDollars kDollar = 1'000'000'000'000;
constexpr Duration kMonth = Duration::Hours(720);
// A GB-second in the unit of tallies.
constexpr uint64_t kGbSecond = 1'024'000;

const PriceProfile& Now() {
  return *FindPriceProfile("aws-us-east-1-2026");
}
const PriceProfile& Before() {
  return *FindPriceProfile("aws-us-east-1-2024");
}

FunctionUse OnDemand(const std::string& name, unsigned __int128 gb_seconds, uint64_t requests) {
  FunctionUse use{.name = name};
  use.tally.billed_mib_ms = gb_seconds * kGbSecond;
  use.tally.billed_requests = requests;
  return use;
}

// Tests print amounts as they are.
std::string Exact(PicoDollars amount) {
  std::string digits;
  for (; amount > 0; amount /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + amount % 10));
  return digits.empty() ? "0" : digits;
}

Cost MonthOf(const PriceProfile& profile, const std::vector<FunctionUse>& uses,
             FreeTier free_tier = FreeTier::kNotDeducted) {
  return PriceUse(profile, free_tier, uses, kMonth).month;
}

// AWS's example of a mobile back end: 3 million requests a month of 120 ms with 1,536 MB cost
// $2.73.
TEST(PricingTest, AwsMobileBackEndCostsWhatAwsSays) {
  const std::vector<FunctionUse> uses = {OnDemand("mobile", 540'000, 3'000'000)};
  const Cost cost = MonthOf(Now(), uses, FreeTier::kDeducted);
  EXPECT_EQ(Exact(cost.on_demand), "2333338000000");  // 140,000 GB-s.
  EXPECT_EQ(Exact(cost.requests), "400000000000");    // 2 million.
  EXPECT_EQ(FormatDollars(cost.total()), "$2.73");
}

TEST(PricingTest, WithoutTheFreeTierEverythingIsPaid) {
  const Cost cost = MonthOf(Now(), {OnDemand("mobile", 540'000, 3'000'000)});
  EXPECT_EQ(Exact(cost.on_demand), "9000018000000");
  EXPECT_EQ(Exact(cost.requests), "600000000000");
}

TEST(PricingTest, TheFreeTierIsNeverMoreThanTheUse) {
  EXPECT_EQ(Exact(MonthOf(Now(), {OnDemand("f", 400'000, 1'000'000)}, FreeTier::kDeducted).total()),
            "0");
  const Cost cost = MonthOf(Now(), {OnDemand("f", 400'001, 1'000'001)}, FreeTier::kDeducted);
  EXPECT_EQ(Exact(cost.on_demand), "16666700");
  EXPECT_EQ(Exact(cost.requests), "200000");
}

TEST(PricingTest, TiersBeginAfterTheirLastGbSecond) {
  EXPECT_EQ(Exact(MonthOf(Now(), {OnDemand("f", 6'000'000'000, 0)}).total()),
            "100000200000000000");  // $100,000.20
  EXPECT_EQ(Exact(MonthOf(Now(), {OnDemand("f", 6'000'000'001, 0)}).total()), "100000200015000000");
  EXPECT_EQ(Exact(MonthOf(Now(), {OnDemand("f", 15'000'000'001, 0)}).total()),
            "235000200013333400");
}

TEST(PricingTest, ArmHasItsOwnPricesAndTiers) {
  FunctionUse use = OnDemand("f", 7'500'000'001, 0);
  use.architecture = Architecture::kArm;
  EXPECT_EQ(Exact(MonthOf(Now(), {use}).total()), "100000500012000100");
}

TEST(PricingTest, TheFreeTierIsSharedByBothArchitectures) {
  FunctionUse arm = OnDemand("arm", 300'000, 0);
  arm.architecture = Architecture::kArm;
  const CostReport report =
      PriceUse(Now(), FreeTier::kDeducted, {OnDemand("x86", 300'000, 0), arm}, kMonth);
  EXPECT_EQ(Exact(report.functions[0].month.on_demand), "1666670000000");  // 100,000 GB-s.
  EXPECT_EQ(Exact(report.functions[1].month.on_demand), "1333340000000");
}

// Ten environments of 1 GB for two hours, of which half an hour of one was used.
TEST(PricingTest, ProvisionedConcurrencyIsPaidForBeingThereAndForRunning) {
  FunctionUse use = OnDemand("f", 0, 100);
  use.tally.allocated_mib_ms = 72'000 * kGbSecond;
  use.tally.billed_provisioned_mib_ms = 1'800 * kGbSecond;
  const Cost cost = MonthOf(Now(), {use}, FreeTier::kDeducted);
  EXPECT_EQ(Exact(cost.provisioned_allocated), "300002400000");
  EXPECT_EQ(Exact(cost.provisioned_duration), "17499960000");
  EXPECT_EQ(Exact(cost.on_demand), "0");
  EXPECT_EQ(FormatDollars(cost.total()), "$0.318");
}

TEST(PricingTest, TmpAboveTheFirst512MibIsPaid) {
  FunctionUse use = OnDemand("f", 0, 0);
  use.tally.billed_tmp_mib_ms = 1'000'000 * kGbSecond;
  EXPECT_EQ(Exact(MonthOf(Now(), {use}).tmp), "30900000000");
}

TEST(PricingTest, ManagedZipsPayForTheirInitSinceAugust2025) {
  FunctionUse use = OnDemand("f", 1'000, 0);
  use.tally.billed_init_mib_ms = 100 * kGbSecond;
  EXPECT_EQ(Exact(MonthOf(Now(), {use}).on_demand), "16666700000");
  EXPECT_EQ(Exact(MonthOf(Before(), {use}).on_demand), "15000030000");
}

TEST(PricingTest, ImagesAndCustomRuntimesHaveAlwaysPaidForTheirInit) {
  FunctionUse image = OnDemand("f", 1'000, 0);
  image.tally.billed_init_mib_ms = 100 * kGbSecond;
  image.package = Package::kImage;
  FunctionUse custom = image;
  custom.package = Package::kZip;
  custom.custom_runtime = true;
  EXPECT_EQ(Exact(MonthOf(Before(), {image}).on_demand), "16666700000");
  EXPECT_EQ(Exact(MonthOf(Before(), {custom}).on_demand), "16666700000");
}

TEST(PricingTest, AnHourIsScaledToAMonthOf720Hours) {
  const CostReport report =
      PriceUse(Now(), FreeTier::kNotDeducted, {OnDemand("f", 10, 5)}, Duration::Hours(1));
  EXPECT_EQ(Exact(report.month.on_demand), "120000240000");
  EXPECT_EQ(Exact(report.month.requests), "720000000");
  EXPECT_EQ(Exact(report.run.on_demand), "166667000");
  EXPECT_EQ(Exact(report.run.requests), "1000000");
}

TEST(PricingTest, WhatFunctionsCostAddsUpExactly) {
  std::vector<FunctionUse> uses;
  for (int i = 1; i <= 7; ++i) {
    uses.push_back(
        OnDemand("f", static_cast<unsigned>(1'000'003 * i), static_cast<uint64_t>(333'331 * i)));
    uses.back().tally.billed_mib_ms += static_cast<unsigned>(i);
    if (i % 2 == 0) uses.back().architecture = Architecture::kArm;
  }
  const CostReport report = PriceUse(Now(), FreeTier::kDeducted, uses, Duration::Seconds(12'345));
  Cost month;
  Cost run;
  for (const FunctionCost& function : report.functions) {
    month += function.month;
    run += function.run;
  }
  EXPECT_EQ(month, report.month);
  EXPECT_EQ(run, report.run);
}

TEST(PricingTest, NoUseCostsNothing) {
  EXPECT_EQ(MonthOf(Now(), {}), Cost());
  EXPECT_EQ(MonthOf(Now(), {OnDemand("f", 0, 0)}, FreeTier::kDeducted), Cost());
}

// Ten million environments with all memory, at every moment of the month.
TEST(PricingTest, TheGreatestUseIsCountedWithoutOverflow) {
  const unsigned __int128 gb_seconds = static_cast<unsigned __int128>(10'000'000) * 10 * 2'592'000;
  const Cost cost =
      MonthOf(Now(), {OnDemand("a", gb_seconds / 2, 0), OnDemand("b", gb_seconds / 2, 0)});
  // 6 G GB-seconds, 9 G, and the rest of 259,200 G.
  EXPECT_EQ(Exact(cost.total()), "3456052279200000000000");
}

TEST(PricingTest, ProfilesAreFoundByName) {
  EXPECT_EQ(FindPriceProfile("aws"), nullptr);
  EXPECT_EQ(PriceProfileNames(), "aws-us-east-1-2026 and aws-us-east-1-2024");
}

TEST(PricingTest, DollarsAreWrittenWithAsManyDigitsAsTheyNeed) {
  EXPECT_EQ(FormatDollars(0), "$0.00");
  EXPECT_EQ(FormatDollars(12 * kDollar), "$12.00");
  EXPECT_EQ(FormatDollars(12 * kDollar + 345'000'000'000), "$12.35");
  EXPECT_EQ(FormatDollars(kDollar - 1), "$1.00");
  EXPECT_EQ(FormatDollars(kDollar / 2), "$0.50");
  EXPECT_EQ(FormatDollars(3'100), "$0.0000000031");
  EXPECT_EQ(FormatDollars(1), "$0.000000000001");
  EXPECT_EQ(FormatDollars(-kDollar), "-$1.00");
}

}  // namespace
}  // namespace floe
