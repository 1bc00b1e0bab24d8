// What a page shows of one run beside its result: a lane for each environment when there are few,
// and the concurrency of functions that have some of it reserved. Thread-compatible.

#ifndef FLOE_REPORT_RUN_RECORDING_H_
#define FLOE_REPORT_RUN_RECORDING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "report/json_writer.h"
#include "report/scenario_functions.h"
#include "report/timeline.h"
#include "simulator/scenario.h"

namespace floe {

// With more environments or spans there are no lanes.
inline constexpr size_t kLanesMax = 400;
inline constexpr size_t kLaneSpansMax = 40'000;
// The first so many functions with reserved concurrency are followed.
inline constexpr size_t kReservedShownMax = 100;

class RunRecording final : public SpanSink {
 public:
  // `series_parts` equal parts of the run have a highest concurrency each.
  RunRecording(const Scenario& scenario, size_t series_parts);

  void Take(const EnvironmentSpan& span) override;
  void TakeConcurrency(Instant at, FunctionId function, int64_t concurrency) override;

  bool has_lanes() const { return !too_many_; }

  // `scenario_text` is the file that was run; `replications` says how many runs the result is of,
  // of which this is the first.
  std::string ToJson(std::string_view scenario_text, int replications) const;

 private:
  struct Reserved {
    FunctionId function;
    int64_t level = 0;
    size_t part = 0;  // In which the level was last changed.
    std::vector<int64_t> highest;
  };

  size_t PartOf(Instant at) const;
  // Writes the level into every part up to `part`.
  static void Advance(Reserved& reserved, size_t part);
  void WriteLanes(JsonWriter& json) const;
  void WriteReserved(JsonWriter& json) const;

  ScenarioFunctions functions_;
  Duration duration_;
  size_t parts_;
  std::vector<EnvironmentSpan> spans_;
  uint64_t environments_ = 0;
  bool too_many_ = false;
  std::vector<Reserved> reserved_;
  // By function: 1 + its index in `reserved_`, or 0.
  std::vector<uint32_t> reserved_of_;
};

}  // namespace floe

#endif  // FLOE_REPORT_RUN_RECORDING_H_
