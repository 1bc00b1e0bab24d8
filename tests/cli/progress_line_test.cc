#include "cli/progress_line.h"

#include <chrono>
#include <cstddef>
#include <sstream>
#include <string>

#include "experiment/progress.h"
#include "gtest/gtest.h"

namespace floe::cli {
namespace {

using std::chrono::milliseconds;

constexpr ProgressLine::Clock::time_point kBegin;
constexpr ExperimentProgress kHalf = {
    .units_done = 4, .units = 10, .share = 0.42, .events = 30'000'000};

TEST(ProgressLineTest, TellsShareRateAndTimeLeft) {
  EXPECT_EQ(DescribeProgress(kHalf, "run", 2.1),
            "[########............]  42 %  4 of 10 runs  14.3 million events/s  3 s left");
  EXPECT_EQ(DescribeProgress({.units = 1}, "run", 0.5),
            "[....................]   0 %  0 of 1 run  0 million events/s");
  EXPECT_EQ(DescribeProgress({.units_done = 2, .units = 2, .share = 1, .events = 0}, "run", 3),
            "[####################] 100 %  2 of 2 runs  0 million events/s  0 s left");
}

TEST(ProgressLineTest, TimeLeftIsToldUpToACentury) {
  EXPECT_EQ(DescribeProgress({.units = 10, .share = 0x1p-31}, "run", 1),
            "[....................]   0 %  0 of 10 runs  0 million events/s  2,147,483,647 s left");
  EXPECT_EQ(DescribeProgress({.units = 10, .share = 1e-300}, "run", 1),
            "[....................]   0 %  0 of 10 runs  0 million events/s");
}

TEST(ProgressLineTest, OnATerminalALineIsRewrittenAndCleared) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Style::kTerminal, "run", kBegin);
  line.Update(kHalf, kBegin + milliseconds(999));
  line.Clear();
  EXPECT_EQ(out.str(), "");
  line.Update(kHalf, kBegin + milliseconds(1'000));
  const std::string first = out.str();
  EXPECT_EQ(first.front(), '\r');
  EXPECT_EQ(first.find('\n'), std::string::npos);
  line.Update(kHalf, kBegin + milliseconds(1'199));
  EXPECT_EQ(out.str(), first);
  line.Update(kHalf, kBegin + milliseconds(1'200));
  EXPECT_GT(out.str().size(), first.size());
  const size_t before = out.str().size();
  line.Clear();
  EXPECT_EQ(out.str().substr(before), "\r\x1b[K");
}

TEST(ProgressLineTest, ElsewhereAPlainLineComesEveryTenSeconds) {
  std::ostringstream out;
  ProgressLine line(out, ProgressLine::Style::kPlain, "run", kBegin);
  line.Update(kHalf, kBegin + milliseconds(9'999));
  EXPECT_EQ(out.str(), "");
  line.Update(kHalf, kBegin + milliseconds(10'000));
  line.Update(kHalf, kBegin + milliseconds(19'999));
  line.Clear();
  EXPECT_EQ(out.str(), DescribeProgress(kHalf, "run", 10) + "\n");
}

}  // namespace
}  // namespace floe::cli
