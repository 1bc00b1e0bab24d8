// What floe validate prints, and how it ends.

#include "cli/validate_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace floe::cli {
namespace {

using ::testing::HasSubstr;

TEST(ValidateCommandTest, PrintsTheTwentyPointsAndBothErrorsWithTheirLimits) {
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = RunValidateCommand(
      {.measurements = "aws-2020", .options = {.invocations = 400'000}}, out, err);
  EXPECT_EQ(exit_code, 0) << out.str() << err.str();
  EXPECT_THAT(out.str(), HasSubstr("0.00186"));
  EXPECT_THAT(out.str(), HasSubstr("1.00053"));
  EXPECT_THAT(out.str(), HasSubstr("at most 5 %: met"));
  EXPECT_THAT(out.str(), HasSubstr("at most 15 %: met"));
  EXPECT_EQ(err.str(), "");
}

TEST(ValidateCommandTest, RefusesMeasurementsThatItDoesNotHave) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(RunValidateCommand({.measurements = "aws-2021"}, out, err), 2);
  EXPECT_EQ(err.str(), "floe: there are no measurements named 'aws-2021'; there is aws-2020\n");
}

}  // namespace
}  // namespace floe::cli
