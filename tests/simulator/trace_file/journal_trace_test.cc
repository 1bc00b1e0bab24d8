#include "simulator/trace_file/journal_trace.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal.h"
#include "simulator/scenario.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

constexpr FunctionId kThumbnailer{7};
constexpr FunctionId kMailer{2};
constexpr EnvironmentId kFirst{.row = 1, .generation = 1};
constexpr EnvironmentId kSecond{.row = 2, .generation = 1};

// Writes a journal line by line; times are in milliseconds.
class Journal {
 public:
  Journal()
      : writer_(std::make_unique<StringSink>(&bytes_), {.keep_alive = Duration::Seconds(9)}) {}

  Journal& At(int64_t ms, Event event, Actions actions = {}) {
    writer_.Record({.at = Instant() + Duration::Milliseconds(ms), .event = std::move(event)},
                   actions);
    return *this;
  }
  std::string Bytes() {
    EXPECT_TRUE(writer_.Flush().ok());
    return bytes_;
  }

 private:
  std::string bytes_;
  JournalWriter writer_;
};

// A cold and a warm invocation, a throttled one, one that fails and one that is under way.
std::string SmallRun() {
  return Journal()
      .At(1'000, FunctionDeployed{kThumbnailer, {.memory_mib = 512}})
      .At(1'000, FunctionDeployed{kMailer, {.memory_mib = 256}})
      .At(1'500, InvocationArrived{InvocationId{1}, kThumbnailer},
          {StartEnvironment{kFirst, kThumbnailer, NodeId{0}}})
      .At(1'550, EnvironmentStarted{kFirst})
      .At(1'750, EnvironmentReady{kFirst},
          {AssignInvocation{kFirst, InvocationId{1}, Instant() + Duration::Seconds(9)}})
      .At(1'800, InvocationArrived{InvocationId{2}, kMailer},
          {ThrottleInvocation{InvocationId{2}, ThrottleReason::kAccountConcurrency}})
      .At(1'850, InvocationFinished{kFirst, InvocationId{1}}, {FreezeEnvironment{kFirst}})
      .At(2'000, InvocationArrived{InvocationId{3}, kThumbnailer},
          {AssignInvocation{kFirst, InvocationId{3}, Instant() + Duration::Seconds(9)}})
      .At(2'020, InvocationFinished{kFirst, InvocationId{3}}, {FreezeEnvironment{kFirst}})
      .At(3'000, InvocationArrived{InvocationId{4}, kThumbnailer},
          {AssignInvocation{kFirst, InvocationId{4}, Instant() + Duration::Seconds(9)}})
      .At(3'300, EnvironmentFailed{kFirst, 0, FailureCause::kRuntimeExited},
          {FailInvocation{InvocationId{4}, FailureCause::kRuntimeExited}})
      .At(4'000, InvocationArrived{InvocationId{5}, kMailer, TenantId{3}},
          {StartEnvironment{kSecond, kMailer, NodeId{0}}})
      .Bytes();
}

TEST(JournalTraceTest, ArrivalsRunFromTheirAssignmentToTheirAnswer) {
  const absl::StatusOr<JournalTrace> trace = ReadJournalTrace(Bytes(SmallRun()), "j");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(trace->length, Duration::Seconds(3));
  EXPECT_EQ(trace->options.keep_alive, Duration::Seconds(9));
  const std::vector<TraceArrival> arrivals = ReadAll(*trace->trace);
  ASSERT_EQ(arrivals.size(), 5u);
  const int64_t at_ms[] = {500, 800, 1'000, 2'000, 3'000};
  const int64_t run_ms[] = {100, -1, 20, 300, -1};
  const uint32_t function[] = {0, 1, 0, 0, 1};
  for (size_t i = 0; i < 5; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(arrivals[i].at_ns, at_ms[i] * 1'000'000);
    EXPECT_EQ(arrivals[i].run_ns, run_ms[i] < 0 ? -1 : run_ms[i] * 1'000'000);
    EXPECT_EQ(arrivals[i].function, function[i]);
  }
  EXPECT_EQ(arrivals[4].tenant, 3u);
}

TEST(JournalTraceTest, FunctionsTellTheirConfigurationAndWhatWasMeasured) {
  const absl::StatusOr<JournalTrace> trace = ReadJournalTrace(Bytes(SmallRun()), "j");
  ASSERT_TRUE(trace.ok());
  ASSERT_EQ(trace->functions.size(), 2u);
  ASSERT_EQ(trace->trace->functions().size(), 2u);
  EXPECT_EQ(trace->trace->functions()[0].name, "function-7");
  EXPECT_EQ(trace->trace->functions()[0].memory_mib, 512);
  const JournalFunction& thumbnailer = trace->functions[0];
  EXPECT_EQ(thumbnailer.id, kThumbnailer);
  EXPECT_EQ(thumbnailer.config.memory_mib, 512);
  EXPECT_EQ(thumbnailer.arrivals, 3);
  EXPECT_EQ(thumbnailer.starts, 1);
  ASSERT_TRUE(thumbnailer.start.has_value() && thumbnailer.init.has_value() &&
              thumbnailer.run.has_value());
  EXPECT_EQ(thumbnailer.start->quantiles.front().value, Duration::Milliseconds(50));
  EXPECT_EQ(thumbnailer.init->quantiles.back().value, Duration::Milliseconds(200));
  EXPECT_EQ(thumbnailer.run->quantiles.front().value, Duration::Milliseconds(20));
  EXPECT_EQ(thumbnailer.run->quantiles.back().value, Duration::Milliseconds(100));
  const JournalFunction& mailer = trace->functions[1];
  EXPECT_EQ(mailer.arrivals, 2);
  EXPECT_EQ(mailer.starts, 0);
  EXPECT_FALSE(mailer.start.has_value() || mailer.init.has_value() || mailer.run.has_value());
}

TEST(JournalTraceTest, MeasuredLengthsAreValidModels) {
  const absl::StatusOr<JournalTrace> trace = ReadJournalTrace(Bytes(SmallRun()), "j");
  ASSERT_TRUE(trace.ok());
  const JournalFunction& function = trace->functions[0];
  const Scenario scenario{
      .duration = Duration::Seconds(1),
      .functions = {
          {.name = "f", .run = *function.run, .start = *function.start, .init = *function.init}}};
  EXPECT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
}

TEST(JournalTraceTest, AJournalThatWasCutOffIsReadAsFarAsItGoes) {
  const std::string whole = SmallRun();
  const absl::StatusOr<JournalTrace> trace =
      ReadJournalTrace(Bytes(whole.substr(0, whole.size() - 3)), "j");
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ(ReadAll(*trace->trace).size(), 4u);
}

TEST(JournalTraceTest, WhatIsNoJournalIsRefusedWithTheFile) {
  const absl::Status text = ReadJournalTrace(Bytes("timestamp\n1\n"), "j").status();
  EXPECT_EQ(text.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(text.message()), testing::HasSubstr("read j: "));
  std::string damaged = SmallRun();
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_EQ(ReadJournalTrace(Bytes(damaged), "j").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadJournalTrace(Bytes(Journal().Bytes()), "j").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace floe
