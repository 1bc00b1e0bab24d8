// Environments by state over time, drawn with characters.

#ifndef FLOE_REPORT_CHART_H_
#define FLOE_REPORT_CHART_H_

#include <string>
#include <vector>

#include "base/time.h"
#include "simulator/statistics.h"

namespace floe {

enum class CharacterSet { kAscii, kUnicode };

struct ChartOptions {
  // Of the whole chart, its axis included. At least kChartWidthMin are used.
  int width = 80;
  // Lines between the axes.
  int height = 8;
  CharacterSet characters = CharacterSet::kUnicode;
};

inline constexpr int kChartWidthMin = 40;

// Areas on top of each other: busy at the bottom, then starting, then idle, with a legend. `series`
// are means over equal parts of `duration`; parts are combined, or repeated, to fit the width.
std::string DrawEnvironments(const std::vector<LevelMeans>& series, Duration duration,
                             const ChartOptions& options);

}  // namespace floe

#endif  // FLOE_REPORT_CHART_H_
