#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

LengthModel Mixture(std::vector<MixtureLength::Part> parts) {
  return std::make_shared<const MixtureLength>(MixtureLength{std::move(parts)});
}

// What is wrong with the model as a run time; empty if nothing is.
std::string ReasonAgainst(const LengthModel& model) {
  const Scenario scenario{.duration = Duration::Seconds(10),
                          .functions = {{.name = "f", .run = model}}};
  return std::string(ValidateScenario(scenario).message());
}

std::string ReasonAgainstArrivals(const Arrivals& arrivals) {
  const Scenario scenario{.duration = Duration::Seconds(10),
                          .functions = {{.name = "f", .arrivals = {arrivals}}}};
  return std::string(ValidateScenario(scenario).message());
}

TEST(WorkloadChecksTest, ShapesGoFromOneTenthToOneThousand) {
  for (const double shape : {0.1, 1.0, 1'000.0}) {
    EXPECT_EQ(ReasonAgainst(GammaLength{.mean = Ms(1), .shape = shape}), "");
    EXPECT_EQ(ReasonAgainst(WeibullLength{.scale = Ms(1), .shape = shape}), "");
    EXPECT_EQ(ReasonAgainst(ParetoLength{.scale = Ms(1), .shape = shape}), "");
  }
  EXPECT_EQ(ReasonAgainst(GammaLength{.mean = Ms(1), .shape = 0.09}),
            "functions[0].run.gamma.shape: is 0.09, must be 0.1 to 1000");
  EXPECT_THAT(ReasonAgainst(WeibullLength{.scale = Ms(1), .shape = 1'001}),
              HasSubstr("run.weibull.shape: is 1001"));
  EXPECT_THAT(ReasonAgainst(ParetoLength{.scale = Ms(1), .shape = kNan}),
              HasSubstr("run.pareto.shape: is nan"));
}

TEST(WorkloadChecksTest, ScalesGoFromANanosecondToAYear) {
  EXPECT_EQ(ReasonAgainst(GammaLength{.mean = Duration::Nanoseconds(1)}), "");
  EXPECT_THAT(ReasonAgainst(GammaLength{}), HasSubstr("run.gamma.mean: is 0 s"));
  EXPECT_EQ(ReasonAgainst(ParetoLength{.scale = kLengthMax}), "");
  EXPECT_THAT(ReasonAgainst(ParetoLength{.scale = kLengthMax + Duration::Nanoseconds(1)}),
              HasSubstr("run.pareto.scale"));
}

TEST(WorkloadChecksTest, QuantilesAscendFromZeroToOne) {
  EXPECT_EQ(ReasonAgainst(EmpiricalLength{{{0, Ms(1)}, {0.5, Ms(1)}, {0.5, Ms(2)}, {1, Ms(2)}}}),
            "");
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0, Ms(1)}}}), HasSubstr("their number: is 1"));
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0.1, Ms(1)}, {1, Ms(2)}}}),
              HasSubstr("the first must have probability 0"));
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0, Ms(1)}, {0.9, Ms(2)}}}),
              HasSubstr("the last must have probability 1"));
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0, Ms(1)}, {0.6, Ms(2)}, {0.5, Ms(3)}, {1, Ms(4)}}}),
              HasSubstr("quantiles[2].probability: is below the one before it"));
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0, Ms(2)}, {1, Ms(1)}}}),
              HasSubstr("quantiles[1].value: is below the one before it"));
  EXPECT_THAT(ReasonAgainst(EmpiricalLength{{{0, Ms(2)}, {kNan, Ms(2)}, {1, Ms(2)}}}),
              HasSubstr("quantiles[1].probability: is nan"));
}

TEST(WorkloadChecksTest, MixturesHaveUpTo16PartsOfSomeWeight) {
  const MixtureLength::Part part{.weight = 1, .length = ConstantLength{Ms(1)}};
  EXPECT_EQ(ReasonAgainst(Mixture({part})), "");
  EXPECT_EQ(ReasonAgainst(Mixture(std::vector<MixtureLength::Part>(16, part))), "");
  EXPECT_THAT(ReasonAgainst(Mixture(std::vector<MixtureLength::Part>(17, part))),
              HasSubstr("their number: is 17, must be 1 to 16"));
  EXPECT_THAT(ReasonAgainst(Mixture({})), HasSubstr("their number: is 0"));
  EXPECT_THAT(ReasonAgainst(Mixture({{.weight = 0, .length = ConstantLength{}}})),
              HasSubstr("have no weight"));
  EXPECT_THAT(ReasonAgainst(Mixture({part, {.weight = -1, .length = ConstantLength{}}})),
              HasSubstr("parts[1].weight: is -1"));
  EXPECT_THAT(ReasonAgainst(Mixture({{.weight = 1, .length = Mixture({part})}})),
              HasSubstr("parts[0].length: is a mixture itself"));
  EXPECT_THAT(ReasonAgainst(Mixture({{.weight = 1, .length = GammaLength{}}})),
              HasSubstr("parts[0].length.gamma.mean"));
  EXPECT_THAT(ReasonAgainst(std::shared_ptr<const MixtureLength>()), HasSubstr("is not given"));
}

