#include "cli/http_load.h"

#include <vector>

#include "gtest/gtest.h"

namespace floe::cli {
namespace {

TEST(PercentileTest, OfNothingIsZero) {
  EXPECT_EQ(Percentile({}, 0.5), 0);
}

TEST(PercentileTest, StaysWithinTheValues) {
  const std::vector<double> values = {1, 2, 3, 4};
  EXPECT_EQ(Percentile(values, 0), 1);
  EXPECT_EQ(Percentile(values, 0.5), 3);
  EXPECT_EQ(Percentile(values, 0.99), 4);
  EXPECT_EQ(Percentile(values, 1), 4);
}

TEST(ReportedMillisecondsTest, FindsTheNumberBehindItsLabel) {
  constexpr char kReport[] =
      "REPORT RequestId: 1\tDuration: 1.25 ms\tBilled Duration: 82 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 9 MB\tInit Duration: 80.50 ms\t\n";
  EXPECT_EQ(ReportedMilliseconds(kReport, "\tDuration: "), 1.25);
  EXPECT_EQ(ReportedMilliseconds(kReport, "Init Duration: "), 80.5);
}

TEST(ReportedMillisecondsTest, IsNegativeWhenTheLabelIsMissing) {
  EXPECT_LT(ReportedMilliseconds("REPORT RequestId: 1\tDuration: 1.25 ms\t", "Init Duration: "), 0);
  EXPECT_LT(ReportedMilliseconds("", "\tDuration: "), 0);
}

TEST(RunLoadTest, SaysWhereNobodyAnswers) {
  const absl::StatusOr<LoadResult> result =
      RunLoad({.endpoint = {.host = "127.0.0.1", .port = 1}, .function_name = "hello"});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(result.status().message().find("127.0.0.1:1"), absl::string_view::npos);
}

TEST(RunLoadTest, RefusesAHostNameInsteadOfAnAddress) {
  EXPECT_EQ(RunLoad({.endpoint = {.host = "somewhere", .port = 1}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace floe::cli
