#include "cli/live_view.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace floe::cli {
namespace {

// A view that runs for days keeps this many samples at most.
constexpr size_t kSamplesMax = 4'096;
constexpr int kLevelsPerRow = 8;

// Colours that differ also for colour-blind eyes: blue, orange, grey of the 256-colour palette.
constexpr char kBusyColour[] = "\x1b[38;5;33m";
constexpr char kInitColour[] = "\x1b[38;5;208m";
constexpr char kIdleColour[] = "\x1b[38;5;248m";
constexpr char kPlain[] = "\x1b[0m";

constexpr std::array<std::string_view, kLevelsPerRow + 1> kBlocks = {" ", "▁", "▂", "▃", "▄",
                                                                     "▅", "▆", "▇", "█"};

int InInit(const EnvironmentCounts& counts) {
  return counts.starting + counts.initializing;
}

// The sample with the most environments in each column's stretch of time; a column without one
// repeats its left neighbour.
std::vector<EnvironmentCounts> Columns(const std::vector<FleetSample>& samples, int columns) {
  std::vector<EnvironmentCounts> result(columns);
  const int64_t span = std::max<int64_t>(1, samples.back().at.nanoseconds());
  size_t next = 0;
  EnvironmentCounts current;
  for (int column = 0; column < columns; ++column) {
    const int64_t end = span / columns * (column + 1);
    bool first = true;
    while (next < samples.size() &&
           (samples[next].at.nanoseconds() <= end || column == columns - 1)) {
      if (first || samples[next].counts.live() > current.live()) current = samples[next].counts;
      first = false;
      ++next;
    }
    result[column] = current;
  }
  return result;
}

// One cell: the colour of the state that fills its lower edge, filled up to the total.
void AppendCell(std::string& line, const EnvironmentCounts& counts, int row, int64_t top,
                int rows) {
  const int64_t levels = int64_t{rows} * kLevelsPerRow;
  const auto height = [&](int64_t n) {
    return n == 0 ? 0 : std::max<int64_t>(1, n * levels / top);
  };
  const int64_t from = int64_t{row} * kLevelsPerRow;
  const int64_t total = height(counts.live());
  if (total <= from) {
    line += ' ';
    return;
  }
  const int64_t middle = from + std::min<int64_t>(kLevelsPerRow, total - from) / 2;
  if (middle < height(counts.busy)) {
    line.append(kBusyColour);
  } else if (middle < height(counts.busy + InInit(counts))) {
    line.append(kInitColour);
  } else {
    line.append(kIdleColour);
  }
  line.append(kBlocks[std::min<int64_t>(kLevelsPerRow, total - from)]);
}

int TerminalColumns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

ViewStyle ViewStyleFor(int file_descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool capable = terminal != nullptr && std::string_view(terminal) != "dumb";
  return isatty(file_descriptor) == 1 && capable ? ViewStyle::kChart : ViewStyle::kLines;
}

std::string RenderChart(const std::vector<FleetSample>& samples, const ChartSize& size) {
  const EnvironmentCounts now = samples.empty() ? EnvironmentCounts{} : samples.back().counts;
  int64_t top = 1;
  for (const FleetSample& sample : samples) {
    top = std::max<int64_t>(top, sample.counts.live());
  }
  std::string chart = absl::StrFormat(
      "environments   %s█%s busy %3d   %s█%s starting %3d   %s█%s idle %3d   live %3d\n",
      kBusyColour, kPlain, now.busy, kInitColour, kPlain, InInit(now), kIdleColour, kPlain,
      now.idle + now.reset, now.live());
  const std::vector<EnvironmentCounts> columns = samples.empty()
                                                     ? std::vector<EnvironmentCounts>(size.columns)
                                                     : Columns(samples, size.columns);
  for (int row = size.rows - 1; row >= 0; --row) {
    const bool labelled = row == size.rows - 1 || row == 0;
    const int64_t label = row == 0 ? 0 : top;
    absl::StrAppend(&chart, labelled ? absl::StrFormat("%5d ", label) : std::string(6, ' '),
                    row == 0 ? "┼" : "┤");
    for (const EnvironmentCounts& counts : columns) AppendCell(chart, counts, row, top, size.rows);
    absl::StrAppend(&chart, kPlain, "\n");
  }
  const double seconds = samples.empty() ? 0 : samples.back().at.seconds();
  const std::string end = absl::StrFormat("%.1f s", seconds);
  absl::StrAppend(
      &chart, "       0 s",
      std::string(std::max<int>(1, size.columns - 3 - static_cast<int>(end.size())), ' '), end,
      "\n");
  return chart;
}

std::string RenderLine(const FleetSample& sample) {
  const EnvironmentCounts& counts = sample.counts;
  return absl::StrFormat(
      "%7.1f s  live %d: %d starting, %d initializing, %d busy, %d idle, %d reset",
      sample.at.seconds(), counts.live(), counts.starting, counts.initializing, counts.busy,
      counts.idle, counts.reset);
}

void LiveView::Add(const FleetSample& sample) {
  if (style_ == ViewStyle::kNone) return;
  const bool changed = samples_.empty() || !(samples_.back().counts == sample.counts);
  samples_.push_back(sample);
  if (samples_.size() > kSamplesMax) Thin();
  if (style_ == ViewStyle::kLines) {
    if (changed) out_ << RenderLine(sample) << std::endl;
    return;
  }
  if (drawn_lines_ > 0) out_ << "\x1b[" << drawn_lines_ << "A\x1b[J";
  const std::string chart =
      RenderChart(samples_, {.columns = std::clamp(TerminalColumns() - 9, 20, 160), .rows = 8});
  drawn_lines_ = static_cast<int>(std::count(chart.begin(), chart.end(), '\n'));
  out_ << chart << std::flush;
}

void LiveView::Thin() {
  size_t kept = 0;
  for (size_t i = 0; i + 1 < samples_.size(); i += 2) {
    const bool second_has_more = samples_[i + 1].counts.live() > samples_[i].counts.live();
    samples_[kept++] = samples_[second_has_more ? i + 1 : i];
  }
  if (samples_.size() % 2 == 1) samples_[kept++] = samples_.back();
  samples_.resize(kept);
}

}  // namespace floe::cli