TEST(WorkloadChecksTest, RenewalGapsHaveAMeanThatARunCanEndWith) {
  const auto with = [](const LengthModel& gap) {
    return ReasonAgainstArrivals(RenewalArrivals{.gap = gap});
  };
  EXPECT_EQ(with(ConstantLength{Duration::Nanoseconds(100)}), "");
  EXPECT_EQ(with(ConstantLength{Duration::Nanoseconds(99)}),
            "functions[0].arrivals[0].renewal.gap: is below 100 ns on average");
  EXPECT_THAT(with(EmpiricalLength{{{0, Duration()}, {1, Duration()}}}), HasSubstr("below 100 ns"));
  EXPECT_EQ(with(EmpiricalLength{{{0, Duration()}, {1, Duration::Nanoseconds(200)}}}), "");
  EXPECT_THAT(with(Mixture({{.weight = 1, .length = ConstantLength{}}})),
              HasSubstr("below 100 ns"));
  EXPECT_EQ(with(Mixture({{.weight = 99, .length = ConstantLength{}},
                          {.weight = 1, .length = ConstantLength{Ms(1)}}})),
            "");
  EXPECT_THAT(with(GammaLength{.mean = Ms(1), .shape = 0}), HasSubstr("renewal.gap.gamma.shape"));
}

TEST(WorkloadChecksTest, StatesHaveRatesAndStays) {
  const auto with = [](std::vector<MarkovModulatedArrivals::State> states) {
    return ReasonAgainstArrivals(MarkovModulatedArrivals{.states = std::move(states)});
  };
  EXPECT_EQ(with({{0, Ms(1)}, {5, Ms(1)}}), "");
  EXPECT_THAT(with({}), HasSubstr("markov_modulated.states: their number: is 0"));
  EXPECT_THAT(with({{0, Ms(1)}}), HasSubstr("none has a rate above 0"));
  EXPECT_THAT(with({{5, Duration::Microseconds(999)}}), HasSubstr("states[0].mean_stay"));
  EXPECT_THAT(with({{-1, Ms(1)}}), HasSubstr("states[0].rate_per_second: is -1"));
  EXPECT_THAT(with({{kNan, Ms(1)}}), HasSubstr("is nan"));
  EXPECT_THAT(with(std::vector<MarkovModulatedArrivals::State>(101, {1, Ms(1)})),
              HasSubstr("their number: is 101, must be 1 to 100"));
}

TEST(WorkloadChecksTest, RatePointsAscendWithinTheirPeriod) {
  const auto with = [](std::vector<RateArrivals::Point> points,
                       Duration period = Duration::Infinite()) {
    return ReasonAgainstArrivals(RateArrivals{.points = std::move(points), .period = period});
  };
  EXPECT_EQ(with({{Ms(0), 1}, {Ms(5), 0}}, Ms(6)), "");
  EXPECT_THAT(with({{Ms(0), 1}, {Ms(5), 0}}, Ms(5)), HasSubstr("before the end of the period"));
  EXPECT_THAT(with({{Ms(5), 1}, {Ms(5), 0}}), HasSubstr("points[1].at: is not after"));
  EXPECT_THAT(with({{Ms(5), 0}}), HasSubstr("none has a rate above 0"));
  EXPECT_THAT(with({}), HasSubstr("rate.points: their number: is 0"));
  EXPECT_THAT(with({{Ms(0), 1e8}}), HasSubstr("points[0].rate_per_second: is 1e+08"));
}

TEST(WorkloadChecksTest, ASineSwingsByItsMeanAtMost) {
  SineArrivals sine{.mean_rate_per_second = 1, .amplitude = 1};
  EXPECT_EQ(ReasonAgainstArrivals(sine), "");
  sine.amplitude = 1.01;
  EXPECT_THAT(ReasonAgainstArrivals(sine), HasSubstr("sine.amplitude: is 1.01, must be 0 to 1"));
  sine.amplitude = 0;
  sine.mean_rate_per_second = 0;
  EXPECT_THAT(ReasonAgainstArrivals(sine), HasSubstr("must be above 0 and at most 1e+07"));
  sine.mean_rate_per_second = 1;
  sine.period = Duration();
  EXPECT_THAT(ReasonAgainstArrivals(sine), HasSubstr("sine.period"));
}

}  // namespace
}  // namespace floe
