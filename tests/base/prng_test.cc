#include "base/prng.h"

#include <cmath>
#include <cstdint>

#include "gtest/gtest.h"

namespace floe {
namespace {

TEST(PrngTest, GivesTheSameNumbersForTheSameSeed) {
  Prng first(42);
  Prng second(42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.Next(), second.Next());
}

TEST(PrngTest, StreamsOfDifferentKeysDiffer) {
  Prng first = Prng::ForStream(42, 0);
  Prng second = Prng::ForStream(42, 1);
  EXPECT_NE(first.Next(), second.Next());
}

TEST(PrngTest, BelowStaysBelowItsBoundAndReachesBothEnds) {
  Prng prng(7);
  bool seen_zero = false;
  bool seen_last = false;
  for (int i = 0; i < 1'000; ++i) {
    const uint64_t value = prng.Below(10);
    ASSERT_LT(value, 10u);
    seen_zero |= value == 0;
    seen_last |= value == 9;
  }
  EXPECT_TRUE(seen_zero);
  EXPECT_TRUE(seen_last);
}

TEST(PrngTest, DrawWithNumeratorZeroIsNeverTrueAndWithEqualPartsAlways) {
  Prng prng(7);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_FALSE(prng.Draw({.numerator = 0, .denominator = 3}));
    EXPECT_TRUE(prng.Draw({.numerator = 3, .denominator = 3}));
  }
}

TEST(PrngTest, ExponentialHasMeanAndVarianceOne) {
  Prng prng(1);
  constexpr int kDraws = 1'000'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = prng.Exponential();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 1.0, 0.005);
  EXPECT_NEAR(squares / kDraws, 2.0, 0.02);
}

TEST(PrngTest, NormalHasMeanZeroAndVarianceOne) {
  Prng prng(1);
  constexpr int kDraws = 1'000'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = prng.Normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0.0, 0.005);
  EXPECT_NEAR(squares / kDraws, 1.0, 0.01);
}

TEST(PortableMathTest, LogAgreesWithTheLibraryOverTheWholeRange) {
  for (double x : {5e-324, 1e-310, 1e-300, 1e-9, 0.5, 0.999, 1.0, 1.001, 2.0, 10.0, 1e9, 1e308}) {
    EXPECT_NEAR(PortableLog(x), std::log(x), 4e-16 * std::abs(std::log(x))) << x;
  }
}

TEST(PortableMathTest, ExpAgreesWithTheLibraryOverTheWholeRange) {
  for (double x : {-745.0, -700.0, -10.0, -1.0, -1e-9, 0.0, 1e-9, 0.5, 1.0, 10.0, 700.0, 709.7}) {
    EXPECT_NEAR(PortableExp(x), std::exp(x), 1e-15 * std::exp(x) + 5e-324) << x;
  }
}

TEST(PortableMathTest, ExpSaturatesOutsideTheRange) {
  EXPECT_EQ(PortableExp(-746), 0);
  EXPECT_EQ(PortableExp(710), HUGE_VAL);
}

}  // namespace
}  // namespace floe
