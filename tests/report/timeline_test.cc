#include "report/timeline.h"

#include <cstdint>
#include <ostream>
#include <tuple>
#include <vector>

#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr EnvironmentId kFirst = {.row = 0, .generation = 0};
constexpr FunctionId kApi{0};

struct Seen {
  SpanState state;
  int64_t from;
  int64_t to;
  friend bool operator==(const Seen&, const Seen&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Seen& seen) {
    return out << SpanStateName(seen.state) << " " << seen.from << " to " << seen.to;
  }
};

class RecordingSink final : public SpanSink {
 public:
  void Take(const EnvironmentSpan& span) override {
    spans.push_back({span.state, span.from.nanoseconds(), span.to.nanoseconds()});
    last = span;
  }
  void TakeConcurrency(Instant at, FunctionId, int64_t concurrency) override {
    concurrencies.emplace_back(at.nanoseconds(), concurrency);
  }

  std::vector<Seen> spans;
  EnvironmentSpan last;
  std::vector<std::tuple<int64_t, int64_t>> concurrencies;
};

class TimelineTest : public testing::Test {
 protected:
  void At(int64_t nanoseconds, const Event& event, const Actions& actions = {}) {
    timeline_.Record({Instant::FromNanoseconds(nanoseconds), event}, actions);
  }
  void Finish(int64_t nanoseconds) { timeline_.Finish(Instant::FromNanoseconds(nanoseconds)); }
  // A cold start of invocation 1 at 10 that runs from 40 on.
  void StartCold() {
    At(10, InvocationArrived{InvocationId{1}, kApi}, {StartEnvironment{kFirst, kApi, NodeId{0}}});
    At(30, EnvironmentStarted{kFirst});
    At(40, EnvironmentReady{kFirst}, {AssignInvocation{kFirst, InvocationId{1}}});
  }

  RecordingSink sink_;
  Timeline timeline_{{&sink_}};
};

TEST_F(TimelineTest, FollowsAnEnvironmentFromStartToStop) {
  StartCold();
  At(50, InvocationFinished{kFirst, InvocationId{1}}, {FreezeEnvironment{kFirst}});
  At(90, DeadlineReached{}, {StopEnvironment{kFirst}});
  At(95, EnvironmentStopped{kFirst});
  Finish(100);

  EXPECT_THAT(sink_.spans,
              ElementsAre(Seen{SpanState::kStart, 10, 30}, Seen{SpanState::kInit, 30, 40},
                          Seen{SpanState::kRun, 40, 50}, Seen{SpanState::kIdle, 50, 90}));
}

TEST_F(TimelineTest, ASpanThatIsOpenAtTheEndOfTheRunEndsThere) {
  StartCold();
  Finish(100);
  EXPECT_EQ(sink_.spans.back(), (Seen{SpanState::kRun, 40, 100}));
  EXPECT_EQ(sink_.last.invocation, InvocationId{1});
}

TEST_F(TimelineTest, AFailedRunIsMarkedAndTheResetThatFollowsIsSeen) {
  StartCold();
  At(60, EnvironmentFailed{kFirst, 0, FailureCause::kRuntimeExited},
     {FailInvocation{InvocationId{1}}, ResetEnvironment{kFirst, 1}});
  Finish(100);
  EXPECT_EQ(sink_.spans[2], (Seen{SpanState::kFailed, 40, 60}));
  EXPECT_EQ(sink_.spans[3], (Seen{SpanState::kReset, 60, 100}));
}

TEST_F(TimelineTest, WhatRunsOnALostNodeFailsThere) {
  StartCold();
  At(60, NodeLost{NodeId{0}}, {FailInvocation{InvocationId{1}, FailureCause::kNodeLost}});
  Finish(100);
  EXPECT_EQ(sink_.spans.back(), (Seen{SpanState::kFailed, 40, 60}));
  EXPECT_EQ(sink_.concurrencies.back(), std::make_tuple(60, 0));
}

TEST_F(TimelineTest, AnEnvironmentMadeAheadOfAnyInvocationIsIdleAfterItsInit) {
  At(0, ProvisionedConcurrencySet{kApi, 1},
     {StartEnvironment{kFirst, kApi, NodeId{0}, StartPurpose::kProvisioned}});
  At(30, EnvironmentStarted{kFirst});
  At(40, EnvironmentReady{kFirst}, {FreezeEnvironment{kFirst}});
  Finish(100);
  EXPECT_THAT(sink_.spans,
              ElementsAre(Seen{SpanState::kStart, 0, 30}, Seen{SpanState::kInit, 30, 40},
                          Seen{SpanState::kIdle, 40, 100}));
}

TEST_F(TimelineTest, ConcurrencyCountsWhatIsInFlightAndNeverWhatIsThrottled) {
  StartCold();
  At(45, InvocationArrived{InvocationId{2}, kApi}, {ThrottleInvocation{InvocationId{2}}});
  At(50, InvocationFinished{kFirst, InvocationId{1}}, {FreezeEnvironment{kFirst}});
  EXPECT_THAT(sink_.concurrencies,
              ElementsAre(std::make_tuple(10, 1), std::make_tuple(45, 1), std::make_tuple(50, 0)));
}

TEST_F(TimelineTest, ReportsThatDoNotFitAreNotSeen) {
  StartCold();
  At(50, InvocationFinished{kFirst, InvocationId{7}});
  At(51, InvocationFinished{{.row = 0, .generation = 3}, InvocationId{1}});
  At(52, EnvironmentStarted{{.row = 9, .generation = 0}});
  EXPECT_EQ(sink_.spans.size(), 2u);
  EXPECT_EQ(sink_.concurrencies.size(), 1u);
}

TEST_F(TimelineTest, ARowThatIsUsedAgainIsAnotherEnvironment) {
  StartCold();
  At(50, InvocationFinished{kFirst, InvocationId{1}}, {StopEnvironment{kFirst}});
  const EnvironmentId second = {.row = 0, .generation = 1};
  At(60, InvocationArrived{InvocationId{2}, kApi}, {StartEnvironment{second, kApi, NodeId{0}}});
  Finish(70);
  EXPECT_EQ(sink_.spans.back(), (Seen{SpanState::kStart, 60, 70}));
  EXPECT_EQ(sink_.last.number, 1u);
}

TEST_F(TimelineTest, ARunWithoutEnvironmentsHasNoSpans) {
  Finish(100);
  EXPECT_THAT(sink_.spans, IsEmpty());
}

}  // namespace
}  // namespace floe
