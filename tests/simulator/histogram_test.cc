#include "simulator/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

Duration Ns(int64_t n) {
  return Duration::Nanoseconds(n);
}

TEST(HistogramTest, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.Quantile(0.5), Duration());
  EXPECT_EQ(histogram.min(), Duration());
  EXPECT_EQ(histogram.max(), Duration());
  EXPECT_EQ(histogram.mean_seconds(), 0);
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (int64_t n = 1; n <= 100; ++n) histogram.Add(Ns(n));
  EXPECT_EQ(histogram.Quantile(0), Ns(1));
  EXPECT_EQ(histogram.Quantile(0.01), Ns(1));
  EXPECT_EQ(histogram.Quantile(0.5), Ns(50));
  EXPECT_EQ(histogram.Quantile(0.501), Ns(51));
  EXPECT_EQ(histogram.Quantile(1), Ns(100));
}

TEST(HistogramTest, AnySingleValueComesBackExactly) {
  for (const int64_t n :
       {int64_t{0}, int64_t{127}, int64_t{128}, int64_t{1'000'000'007}, INT64_MAX}) {
    Histogram histogram;
    histogram.Add(Ns(n));
    EXPECT_EQ(histogram.Quantile(0.5), Ns(n));
  }
}

TEST(HistogramTest, NegativeValuesCountAsZero) {
  Histogram histogram;
  histogram.Add(Ns(-1));
  EXPECT_EQ(histogram.max(), Duration());
  EXPECT_EQ(histogram.count(), 1u);
}

TEST(HistogramTest, QuantilesLieWithinFourTenthsOfAPercent) {
  Prng prng(3);
  Histogram histogram;
  std::vector<int64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<int64_t>(PortableExp(12 + 4 * prng.Normal())));
    histogram.Add(Ns(values.back()));
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<size_t>(std::ceil(quantile * 20'000));
    const auto exact = static_cast<double>(values[rank - 1]);
    EXPECT_NEAR(static_cast<double>(histogram.Quantile(quantile).nanoseconds()), exact,
                0.004 * exact)
        << quantile;
  }
  EXPECT_EQ(histogram.min(), Ns(values.front()));
  EXPECT_EQ(histogram.max(), Ns(values.back()));
}

TEST(HistogramTest, MergingIsTheSameAsAddingEverythingToOne) {
  Prng prng(5);
  Histogram all;
  Histogram low;
  Histogram high;
  for (int i = 0; i < 1'000; ++i) {
    const auto n = static_cast<int64_t>(prng.Below(1'000'000));
    all.Add(Ns(n));
    (n < 1'000 ? low : high).Add(Ns(n));
  }
  high.Merge(low);
  high.Merge(Histogram());
  EXPECT_EQ(high.count(), all.count());
  EXPECT_EQ(high.mean_seconds(), all.mean_seconds());
  for (int percent = 0; percent <= 100; ++percent) {
    EXPECT_EQ(high.Quantile(percent / 100.0), all.Quantile(percent / 100.0)) << percent;
  }
}

TEST(HistogramTest, ComesBackFromItsParts) {
  Histogram histogram;
  for (const int64_t ns : {3, 500, 70'000, 1'000'000'007}) histogram.Add(Duration::Nanoseconds(ns));
  const std::optional<Histogram> back = Histogram::FromParts(histogram.ToParts());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->count(), 4u);
  EXPECT_EQ(back->min(), Duration::Nanoseconds(3));
  EXPECT_EQ(back->max(), Duration::Nanoseconds(1'000'000'007));
  EXPECT_EQ(back->mean_seconds(), histogram.mean_seconds());
  EXPECT_EQ(back->Quantile(0.5), histogram.Quantile(0.5));
  EXPECT_TRUE(Histogram::FromParts(Histogram().ToParts()).has_value());
}

TEST(HistogramTest, RefusesPartsThatNoHistogramHas) {
  Histogram histogram;
  histogram.Add(Duration::Nanoseconds(3));
  Histogram::Parts parts = histogram.ToParts();
  parts.first_bucket = 1;
  EXPECT_FALSE(Histogram::FromParts(parts).has_value());
  parts = histogram.ToParts();
  parts.counts.pop_back();
  EXPECT_FALSE(Histogram::FromParts(parts).has_value());
  parts = histogram.ToParts();
  parts.min_ns = 4;
  EXPECT_FALSE(Histogram::FromParts(parts).has_value());
  parts = histogram.ToParts();
  parts.counts.resize(size_t{128} * 1'000);
  EXPECT_FALSE(Histogram::FromParts(parts).has_value());
  parts = histogram.ToParts();
  parts.counts[0] = UINT64_MAX;
  EXPECT_FALSE(Histogram::FromParts(parts).has_value());
}

}  // namespace
}  // namespace floe
