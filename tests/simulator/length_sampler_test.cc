#include "simulator/length_sampler.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "simulator/draws.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

constexpr size_t kDraws = 100'000;

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

LengthModel Mixture(std::vector<MixtureLength::Part> parts) {
  return std::make_shared<const MixtureLength>(MixtureLength{std::move(parts)});
}

EmpiricalLength FourQuantiles() {
  return {{{0, Ms(10)}, {0.5, Ms(20)}, {0.9, Ms(20)}, {0.99, Ms(100)}, {1, Ms(1'000)}}};
}

// Seconds, in the order of the draws.
std::vector<double> DrawSeconds(const LengthModel& model, size_t count = kDraws) {
  std::vector<int64_t> nanoseconds(count);
  LengthSampler(model).DrawMany(DrawStream(1, 0, DrawPurpose::kRun), 0,
                                absl::MakeSpan(nanoseconds));
  std::vector<double> seconds;
  seconds.reserve(count);
  for (const int64_t draw : nanoseconds) seconds.push_back(static_cast<double>(draw) * 1e-9);
  return seconds;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments MomentsOf(const LengthModel& model) {
  double sum = 0;
  double squares = 0;
  for (const double draw : DrawSeconds(model)) {
    sum += draw;
    squares += draw * draw;
  }
  const double mean = sum / kDraws;
  return {.mean = mean, .deviation = std::sqrt(squares / kDraws - mean * mean)};
}

// The share of draws below each quantile is the quantile's probability, within five standard
// errors.
void ExpectQuantiles(const LengthModel& model, const std::function<double(double)>& quantile) {
  std::vector<double> draws = DrawSeconds(model);
  std::sort(draws.begin(), draws.end());
  for (const double p : {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999}) {
    const double value = quantile(p);
    // Nearer to 0, rounding to nanoseconds matters.
    if (value < 1e-7 || value >= kLengthMax.seconds()) continue;
    const auto below = std::lower_bound(draws.begin(), draws.end(), value) - draws.begin();
    EXPECT_NEAR(static_cast<double>(below) / kDraws, p, 5 * std::sqrt(p * (1 - p) / kDraws)) << p;
  }
}

// The gamma distribution function for a whole `shape` and mean 1.
double ErlangShareBelow(double x, int shape) {
  double term = 1;
  double sum = 0;
  for (int k = 0; k < shape; ++k) {
    sum += term;
    term *= x * shape / (k + 1);
  }
  return std::max(0.0, 1 - sum * std::exp(-x * shape));
}

TEST(LengthSamplerTest, ManyAtOnceAreTheSameBitsAsOneByOne) {
  const DrawStream stream(1, 0, DrawPurpose::kRun);
  const std::vector<LengthModel> models = {
      ConstantLength{Ms(1'000)},
      ExponentialLength{Ms(1'000)},
      LogNormalLength{.median = Ms(1'000), .sigma = 2},
      GammaLength{.mean = Ms(1'000), .shape = 0.3},
      GammaLength{.mean = Ms(1'000), .shape = 7.5},
      WeibullLength{.scale = Ms(1'000), .shape = 0.6},
      ParetoLength{.scale = Ms(1'000), .shape = 1.5},
      FourQuantiles(),
      Mixture({{.weight = 9, .length = GammaLength{.mean = Ms(10), .shape = 2}},
               {.weight = 1, .length = ExponentialLength{Ms(1'000)}}})};
  for (size_t m = 0; m < models.size(); ++m) {
    const LengthSampler sampler(models[m]);
    std::vector<int64_t> many(500);
    sampler.DrawMany(stream, 3, absl::MakeSpan(many));
    for (size_t i = 0; i < many.size(); ++i) {
      ASSERT_EQ(Duration::Nanoseconds(many[i]), sampler.Draw(stream, 3 + i)) << m << " " << i;
    }
  }
}

// Computed once with gcc at -O3 on x86-64. Other compilers and levels must agree to the bit.
TEST(LengthSamplerTest, DrawsAreTheSameBitsOnEveryMachine) {
  const auto sum_of = [](const LengthModel& model) {
    std::vector<int64_t> draws(10'000);
    LengthSampler(model).DrawMany(DrawStream(42, 7, DrawPurpose::kInit), 0, absl::MakeSpan(draws));
    uint64_t sum = 0;
    for (const int64_t draw : draws) sum = sum * 31 + static_cast<uint64_t>(draw);
    return sum;
  };
  EXPECT_EQ(sum_of(GammaLength{.mean = Ms(1'000), .shape = 0.5}), 4394062260182237215u);
  EXPECT_EQ(sum_of(GammaLength{.mean = Ms(1'000), .shape = 3}), 2673925035620553271u);
  EXPECT_EQ(sum_of(WeibullLength{.scale = Ms(1'000), .shape = 0.5}), 11188823947092743866u);
  EXPECT_EQ(sum_of(ParetoLength{.scale = Ms(1'000), .shape = 1.5}), 10992119898338284217u);
  EXPECT_EQ(sum_of(FourQuantiles()), 7986011272701878450u);
}

TEST(LengthSamplerTest, ExponentialLengthsHaveTheirMeanAsDeviation) {
  const Moments moments = MomentsOf(ExponentialLength{Ms(2'000)});
  EXPECT_NEAR(moments.mean, 2, 0.032);
  EXPECT_NEAR(moments.deviation, 2, 0.05);
}

TEST(LengthSamplerTest, LogNormalLengthsHaveTheKnownMoments) {
  const Moments moments = MomentsOf(LogNormalLength{.median = Ms(2'000), .sigma = 0.5});
  const double mean = 2 * std::exp(0.125);
  EXPECT_NEAR(moments.mean, mean, 0.02);
  EXPECT_NEAR(moments.deviation, mean * std::sqrt(std::exp(0.25) - 1), 0.03);
}

TEST(LengthSamplerTest, GammaLengthsHaveTheKnownMoments) {
  for (const double shape : {0.1, 0.5, 1.0, 2.5, 30.0, 1'000.0}) {
    SCOPED_TRACE(shape);
    const Moments moments = MomentsOf(GammaLength{.mean = Ms(2'000), .shape = shape});
    const double deviation = 2 / std::sqrt(shape);
    EXPECT_NEAR(moments.mean, 2, 5 * deviation / std::sqrt(kDraws));
    // The variance of the sample variance: sigma^4 (2 + 6 / shape) / n.
    EXPECT_NEAR(moments.deviation, deviation,
                5 * deviation * std::sqrt((2 + 6 / shape) / kDraws) / 2);
  }
}

TEST(LengthSamplerTest, GammaLengthsOfAWholeShapeAreErlangs) {
  for (const int shape : {1, 3, 20}) {
    SCOPED_TRACE(shape);
    std::vector<double> draws =
        DrawSeconds(GammaLength{.mean = Ms(1'000), .shape = static_cast<double>(shape)});
    std::sort(draws.begin(), draws.end());
    for (const double x : {0.05, 0.2, 0.5, 0.9, 1.0, 1.5, 2.0, 4.0}) {
      const auto below = std::lower_bound(draws.begin(), draws.end(), x) - draws.begin();
      const double p = ErlangShareBelow(x, shape);
      EXPECT_NEAR(static_cast<double>(below) / kDraws, p,
                  5 * std::sqrt(p * (1 - p) / kDraws) + 1e-9)
          << x;
    }
  }
}

TEST(LengthSamplerTest, GammaLengthsOfShapeOneHalfAreSquaredNormals) {
  // With shape 1/2 and mean 1 the length is the square of a standard normal.
  std::vector<double> draws = DrawSeconds(GammaLength{.mean = Ms(1'000), .shape = 0.5});
  std::sort(draws.begin(), draws.end());
  for (const double x : {1e-6, 1e-3, 0.1, 1.0, 4.0, 9.0}) {
    const auto below = std::lower_bound(draws.begin(), draws.end(), x) - draws.begin();
    const double p = std::erf(std::sqrt(x / 2));
    EXPECT_NEAR(static_cast<double>(below) / kDraws, p, 5 * std::sqrt(p * (1 - p) / kDraws)) << x;
  }
}

TEST(LengthSamplerTest, WeibullLengthsHaveTheKnownQuantilesAndMean) {
  for (const double shape : {0.2, 1.0, 3.0, 100.0}) {
    SCOPED_TRACE(shape);
    const WeibullLength model{.scale = Ms(2'000), .shape = shape};
    ExpectQuantiles(model, [shape](double p) { return 2 * std::pow(-std::log1p(-p), 1 / shape); });
  }
  EXPECT_NEAR(MomentsOf(WeibullLength{.scale = Ms(2'000), .shape = 2}).mean, 2 * std::tgamma(1.5),
              0.01);
}

TEST(LengthSamplerTest, ParetoLengthsHaveTheKnownQuantilesAndMean) {
  for (const double shape : {0.1, 1.5, 10.0, 1'000.0}) {
    SCOPED_TRACE(shape);
    const ParetoLength model{.scale = Ms(2), .shape = shape};
    ExpectQuantiles(model,
                    [shape](double p) { return 0.002 * std::expm1(-std::log1p(-p) / shape); });
  }
  EXPECT_NEAR(MomentsOf(ParetoLength{.scale = Ms(2'000), .shape = 5}).mean, 2.0 / 4, 0.01);
}

TEST(LengthSamplerTest, EmpiricalLengthsGoThroughTheirQuantiles) {
  std::vector<double> draws = DrawSeconds(FourQuantiles());
  std::sort(draws.begin(), draws.end());
  EXPECT_GE(draws.front(), 0.010);
  EXPECT_LE(draws.back(), 1.0);
  const auto share_below = [&draws](double x) {
    return static_cast<double>(std::lower_bound(draws.begin(), draws.end(), x) - draws.begin()) /
           kDraws;
  };
  EXPECT_NEAR(share_below(0.015), 0.25, 0.007);
  EXPECT_NEAR(share_below(0.020), 0.5, 0.008);
  EXPECT_NEAR(share_below(0.020'000'001), 0.9, 0.005);
  EXPECT_NEAR(share_below(0.060), 0.945, 0.004);
  EXPECT_NEAR(share_below(0.100), 0.99, 0.0016);
  EXPECT_NEAR(share_below(0.550), 0.995, 0.0012);
}

TEST(LengthSamplerTest, EmpiricalLengthsMayJump) {
  const EmpiricalLength jump{{{0, Ms(1)}, {0, Ms(5)}, {0.5, Ms(5)}, {0.5, Ms(9)}, {1, Ms(9)}}};
  size_t low = 0;
  for (const double draw : DrawSeconds(jump)) {
    ASSERT_TRUE(std::abs(draw - 0.005) < 1e-12 || std::abs(draw - 0.009) < 1e-12) << draw;
    if (draw < 0.006) ++low;
  }
  EXPECT_NEAR(static_cast<double>(low) / kDraws, 0.5, 0.008);
}

TEST(LengthSamplerTest, ManyQuantilesInOneHundredthOfTheRangeAreAllFound) {
  EmpiricalLength fine{{{0, Ms(0)}}};
  for (int i = 0; i <= 1'000; ++i) fine.quantiles.push_back({0.5 + i * 1e-5, Ms(i)});
  fine.quantiles.push_back({1, Ms(1'000)});
  ExpectQuantiles(EmpiricalLength{{{0, Ms(0)}, {0.3, Ms(300)}, {0.302, Ms(302)}, {1, Ms(1'000)}}},
                  [](double p) { return p; });
  std::vector<double> draws = DrawSeconds(fine);
  const auto middle = std::count_if(draws.begin(), draws.end(),
                                    [](double draw) { return draw >= 0.25 && draw < 0.75; });
  EXPECT_NEAR(static_cast<double>(middle) / kDraws, 0.005, 0.0012);
}

TEST(LengthSamplerTest, AMixtureChoosesItsPartsByTheirWeights) {
  size_t counts[3] = {};
  for (const double draw : DrawSeconds(Mixture({{.weight = 6, .length = ConstantLength{Ms(1)}},
                                                {.weight = 0, .length = ConstantLength{Ms(2)}},
                                                {.weight = 2, .length = ConstantLength{Ms(3)}}}))) {
    ++counts[draw < 0.0015 ? 0 : draw < 0.0025 ? 1 : 2];
  }
  EXPECT_NEAR(static_cast<double>(counts[0]) / kDraws, 0.75, 0.007);
  EXPECT_EQ(counts[1], 0u);
}

TEST(LengthSamplerTest, WhichPartIsChosenSaysNothingOfItsValue) {
  double sums[2] = {};
  double counts[2] = {};
  const LengthModel model =
      Mixture({{.weight = 1, .length = ExponentialLength{Ms(1)}},
               {.weight = 1, .length = EmpiricalLength{{{0, Ms(100'000)}, {1, Ms(100'001)}}}}});
  for (const double draw : DrawSeconds(model)) {
    const size_t part = draw < 50 ? 0 : 1;
    sums[part] += draw;
    ++counts[part];
  }
  EXPECT_NEAR(counts[0] / kDraws, 0.5, 0.008);
  EXPECT_NEAR(sums[0] / counts[0], 0.001, 0.000'023);
  EXPECT_NEAR(sums[1] / counts[1], 100.0005, 0.000'0065);
}

TEST(LengthSamplerTest, LengthsAreCutOffAtTheirLimit) {
  for (const LengthModel& model : {LengthModel(LogNormalLength{.median = kLengthMax, .sigma = 8}),
                                   LengthModel(ParetoLength{.scale = kLengthMax, .shape = 0.1}),
                                   LengthModel(WeibullLength{.scale = kLengthMax, .shape = 0.1})}) {
    std::vector<double> draws = DrawSeconds(model, 200);
    EXPECT_EQ(*std::max_element(draws.begin(), draws.end()), kLengthMax.seconds());
    EXPECT_GE(*std::min_element(draws.begin(), draws.end()), 0);
  }
}

}  // namespace
}  // namespace floe
