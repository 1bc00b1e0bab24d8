// How far a long command has come: one line that is rewritten on a terminal, now and then a line of
// its own elsewhere.

#ifndef FLOE_CLI_PROGRESS_LINE_H_
#define FLOE_CLI_PROGRESS_LINE_H_

#include <chrono>
#include <iosfwd>
#include <string>

#include "experiment/progress.h"

namespace floe::cli {

// Nothing is shown in the first second. Thread-compatible.
//
//   ProgressLine line(std::cerr, ProgressLine::Style::kTerminal, "run");
//   options.on_progress = [&](const ExperimentProgress& progress) { line.Update(progress); };
//   ... line.Clear();
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Style { kTerminal, kPlain };

  // `unit` is what the progress counts: "run". `out` outlives this.
  ProgressLine(std::ostream& out, Style style, std::string unit,
               Clock::time_point begin = Clock::now());

  void Update(const ExperimentProgress& progress, Clock::time_point now = Clock::now());
  // Removes the line from a terminal, so that something else can be printed.
  void Clear();

 private:
  std::ostream& out_;
  const Style style_;
  const std::string unit_;
  const Clock::time_point begin_;
  Clock::time_point next_;
  bool shown_ = false;
};

// "[########............]  42 %  4 of 10 runs  31.2 million events/s  12 s left".
std::string DescribeProgress(const ExperimentProgress& progress, const std::string& unit,
                             double seconds);

}  // namespace floe::cli

#endif  // FLOE_CLI_PROGRESS_LINE_H_
