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

TEST(DrawsTest, SubDrawsBelongToOneNumberOfOneStream) {
  const DrawStream stream(1, 2, DrawPurpose::kRun);
  EXPECT_EQ(stream.SubDraws(7).Word(0), stream.SubDraws(7).Word(0));
  std::set<uint64_t> words = {stream.Word(7), stream.SubDraws(7).Word(0),
                              stream.SubDraws(7).Word(1), stream.SubDraws(8).Word(0)};
  words.insert(DrawStream(1, 2, DrawPurpose::kInit).SubDraws(7).Word(0));
  EXPECT_EQ(words.size(), 5u);
}

TEST(DrawsTest, CosinesAgreeWithTheLibrary) {
  for (int i = -1'000; i <= 1'000; ++i) {
    const double turns = i / 1'000.0;
    EXPECT_NEAR(CosineOfTurns(turns), std::cos(2 * 3.14159265358979323846 * turns), 1e-15) << i;
  }
  EXPECT_EQ(CosineOfTurns(0), 1);
  EXPECT_EQ(CosineOfTurns(0.5), -1);
}

TEST(DrawsTest, PowersAreExponentialsOfLogarithms) {
  double values[] = {1e-16, 0.25, 1, 2, 37};
  ScalePowers(3, 1.5, absl::MakeSpan(values));
  EXPECT_NEAR(values[0], 3e-24, 1e-37);
  EXPECT_NEAR(values[1], 0.375, 1e-15);
  EXPECT_EQ(values[2], 3);
  EXPECT_NEAR(values[3], 3 * std::sqrt(8.0), 1e-14);
  EXPECT_NEAR(values[4], 3 * std::sqrt(37.0 * 37 * 37), 1e-12);
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

}  // namespace
}  // namespace floe
