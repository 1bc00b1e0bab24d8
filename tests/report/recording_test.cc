// The two takers of spans: the recording for the page, and the Chrome trace.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/engine/byte_stream.h"
#include "report/chrome_trace.h"
#include "report/run_recording.h"
#include "report/timeline.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Scenario TwoFunctions() {
  Scenario scenario{.name = "shop", .duration = Duration::Nanoseconds(4'000)};
  scenario.functions = {ScenarioFunction{.name = "api", .concurrency_reserved = 5},
                        ScenarioFunction{.name = "worker", .count = 2}};
  return scenario;
}

EnvironmentSpan Span(uint64_t number, uint32_t function, SpanState state, int64_t from,
                     int64_t to) {
  return {.number = number,
          .function = FunctionId{function},
          .state = state,
          .from = Instant::FromNanoseconds(from),
          .to = Instant::FromNanoseconds(to),
          .invocation = InvocationId{7}};
}

TEST(RunRecordingTest, LanesAreGroupedByFunctionInTheOrderOfTheirStart) {
  RunRecording recording(TwoFunctions(), 4);
  recording.Take(Span(0, 2, SpanState::kIdle, 0, 9));
  recording.Take(Span(1, 0, SpanState::kStart, 1, 2));
  recording.Take(Span(1, 0, SpanState::kRun, 2, 3));
  EXPECT_THAT(recording.ToJson("", 1),
              HasSubstr(R"("environments":[)"
                        R"({"function":"api","name":"#2","spans":[[0,1,2],[2,2,3,7]]},)"
                        R"({"function":"worker-2","name":"#1","spans":[[4,0,9]]}])"));
}

TEST(RunRecordingTest, ReservedConcurrencyHasTheHighestLevelOfEachPart) {
  RunRecording recording(TwoFunctions(), 4);
  const auto at = [](int64_t nanoseconds) { return Instant::FromNanoseconds(nanoseconds); };
  recording.TakeConcurrency(at(500), FunctionId{0}, 2);
  recording.TakeConcurrency(at(600), FunctionId{0}, 1);
  recording.TakeConcurrency(at(2'000), FunctionId{0}, 3);
  recording.TakeConcurrency(at(2'100), FunctionId{0}, 0);
  recording.TakeConcurrency(at(2'200), FunctionId{1}, 99);
  EXPECT_THAT(
      recording.ToJson("", 1),
      HasSubstr(R"("reserved":[{"function":"api","limit":5,"concurrency_max":[2,1,3,0]}])"));
}

TEST(RunRecordingTest, WithTooManyEnvironmentsThereAreNoLanesButAReason) {
  RunRecording recording(TwoFunctions(), 4);
  for (uint64_t i = 0; i < kLanesMax; ++i) recording.Take(Span(i, 0, SpanState::kIdle, 0, 1));
  EXPECT_TRUE(recording.has_lanes());
  recording.Take(Span(kLanesMax, 0, SpanState::kIdle, 0, 1));
  EXPECT_FALSE(recording.has_lanes());
  EXPECT_THAT(recording.ToJson("", 1),
              HasSubstr("Lanes are drawn of runs with at most 400 environments and 40,000 spans."));
}

TEST(RunRecordingTest, SaysOfWhichReplicationItIs) {
  RunRecording recording(TwoFunctions(), 4);
  EXPECT_THAT(recording.ToJson("text", 1), Not(HasSubstr("replications")));
  EXPECT_THAT(recording.ToJson("text", 3),
              HasSubstr(R"("note":"Of the first of 3 replications.")"));
}

class BrokenSink final : public ByteSink {
 public:
  absl::Status Append(std::string_view) override { return absl::DataLossError("disk full"); }
};

TEST(ChromeTraceTest, WritesTheEventsOfTheFormat) {
  std::string text;
  ChromeTraceWriter trace(TwoFunctions(), std::make_unique<StringSink>(&text));
  trace.TakeConcurrency(Instant::FromNanoseconds(1'000), FunctionId{0}, 1);
  trace.Take(Span(0, 0, SpanState::kInit, 1'000, 2'500));
  trace.Take(Span(0, 0, SpanState::kRun, 2'500, 12'345'678));
  ASSERT_TRUE(trace.Finish().ok());
  EXPECT_EQ(text,
            R"({"displayTimeUnit":"ms","traceEvents":[
{"ph":"M","name":"process_name","pid":1,"tid":0,"args":{"name":"api"}},
{"ph":"M","name":"process_sort_index","pid":1,"tid":0,"args":{"sort_index":1}},
{"ph":"C","name":"concurrency","pid":1,"tid":0,"ts":1.000,"args":{"in flight":1}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"#1 on node 0"}},
{"ph":"X","cat":"environment","name":"init","pid":1,"tid":1,"ts":1.000,"dur":1.500},
{"ph":"X","cat":"environment","name":"run","pid":1,"tid":1,"ts":2.500,"dur":12343.178,"args":{"invocation":7}}
]}
)");
}

TEST(ChromeTraceTest, BeyondTheLimitEventsAreCountedAndTheFileStaysWhole) {
  std::string text;
  ChromeTraceWriter trace(TwoFunctions(), std::make_unique<StringSink>(&text), 2);
  for (int i = 0; i < 5; ++i) trace.Take(Span(0, 0, SpanState::kIdle, i, i + 1));
  ASSERT_TRUE(trace.Finish().ok());
  EXPECT_EQ(trace.left_out(), 3u);
  EXPECT_THAT(text,
              EndsWith("\n],\"otherData\":{\"left_out\":\"3 events after the first ones\"}}\n"));
}

TEST(ChromeTraceTest, AFileThatCannotBeWrittenIsAnError) {
  ChromeTraceWriter trace(TwoFunctions(), std::make_unique<BrokenSink>());
  trace.Take(Span(0, 0, SpanState::kIdle, 0, 1));
  EXPECT_EQ(trace.Finish(), absl::DataLossError("disk full"));
}

}  // namespace
}  // namespace floe
