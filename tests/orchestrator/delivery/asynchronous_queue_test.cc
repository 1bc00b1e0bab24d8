#include "orchestrator/delivery/asynchronous_queue.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

class AsynchronousQueueTest : public testing::Test {
 protected:
  AsynchronousActions Step(Instant now, const AsynchronousEvent& event) {
    AsynchronousActions actions;
    queue_.Step(now, event, actions);
    queue_.CheckInvariants();
    for (const AsynchronousAction& action : actions) {
      if (const auto* invoke = std::get_if<InvokeWithEvent>(&action)) attempt_ = invoke->attempt;
    }
    return actions;
  }
  // The attempt that began last ends.
  AsynchronousActions End(Instant now, AttemptOutcome outcome) {
    return Step(now, AttemptEnded{attempt_, outcome});
  }

  AsynchronousQueue queue_{{}};
  AttemptId attempt_;
};

TEST_F(AsynchronousQueueTest, TriesAnEventAtOnceAndForgetsItOnceItIsDelivered) {
  const AsynchronousActions tried = Step(Sec(5), EventAccepted{.key = 7});
  ASSERT_EQ(tried.size(), 1u);
  EXPECT_EQ(std::get<InvokeWithEvent>(tried[0]).key, 7u);
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_THAT(End(Sec(6), AttemptOutcome::kSuccess),
              ElementsAre(AsynchronousAction(EventDelivered{7})));
  EXPECT_EQ(queue_.size(), 0u);
  EXPECT_EQ(queue_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(AsynchronousQueueTest, WaitsOneMinuteAndThenTwoAfterErrors) {
  Step(Sec(0), EventAccepted{.key = 7});
  EXPECT_THAT(End(Sec(1), AttemptOutcome::kFunctionError), IsEmpty());
  EXPECT_EQ(queue_.NextDeadline(), Sec(61));
  EXPECT_EQ(Step(Sec(61), DeadlineReached{}).size(), 1u);
  EXPECT_THAT(End(Sec(62), AttemptOutcome::kFunctionError), IsEmpty());
  EXPECT_EQ(queue_.NextDeadline(), Sec(182));
  EXPECT_EQ(Step(Sec(182), DeadlineReached{}).size(), 1u);
  EXPECT_THAT(End(Sec(183), AttemptOutcome::kFunctionError),
              ElementsAre(AsynchronousAction(
                  EventDead{.key = 7, .cause = DeadLetterCause::kRetriesExhausted, .runs = 3})));
}

TEST_F(AsynchronousQueueTest, ARetryBeforeItsTimeDoesNotCome) {
  Step(Sec(0), EventAccepted{.key = 7});
  End(Sec(1), AttemptOutcome::kFunctionError);
  EXPECT_THAT(Step(Sec(61) - Duration::Nanoseconds(1), DeadlineReached{}), IsEmpty());
  EXPECT_EQ(Step(Sec(61), DeadlineReached{}).size(), 1u);
}

TEST_F(AsynchronousQueueTest, ThrottlesDoubleTheWaitUpToFiveMinutesAndTakeNoRetry) {
  Step(Sec(0), EventAccepted{.key = 7});
  Instant now = Sec(0);
  for (const int64_t wait : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    EXPECT_THAT(End(now, AttemptOutcome::kThrottled), IsEmpty());
    ASSERT_EQ(queue_.NextDeadline() - now, Duration::Seconds(wait));
    now = queue_.NextDeadline();
    Step(now, DeadlineReached{});
  }
  // An error of the function begins the row anew.
  End(now, AttemptOutcome::kFunctionError);
  EXPECT_EQ(queue_.NextDeadline() - now, Duration::Seconds(60));
  now = queue_.NextDeadline();
  Step(now, DeadlineReached{});
  End(now, AttemptOutcome::kSystemError);
  EXPECT_EQ(queue_.NextDeadline() - now, Duration::Seconds(1));
}

TEST_F(AsynchronousQueueTest, AnEventMayBecomeExactlyAsOldAsItMayBe) {
  queue_ = AsynchronousQueue({.event_age_max = Duration::Seconds(61)});
  Step(Sec(0), EventAccepted{.key = 7});
  EXPECT_THAT(End(Sec(1), AttemptOutcome::kFunctionError), IsEmpty());
  queue_ = AsynchronousQueue({.event_age_max = Duration::Seconds(61)});
  Step(Sec(0), EventAccepted{.key = 7});
  EXPECT_THAT(End(Sec(1) + Duration::Nanoseconds(1), AttemptOutcome::kFunctionError),
              ElementsAre(AsynchronousAction(
                  EventDead{.key = 7, .cause = DeadLetterCause::kEventAgeExceeded, .runs = 1})));
}

TEST_F(AsynchronousQueueTest, ThrottledEventsGrowTooOldToo) {
  queue_ = AsynchronousQueue({.event_age_max = Duration::Seconds(60)});
  Step(Sec(0), EventAccepted{.key = 7});
  Instant now = Sec(0);
  for (int throttles = 0; throttles < 5; ++throttles) {
    ASSERT_THAT(End(now, AttemptOutcome::kThrottled), IsEmpty());
    now = queue_.NextDeadline();
    Step(now, DeadlineReached{});
  }
  // 31 s old, and the next wait is 32 s.
  EXPECT_THAT(End(now, AttemptOutcome::kThrottled),
              ElementsAre(AsynchronousAction(
                  EventDead{.key = 7, .cause = DeadLetterCause::kEventAgeExceeded, .runs = 0})));
}

TEST_F(AsynchronousQueueTest, WhileTheFunctionIsOffNothingIsTried) {
  Step(Sec(0), EventAccepted{.key = 1});
  End(Sec(0), AttemptOutcome::kFunctionError);
  Step(Sec(1), FunctionSwitchedOff{});
  const EventDead fresh{.key = 2, .cause = DeadLetterCause::kZeroReservedConcurrency};
  EXPECT_THAT(Step(Sec(2), EventAccepted{.key = 2}), ElementsAre(AsynchronousAction(fresh)));
  const EventDead tried{.key = 1, .cause = DeadLetterCause::kZeroReservedConcurrency, .runs = 1};
  EXPECT_THAT(Step(Sec(60), DeadlineReached{}), ElementsAre(AsynchronousAction(tried)));
  Step(Sec(61), FunctionSwitchedOn{});
  EXPECT_EQ(std::get<InvokeWithEvent>(Step(Sec(62), EventAccepted{.key = 3})[0]).key, 3u);
}

TEST_F(AsynchronousQueueTest, RetriesOfTheSameInstantComeInTheOrderInWhichTheyWereMade) {
  AsynchronousActions actions;
  std::vector<AttemptId> attempts;
  for (const uint64_t key : {1, 2, 3}) {
    Step(Sec(0), EventAccepted{.key = key});
    attempts.push_back(attempt_);
  }
  for (const int index : {2, 0, 1}) {
    Step(Sec(0), AttemptEnded{attempts[static_cast<size_t>(index)], AttemptOutcome::kThrottled});
  }
  std::vector<uint64_t> keys;
  for (const AsynchronousAction& action : Step(Sec(1), DeadlineReached{})) {
    keys.push_back(std::get<InvokeWithEvent>(action).key);
  }
  EXPECT_THAT(keys, ElementsAre(3, 1, 2));
}

TEST_F(AsynchronousQueueTest, AnAttemptThatEndsTwiceIsCountedAndDropped) {
  Step(Sec(0), EventAccepted{.key = 7});
  const AttemptId first = attempt_;
  End(Sec(0), AttemptOutcome::kThrottled);
  EXPECT_THAT(Step(Sec(0), AttemptEnded{first, AttemptOutcome::kSuccess}), IsEmpty());
  Step(Sec(1), DeadlineReached{});
  EXPECT_THAT(Step(Sec(1), AttemptEnded{first, AttemptOutcome::kSuccess}), IsEmpty());
  EXPECT_THAT(Step(Sec(1), AttemptEnded{{.row = 99}, AttemptOutcome::kSuccess}), IsEmpty());
  EXPECT_EQ(queue_.stale_events(), 3u);
  EXPECT_EQ(queue_.size(), 1u);
}

}  // namespace
}  // namespace floe
