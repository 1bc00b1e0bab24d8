#include "experiment/estimate.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace floe {
namespace {

// Values of the tables that every statistics book has, to more digits.
TEST(StudentQuantileTest, IsThatOfTheTables) {
  EXPECT_NEAR(StudentQuantile(0.95, 1), 12.7062047361747, 1e-11);
  EXPECT_NEAR(StudentQuantile(0.95, 2), 4.30265272974946, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.95, 3), 3.18244630528371, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.95, 4), 2.77644510519779, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.95, 9), 2.26215716279820, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.99, 9), 3.24983554159213, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.9, 30), 1.69726088659396, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.99, 1), 63.6567411628717, 1e-10);
  EXPECT_NEAR(StudentQuantile(0.5, 1), 1, 1e-14);
}

TEST(StudentQuantileTest, NearsTheNormalOneWithManyDegrees) {
  EXPECT_NEAR(StudentQuantile(0.95, 1'000'000), 1.95996636, 1e-8);
  EXPECT_NEAR(StudentQuantile(0.95, 1'000'001), 1.95996636, 1e-8);
}

TEST(AccumulatorTest, GivesMeanErrorAndInterval) {
  // Variance 2.5, so the standard error is sqrt(0.5); t of 4 degrees is 2.776445.
  const Estimate estimate = EstimateMean({1, 2, 3, 4, 5}, 0.95);
  EXPECT_DOUBLE_EQ(estimate.mean, 3);
  EXPECT_DOUBLE_EQ(estimate.standard_error, std::sqrt(0.5));
  EXPECT_NEAR(estimate.low, 3 - 1.963243161, 1e-9);
  EXPECT_NEAR(estimate.high, 3 + 1.963243161, 1e-9);
  EXPECT_EQ(estimate.samples, 5);
}

TEST(AccumulatorTest, KeepsItsDigitsFarFromZero) {
  const Estimate estimate = EstimateMean({1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4, 1e9 + 5}, 0.95);
  EXPECT_DOUBLE_EQ(estimate.standard_error, std::sqrt(0.5));
}

TEST(AccumulatorTest, LeavesOutWhatIsNoNumber) {
  const Estimate estimate = EstimateMean({1, kNoNumber, 3}, 0.95);
  EXPECT_EQ(estimate.samples, 2);
  EXPECT_DOUBLE_EQ(estimate.mean, 2);
}

TEST(AccumulatorTest, HasNoIntervalWithLessThanTwoSamples) {
  const Estimate one = EstimateMean({7}, 0.95);
  EXPECT_EQ(one.mean, 7);
  EXPECT_FALSE(one.has_interval());
  EXPECT_TRUE(std::isnan(one.low));
  EXPECT_TRUE(std::isnan(one.high));
  EXPECT_TRUE(std::isnan(EstimateMean({}, 0.95).mean));
  EXPECT_EQ(EstimateMean({kNoNumber}, 0.95).samples, 0);
}

TEST(AccumulatorTest, OfEqualValuesTheIntervalIsOnePoint) {
  const Estimate estimate = EstimateMean({0.25, 0.25, 0.25}, 0.95);
  EXPECT_EQ(estimate.low, 0.25);
  EXPECT_EQ(estimate.high, 0.25);
}

TEST(PairedDifferenceTest, SeesADifferenceThatIsSmallBesideTheSpread) {
  const std::vector<double> a = {10.1, 20.2, 30.1, 40.2};
  const std::vector<double> b = {10, 20, 30, 40};
  const Estimate difference = EstimatePairedDifference(a, b, 0.95);
  EXPECT_NEAR(difference.mean, 0.15, 1e-12);
  EXPECT_GT(difference.low, 0);
  EXPECT_EQ(EstimatePairedDifference({1, kNoNumber, 3}, {kNoNumber, 2, 1}, 0.95).samples, 1);
}

}  // namespace
}  // namespace floe
