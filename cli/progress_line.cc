#include "cli/progress_line.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/time.h"
#include "report/format.h"

namespace floe::cli {
namespace {

constexpr std::chrono::seconds kQuiet(1);
constexpr std::chrono::milliseconds kTerminalInterval(200);
constexpr std::chrono::seconds kPlainInterval(10);
constexpr int kBarWidth = 20;
// An estimate beyond a century says nothing.
constexpr double kSecondsLeftMax = 100.0 * 366 * 86'400;

}  // namespace

std::string DescribeProgress(const ExperimentProgress& progress, const std::string& unit,
                             double seconds) {
  const double share = std::clamp(progress.share, 0.0, 1.0);
  const int filled = static_cast<int>(share * kBarWidth);
  std::string text = absl::StrFormat(
      "[%s%s] %3d %%  %s of %s %s%s  %s million events/s", std::string(filled, '#'),
      std::string(kBarWidth - filled, '.'), static_cast<int>(share * 100),
      FormatCount(static_cast<uint64_t>(progress.units_done)),
      FormatCount(static_cast<uint64_t>(progress.units)), unit, progress.units == 1 ? "" : "s",
      FormatNumber(static_cast<double>(progress.events) / std::max(seconds, 1e-9) / 1e6));
  if (share <= 0) return text;
  const double left = seconds * (1 - share) / share;
  if (left > kSecondsLeftMax) return text;
  absl::StrAppend(&text, "  ", FormatSpan(Duration::Seconds(std::llround(left))), " left");
  return text;
}

ProgressLine::ProgressLine(std::ostream& out, Style style, std::string unit,
                           Clock::time_point begin)
    : out_(out),
      style_(style),
      unit_(std::move(unit)),
      begin_(begin),
      next_(begin + (style == Style::kTerminal ? kQuiet : kPlainInterval)) {}

void ProgressLine::Update(const ExperimentProgress& progress, Clock::time_point now) {
  if (now < next_) return;
  const std::chrono::duration<double> elapsed = now - begin_;
  const std::string text = DescribeProgress(progress, unit_, elapsed.count());
  if (style_ == Style::kTerminal) {
    next_ = now + kTerminalInterval;
    // Back to the beginning of the line; the rest of the earlier text is erased.
    out_ << "\r" << text << "\x1b[K" << std::flush;
    shown_ = true;
  } else {
    next_ = now + kPlainInterval;
    out_ << text << "\n" << std::flush;
  }
}

void ProgressLine::Clear() {
  if (shown_) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace floe::cli
