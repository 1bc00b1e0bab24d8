#include "report/chart.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "report/format.h"

namespace floe {
namespace {

struct Glyphs {
  const char* busy;
  const char* starting;
  const char* idle;
  const char* axis;
  const char* corner;
  const char* line;
};
constexpr Glyphs kAsciiGlyphs = {"#", "o", ".", "|", "+", "-"};
constexpr Glyphs kUnicodeGlyphs = {"█", "▓", "░", "┤", "└", "─"};

// The means of `columns` equal parts.
std::vector<LevelMeans> Resample(const std::vector<LevelMeans>& series, size_t columns) {
  std::vector<LevelMeans> result(columns);
  for (size_t column = 0; column < columns; ++column) {
    const size_t begin = column * series.size() / columns;
    const size_t end = std::max(begin + 1, (column + 1) * series.size() / columns);
    const double share = 1.0 / static_cast<double>(end - begin);
    for (size_t i = begin; i < end; ++i) {
      result[column].starting += series[i].starting * share;
      result[column].busy += series[i].busy * share;
      result[column].idle += series[i].idle * share;
    }
  }
  return result;
}

// The least of 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, ... that is not below `value`.
double RoundAxis(double value) {
  double power = 1;
  while (power * 10 < value) power *= 10;
  for (const double step : {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0}) {
    if (step * power >= value) return step * power;
  }
  return value;
}

const char* GlyphAt(const LevelMeans& levels, double height, const Glyphs& glyphs) {
  if (height < levels.busy) return glyphs.busy;
  if (height < levels.busy + levels.starting) return glyphs.starting;
  if (height < levels.live()) return glyphs.idle;
  return " ";
}

}  // namespace

std::string DrawEnvironments(const std::vector<LevelMeans>& series, Duration duration,
                             const ChartOptions& options) {
  if (series.empty() || options.height < 1) return "";
  const Glyphs& glyphs =
      options.characters == CharacterSet::kUnicode ? kUnicodeGlyphs : kAsciiGlyphs;
  double top = 0;
  for (const LevelMeans& levels : series) top = std::max(top, levels.live());
  top = RoundAxis(top);
  const std::string top_label = FormatNumber(top);
  const size_t label_width = top_label.size() + 1;
  const auto width = static_cast<size_t>(std::max(options.width, kChartWidthMin));
  const size_t columns = width - label_width - 2;
  const std::vector<LevelMeans> levels = Resample(series, columns);

  std::string text;
  for (int row = options.height - 1; row >= 0; --row) {
    std::string label = row == options.height - 1 ? top_label : "";
    std::string line = std::string(label_width - label.size(), ' ') + label + " " + glyphs.axis;
    // A cell shows what stands in its middle.
    const double height = (row + 0.5) * top / options.height;
    for (const LevelMeans& column : levels) line += GlyphAt(column, height, glyphs);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  text += std::string(label_width - 1, ' ') + "0 " + glyphs.corner;
  for (size_t i = 0; i < columns; ++i) text += glyphs.line;
  text += "\n";
  const std::string end = FormatSpan(duration);
  const std::string legend = std::string(glyphs.busy) + " busy  " + glyphs.starting +
                             " starting  " + glyphs.idle + " idle";
  const size_t used = label_width + 2 + DisplayWidth(legend) + end.size();
  text += std::string(label_width + 2, ' ') + legend +
          std::string(width > used ? width - used : 1, ' ') + end + "\n";
  return text;
}

}  // namespace floe
