#include "cli/live_view.h"

#include <algorithm>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe::cli {
namespace {

using ::testing::HasSubstr;

FleetSample Sample(int64_t milliseconds, int busy, int idle) {
  return {.at = Duration::Milliseconds(milliseconds), .counts = {.busy = busy, .idle = idle}};
}

TEST(RenderLineTest, NamesEveryState) {
  const FleetSample sample = {.at = Duration::Milliseconds(1'250),
                              .counts = {.starting = 1, .initializing = 2, .busy = 3, .idle = 4}};
  EXPECT_EQ(RenderLine(sample),
            "    1.2 s  live 10: 1 starting, 2 initializing, 3 busy, 4 idle, 0 reset");
}

TEST(RenderChartTest, IsAsHighAsAskedForPlusHeadingAndAxis) {
  const std::string chart = RenderChart({Sample(0, 0, 0), Sample(1'000, 5, 5)}, {.rows = 4});
  EXPECT_EQ(std::count(chart.begin(), chart.end(), '\n'), 6);
  EXPECT_THAT(chart, HasSubstr("busy   5"));
  EXPECT_THAT(chart, HasSubstr("idle   5"));
  EXPECT_THAT(chart, HasSubstr("   10 ┤"));
  EXPECT_THAT(chart, HasSubstr("1.0 s\n"));
}

TEST(RenderChartTest, ShowsAPeakBetweenTwoColumns) {
  const std::string chart = RenderChart({Sample(0, 0, 0), Sample(499, 0, 0), Sample(500, 8, 0),
                                         Sample(501, 0, 0), Sample(1'000, 0, 0)},
                                        {.columns = 10, .rows = 1});
  EXPECT_EQ(chart.find("█", chart.find("┼")) != std::string::npos, true) << chart;
}

TEST(RenderChartTest, WithoutSamplesIsAnEmptyChart) {
  EXPECT_THAT(RenderChart({}, {.columns = 10, .rows = 2}), HasSubstr("live   0"));
}

TEST(LiveViewTest, AsLinesSaysNothingWhileNothingChanges) {
  std::ostringstream out;
  LiveView view(ViewStyle::kLines, out);
  view.Add(Sample(0, 1, 0));
  view.Add(Sample(50, 1, 0));
  view.Add(Sample(100, 0, 1));
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
}

TEST(LiveViewTest, AsChartDrawsOverItself) {
  std::ostringstream out;
  LiveView view(ViewStyle::kChart, out);
  view.Add(Sample(0, 1, 0));
  EXPECT_EQ(out.str().find("\x1b[10A"), std::string::npos);
  view.Add(Sample(50, 1, 0));
  EXPECT_THAT(out.str(), HasSubstr("\x1b[10A\x1b[J"));
}

}  // namespace
}  // namespace floe::cli
