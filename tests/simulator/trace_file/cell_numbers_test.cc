#include "simulator/trace_file/cell_numbers.h"

#include <optional>

#include "gtest/gtest.h"

namespace floe {
namespace {

constexpr int64_t kBillion = 1'000'000'000;

TEST(CellNumbersTest, DecimalsAreExactBillionths) {
  EXPECT_EQ(ParseBillionths("0"), 0);
  EXPECT_EQ(ParseBillionths("12"), 12 * kBillion);
  EXPECT_EQ(ParseBillionths("12."), 12 * kBillion);
  EXPECT_EQ(ParseBillionths(".5"), kBillion / 2);
  EXPECT_EQ(ParseBillionths("0.000000001"), 1);
  EXPECT_EQ(ParseBillionths("1754746496.789"), 1'754'746'496'789'000'000);
  EXPECT_EQ(ParseBillionths("007"), 7 * kBillion);
}

TEST(CellNumbersTest, FurtherDigitsAreRoundedToTheNearest) {
  EXPECT_EQ(ParseBillionths("0.07949090003967285"), 79'490'900);
  EXPECT_EQ(ParseBillionths("0.0000000004999"), 0);
  EXPECT_EQ(ParseBillionths("0.0000000005"), 1);
  EXPECT_EQ(ParseBillionths("0.9999999999"), kBillion);
}

TEST(CellNumbersTest, ExponentsAreRead) {
  EXPECT_EQ(ParseBillionths("1.5e3"), 1'500 * kBillion);
  EXPECT_EQ(ParseBillionths("2E-05"), 20'000);
  EXPECT_EQ(ParseBillionths("1e-300"), 0);
}

TEST(CellNumbersTest, DecimalsEndAtNineBillion) {
  EXPECT_EQ(ParseBillionths("9000000000"), 9 * kBillion * kBillion);
  EXPECT_EQ(ParseBillionths("9000000000.000000001"), std::nullopt);
  EXPECT_EQ(ParseBillionths("9000000001"), std::nullopt);
  EXPECT_EQ(ParseBillionths("99999999999999999999"), std::nullopt);
  EXPECT_EQ(ParseBillionths("9.1e9"), std::nullopt);
  EXPECT_EQ(ParseBillionths("1e999"), std::nullopt);
}

TEST(CellNumbersTest, WhatIsNoDecimalIsRefused) {
  for (const char* cell : {"", ".", "-1", "+1", " 1", "1 ", "1,5", "0x10", "nan", "inf", "1e", "e5",
                           "1.2.3", "1_000", "1.5f", "-1e5", "1e5x"}) {
    EXPECT_EQ(ParseBillionths(cell), std::nullopt) << cell;
  }
}

TEST(CellNumbersTest, CountsAreWholeNumbers) {
  EXPECT_EQ(ParseCount("0"), 0);
  EXPECT_EQ(ParseCount("12.0"), 12);
  EXPECT_EQ(ParseCount("12."), 12);
  EXPECT_EQ(ParseCount("999999999999999999"), 999'999'999'999'999'999);
  for (const char* cell : {"", "-1", "1.5", "1e3", " 1", "1000000000000000000", ".0", "x"}) {
    EXPECT_EQ(ParseCount(cell), std::nullopt) << cell;
  }
}

TEST(CellNumbersTest, DatesAreNanosecondsSince1970) {
  EXPECT_EQ(ParseDateTime("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(ParseDateTime("2001-09-09T01:46:40Z"), kBillion * kBillion);
  EXPECT_EQ(ParseDateTime("2026-08-09T12:34:56.789Z"), 1'786'278'896'789'000'000);
  EXPECT_EQ(ParseDateTime("2000-02-29T23:59:59.999999999Z"), 951'868'799'999'999'999);
  EXPECT_EQ(ParseDateTime("2200-12-31T23:59:59Z"), 7'289'654'399 * kBillion);
}

TEST(CellNumbersTest, DatesMayHaveAZoneABlankAndMoreDigits) {
  const std::optional<int64_t> noon = ParseDateTime("2026-08-09T12:00:00Z");
  EXPECT_EQ(ParseDateTime("2026-08-09T13:30:00+01:30"), noon);
  EXPECT_EQ(ParseDateTime("2026-08-09T04:00:00-08:00"), noon);
  EXPECT_EQ(ParseDateTime("2026-08-09 12:00:00"), noon);
  EXPECT_EQ(ParseDateTime("2026-08-09t12:00:00.0000000009z"), noon);
  EXPECT_EQ(ParseDateTime("2026-08-09T11:59:60Z"), noon);
}

TEST(CellNumbersTest, WhatIsNoDateIsRefused) {
  for (const char* cell :
       {"", "2026-08-09", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-08-09T24:00:00Z", "2026-08-09T00:60:00Z", "2026-08-09T00:00:61Z",
        "1969-12-31T23:59:59Z", "2201-01-01T00:00:00Z", "2026-08-09T00:00:00.Z",
        "2026-08-09T00:00:00+1:00", "2026-08-09T00:00:00+24:00", "2026-08-09T00:00:00Zx",
        "2026-8-9T00:00:00Z", "1970-01-01T00:00:00+00:01", "2026-04-31T00:00:00Z"}) {
    EXPECT_EQ(ParseDateTime(cell), std::nullopt) << cell;
  }
}

}  // namespace
}  // namespace floe
