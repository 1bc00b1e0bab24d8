// A run in the Trace Event Format, which Perfetto (https://ui.perfetto.dev) and chrome://tracing
// open: functions are processes, environments threads, and the concurrency of each function a
// counter.
//
// Format: "Trace Event Format", Google,
// docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0. Written as the run goes on, so that
// memory does not grow with it. Thread-compatible.

#ifndef FLOE_REPORT_CHROME_TRACE_H_
#define FLOE_REPORT_CHROME_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/engine/byte_stream.h"
#include "report/scenario_functions.h"
#include "report/timeline.h"
#include "simulator/scenario.h"

namespace floe {

// What comes after so many events is left out: viewers hold a trace in memory.
inline constexpr uint64_t kTraceEventsMax = 5'000'000;

class ChromeTraceWriter final : public SpanSink {
 public:
  ChromeTraceWriter(const Scenario& scenario, std::unique_ptr<ByteSink> sink,
                    uint64_t events_max = kTraceEventsMax);

  void Take(const EnvironmentSpan& span) override;
  void TakeConcurrency(Instant at, FunctionId function, int64_t concurrency) override;

  // Ends the file, or says what has gone wrong since the beginning. Call once, after
  // Timeline::Finish.
  absl::Status Finish();
  // How many events were left out.
  uint64_t left_out() const { return left_out_; }

 private:
  // Room for one more event?
  bool Admit();
  void Append(std::string_view event);
  void Flush();
  // Tells the viewer what the function and the environment are called, once each.
  void Introduce(FunctionId function);
  void IntroduceEnvironment(const EnvironmentSpan& span);

  ScenarioFunctions functions_;
  std::unique_ptr<ByteSink> sink_;
  uint64_t events_left_;
  uint64_t left_out_ = 0;
  std::string buffer_;
  bool is_first_ = true;
  absl::Status status_;
  std::vector<bool> introduced_;
  std::vector<bool> environments_introduced_;
};

}  // namespace floe

#endif  // FLOE_REPORT_CHROME_TRACE_H_
