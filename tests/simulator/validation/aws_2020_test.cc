// The simulator against the measurements of AWS Lambda.

#include "simulator/validation/aws_2020.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/time.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

TEST(Aws2020Test, HasTheTwentyMeasuredRatesInAscendingOrder) {
  const std::vector<Aws2020Measurement> measured = Aws2020Measurements();
  ASSERT_EQ(measured.size(), 20u);
  EXPECT_NEAR(measured.front().rate_per_second, 0.0018631367641819018, 1e-15);
  EXPECT_NEAR(measured.front().cold_probability, 0.34298826173826175, 1e-15);
  EXPECT_NEAR(measured.back().rate_per_second, 1.0005331788760239, 1e-15);
  EXPECT_NEAR(measured.back().instances, 8.39714058776807, 1e-12);
  EXPECT_NEAR(measured.back().service_warm.seconds(), 2.0217483822409881, 1e-9);
  for (const Aws2020Measurement& point : measured) {
    EXPECT_EQ(point.idle_limit, Duration::Minutes(10));
    EXPECT_GT(point.service_cold, point.service_warm);
  }
}

TEST(Aws2020Test, MakesScenariosThatAreValid) {
  for (const Aws2020Measurement& point : Aws2020Measurements()) {
    EXPECT_TRUE(ValidateScenario(Aws2020Scenario(point, 250'000, 1)).ok());
  }
}

TEST(Aws2020Test, InstancesAndColdProbabilitiesAreAsCloseAsTheMeasurementsAllow) {
  const std::vector<Aws2020Point> points = SimulateAws2020({});
  ASSERT_EQ(points.size(), 20u);
  for (const Aws2020Point& point : points) {
    EXPECT_LT(point.instances_error, 0.01 * point.instances) << point.measured.rate_per_second;
    EXPECT_LT(point.cold_probability_error, 0.05 * point.cold_probability)
        << point.measured.rate_per_second;
  }
  const Aws2020Errors errors = ErrorsOf(points);
  EXPECT_LE(errors.instances, 5);
  EXPECT_LE(errors.cold_probability, 15);
  EXPECT_TRUE(errors.within_limits());
}

TEST(Aws2020Test, ErrorsArePercentagesOfTheMeasuredValues) {
  const Aws2020Measurement measured{.instances = 2, .cold_probability = 0.1};
  const Aws2020Errors errors =
      ErrorsOf({{.measured = measured, .instances = 2.1, .cold_probability = 0.08},
                {.measured = measured, .instances = 1.9, .cold_probability = 0.11}});
  EXPECT_NEAR(errors.instances, 5, 1e-9);
  EXPECT_NEAR(errors.cold_probability, 15, 1e-9);
}

}  // namespace
}  // namespace floe
