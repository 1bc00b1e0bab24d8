// Environments by state over time, as people watch them: a chart that redraws itself in a terminal,
// or plain lines where there is none.

#ifndef FLOE_CLI_LIVE_VIEW_H_
#define FLOE_CLI_LIVE_VIEW_H_

#include <ostream>
#include <string>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/scheduler.h"

namespace floe::cli {

enum class ViewStyle {
  kChart,  // Redrawn in place with escape sequences.
  kLines,  // One line per change, for logs.
  kNone,
};

// kChart when `file_descriptor` is a terminal that understands it, else kLines.
ViewStyle ViewStyleFor(int file_descriptor);

// One look at the fleet.
struct FleetSample {
  Duration at;  // Since the view began.
  EnvironmentCounts counts;
};

struct ChartSize {
  int columns = 72;
  int rows = 8;
};

// The chart as text with escape sequences for colours: busy at the bottom, then starting and
// initialising, then idle; the time axis below. Never empty; ends with a newline.
std::string RenderChart(const std::vector<FleetSample>& samples, const ChartSize& size);

// "  1.2 s  live 100: 0 starting, 0 initializing, 40 busy, 60 idle, 0 reset"
std::string RenderLine(const FleetSample& sample);

// Thread-compatible.
class LiveView {
 public:
  // `out` outlives the view.
  LiveView(ViewStyle style, std::ostream& out) : style_(style), out_(out) {}

  void Add(const FleetSample& sample);

 private:
  // Halves the number of samples by keeping, of each pair, the one with more environments.
  void Thin();

  const ViewStyle style_;
  std::ostream& out_;
  std::vector<FleetSample> samples_;
  int drawn_lines_ = 0;
};

}  // namespace floe::cli

#endif  // FLOE_CLI_LIVE_VIEW_H_
