#include "simulator/draws.h"

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

TEST(DrawsTest, ADrawDependsOnItsStreamAndNumberOnly) {
  const DrawStream stream(1, 2, DrawPurpose::kRun);
  EXPECT_EQ(stream.Word(7), DrawStream(1, 2, DrawPurpose::kRun).Word(7));
  std::set<uint64_t> words = {stream.Word(7), stream.Word(8)};
  words.insert(DrawStream(2, 2, DrawPurpose::kRun).Word(7));
  words.insert(DrawStream(1, 3, DrawPurpose::kRun).Word(7));
  words.insert(DrawStream(1, 2, DrawPurpose::kInit).Word(7));
  EXPECT_EQ(words.size(), 5u);
}

TEST(DrawsTest, ManyAtOnceAreTheSameBitsAsOneByOne) {
  const DrawStream stream(1, 0, DrawPurpose::kRun);
  for (const LengthModel& model :
       {LengthModel(ConstantLength{Duration::Seconds(1)}),
        LengthModel(ExponentialLength{Duration::Seconds(1)}),
        LengthModel(LogNormalLength{.median = Duration::Seconds(1), .sigma = 2})}) {
    const LengthSampler sampler(model);
    std::vector<int64_t> many(500);
    sampler.DrawMany(stream, 3, absl::MakeSpan(many));
    for (size_t i = 0; i < many.size(); ++i) {
      ASSERT_EQ(Duration::Nanoseconds(many[i]), sampler.Draw(stream, 3 + i)) << i;
    }
  }
}

TEST(DrawsTest, LogAndExpAgreeWithTheLibrary) {
  for (const double u : {0x1p-54, 1e-9, 0.1, 0.5, 0.70710678, 0.7071068, 0.9, 1 - 0x1p-53}) {
    EXPECT_NEAR(NegativeLog(u), -std::log(u), 8e-16 * -std::log(u)) << u;
  }
  for (const double x : {-700.0, -30.0, -0.34657, 0.0, 1e-12, 0.5, 1.0, 37.4, 700.0}) {
    EXPECT_NEAR(Exp(x), std::exp(x), 1e-15 * std::exp(x)) << x;
  }
}

TEST(DrawsTest, TheNormalQuantileInvertsTheDistribution) {
  for (const double u : {1e-12, 1e-6, 0.001, 0.0749, 0.075, 0.3, 0.5, 0.9, 0.925, 0.9251, 0.999}) {
    const double z = NormalQuantile(u);
    EXPECT_NEAR(0.5 * std::erfc(-z / std::sqrt(2.0)), u, 1e-13 * u + 1e-16) << u;
  }
  EXPECT_EQ(NormalQuantile(0.5), 0);
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments MomentsOf(const LengthModel& model) {
  constexpr size_t kDraws = 200'000;
  std::vector<int64_t> draws(kDraws);
  LengthSampler(model).DrawMany(DrawStream(1, 0, DrawPurpose::kRun), 0, absl::MakeSpan(draws));
  double sum = 0;
  double squares = 0;
  for (const int64_t draw : draws) {
    const double seconds = static_cast<double>(draw) * 1e-9;
    sum += seconds;
    squares += seconds * seconds;
  }
  const double mean = sum / kDraws;
  return {.mean = mean, .deviation = std::sqrt(squares / kDraws - mean * mean)};
}

TEST(DrawsTest, ExponentialLengthsHaveTheirMeanAsDeviation) {
  const Moments moments = MomentsOf(ExponentialLength{Duration::Seconds(2)});
  EXPECT_NEAR(moments.mean, 2, 0.02);
  EXPECT_NEAR(moments.deviation, 2, 0.03);
}

TEST(DrawsTest, LogNormalLengthsHaveTheKnownMoments) {
  const Moments moments = MomentsOf(LogNormalLength{.median = Duration::Seconds(2), .sigma = 0.5});
  const double mean = 2 * std::exp(0.125);
  EXPECT_NEAR(moments.mean, mean, 0.01);
  EXPECT_NEAR(moments.deviation, mean * std::sqrt(std::exp(0.25) - 1), 0.02);
}

TEST(DrawsTest, LengthsAreCutOffAtTheirLimit) {
  const LengthSampler sampler(LogNormalLength{.median = kLengthMax, .sigma = 8});
  Duration longest;
  for (uint64_t number = 0; number < 100; ++number) {
    longest = std::max(longest, sampler.Draw(DrawStream(1, 0, DrawPurpose::kRun), number));
  }
  EXPECT_EQ(longest, kLengthMax);
}

}  // namespace
}  // namespace floe
