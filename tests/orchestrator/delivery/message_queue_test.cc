#include "orchestrator/delivery/message_queue.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Instant Ms(int64_t milliseconds) {
  return Instant() + Duration::Milliseconds(milliseconds);
}

class MessageQueueTest : public testing::Test {
 protected:
  using Messages = std::vector<std::pair<uint64_t, int32_t>>;  // Keys and receipts.

  MessageQueueActions Step(Instant now, const MessageQueueEvent& event) {
    MessageQueueActions actions;
    queue_.Step(now, event, actions);
    queue_.CheckInvariants();
    for (const MessageQueueAction& action : actions) {
      if (const auto* invoke = std::get_if<InvokeWithBatch>(&action)) {
        batches_.push_back(invoke->batch);
        messages_.emplace_back();
        queue_.VisitBatch(invoke->batch, [this](uint64_t key, int32_t receives) {
          messages_.back().emplace_back(key, receives);
        });
      }
    }
    return actions;
  }
  void Send(Instant now, uint64_t first, uint64_t last, int32_t bytes = 0) {
    for (uint64_t key = first; key <= last; ++key) {
      Step(now, MessageSent{.key = key, .bytes = bytes});
    }
  }

  MessageQueue queue_{{}, Instant()};
  std::vector<BatchId> batches_;
  std::vector<Messages> messages_;  // Of each of them, when it was invoked.
};

TEST_F(MessageQueueTest, AMessageIsReceivedAtOnceAndDeletedAfterASuccess) {
  Send(Ms(0), 7, 7);
  ASSERT_THAT(messages_, ElementsAre(ElementsAre(Pair(7, 1))));
  EXPECT_THAT(Step(Ms(10), BatchEnded{batches_[0], AttemptOutcome::kSuccess}),
              ElementsAre(MessageQueueAction(MessageDelivered{7})));
  EXPECT_EQ(queue_.size(), 0u);
  EXPECT_EQ(queue_.NextDeadline(), Instant::InfiniteFuture());
}

TEST_F(MessageQueueTest, ABatchIsFullWithItsNumberOfMessages) {
  queue_ = MessageQueue({.batch_size = 3, .batch_window = Duration::Seconds(1)}, Instant());
  Send(Ms(0), 1, 2);
  EXPECT_THAT(messages_, IsEmpty());
  Send(Ms(1), 3, 4);
  EXPECT_THAT(messages_, ElementsAre(ElementsAre(Pair(1, 1), Pair(2, 1), Pair(3, 1))));
  // The fourth has begun a batch of its own.
  EXPECT_EQ(queue_.NextDeadline(), Ms(1'001));
  Step(Ms(1'001), DeadlineReached{});
  EXPECT_THAT(messages_.back(), ElementsAre(Pair(4, 1)));
}

TEST_F(MessageQueueTest, ABatchHoldsSixMebibytes) {
  queue_ = MessageQueue({.batch_window = Duration::Seconds(1)}, Instant());
  Send(Ms(0), 1, 2, 3 << 20);
  EXPECT_THAT(messages_, IsEmpty());
  Send(Ms(0), 3, 3, 1);
  EXPECT_THAT(messages_, ElementsAre(ElementsAre(Pair(1, 1), Pair(2, 1))));
}

TEST_F(MessageQueueTest, MessagesOfAFailedBatchComeBackWhenTheyAreVisibleAgain) {
  queue_ = MessageQueue({.visibility_timeout = Duration::Seconds(30)}, Instant());
  Send(Ms(0), 7, 7);
  EXPECT_THAT(Step(Ms(10), BatchEnded{batches_[0], AttemptOutcome::kFunctionError}), IsEmpty());
  EXPECT_EQ(queue_.NextDeadline(), Ms(30'000));
  Step(Ms(30'000) + Duration::Nanoseconds(-1), DeadlineReached{});
  EXPECT_EQ(messages_.size(), 1u);
  Step(Ms(30'000), DeadlineReached{});
  EXPECT_THAT(messages_.back(), ElementsAre(Pair(7, 2)));
}

TEST_F(MessageQueueTest, MessagesThatComeBackTogetherAreReceivedTogether) {
  queue_ = MessageQueue({.batch_size = 3, .visibility_timeout = Duration::Seconds(30)}, Instant());
  // The pollers take the first five one by one; three wait for the next free poller.
  Send(Ms(0), 1, 8);
  ASSERT_EQ(messages_.size(), 5u);
  for (int batch = 0; batch < 5; ++batch) {
    Step(Ms(10), BatchEnded{batches_[static_cast<size_t>(batch)], AttemptOutcome::kFunctionError});
  }
  ASSERT_EQ(messages_.size(), 6u);
  EXPECT_THAT(messages_.back(), ElementsAre(Pair(6, 1), Pair(7, 1), Pair(8, 1)));
  Step(Ms(30'000), DeadlineReached{});
  ASSERT_EQ(messages_.size(), 8u);
  EXPECT_THAT(messages_[6], ElementsAre(Pair(1, 2), Pair(2, 2), Pair(3, 2)));
  EXPECT_THAT(messages_[7], ElementsAre(Pair(4, 2), Pair(5, 2)));
}

TEST_F(MessageQueueTest, WhatTheFunctionNamesStaysAndTheRestIsDeleted) {
  queue_ = MessageQueue({.batch_size = 3, .batch_window = Duration::Seconds(1)}, Instant());
  Send(Ms(0), 1, 3);
  Step(Ms(5), MessageFailed{batches_[0], 2});
  EXPECT_THAT(Step(Ms(5), BatchEnded{batches_[0], AttemptOutcome::kSuccess}),
              ElementsAre(MessageQueueAction(MessageDelivered{1}),
                          MessageQueueAction(MessageDelivered{3})));
  EXPECT_EQ(queue_.size(), 1u);
  // Of another batch, or twice: dropped.
  Step(Ms(6), MessageFailed{batches_[0], 2});
  Step(Ms(6), BatchEnded{batches_[0], AttemptOutcome::kSuccess});
  EXPECT_EQ(queue_.stale_events(), 2u);
}

TEST_F(MessageQueueTest, AMessageDiesWhenItComesBackAfterItsLastReceipt) {
  queue_ =
      MessageQueue({.visibility_timeout = Duration::Seconds(30), .receives_max = 2}, Instant());
  Send(Ms(0), 7, 7);
  Step(Ms(10), BatchEnded{batches_[0], AttemptOutcome::kFunctionError});
  EXPECT_EQ(Step(Ms(30'000), DeadlineReached{}).size(), 1u);
  Step(Ms(30'010), BatchEnded{batches_[1], AttemptOutcome::kFunctionError});
  EXPECT_THAT(Step(Ms(60'000), DeadlineReached{}),
              ElementsAre(MessageQueueAction(MessageDead{.key = 7, .receives = 2})));
}

TEST_F(MessageQueueTest, ThrottlesAreRetriedAfter1s2s4sWithinTheVisibilityTimeOut) {
  queue_ = MessageQueue({.visibility_timeout = Duration::Seconds(15)}, Instant());
  Send(Ms(0), 7, 7);
  Instant now = Ms(0);
  for (const int64_t due : {1'000, 3'000, 7'000}) {
    Step(now, BatchEnded{batches_.back(), AttemptOutcome::kThrottled});
    ASSERT_EQ(queue_.NextDeadline(), Ms(due));
    now = Ms(due);
    Step(now, DeadlineReached{});
  }
  EXPECT_EQ(batches_.size(), 4u);
  EXPECT_THAT(messages_.back(), ElementsAre(Pair(7, 1)));
  // The next try would come at 15 s, when the message is visible again.
  Step(now, BatchEnded{batches_.back(), AttemptOutcome::kThrottled});
  EXPECT_EQ(queue_.batches_under_way(), 0);
  EXPECT_EQ(queue_.NextDeadline(), Ms(15'000));
  Step(Ms(15'000), DeadlineReached{});
  EXPECT_THAT(messages_.back(), ElementsAre(Pair(7, 2)));
}

TEST_F(MessageQueueTest, AMessageThatComesBackWhileItsBatchRunsIsReceivedAgain) {
  Send(Ms(0), 7, 7);
  Step(Ms(30'000), DeadlineReached{});
  ASSERT_EQ(messages_.size(), 2u);
  // Too late: the second receipt counts.
  EXPECT_THAT(Step(Ms(31'000), BatchEnded{batches_[0], AttemptOutcome::kSuccess}), IsEmpty());
  EXPECT_THAT(Step(Ms(32'000), BatchEnded{batches_[1], AttemptOutcome::kSuccess}),
              ElementsAre(MessageQueueAction(MessageDelivered{7})));
}

TEST_F(MessageQueueTest, AWindowMakesTheVisibilityTimeOutLongEnough) {
  queue_ = MessageQueue({.batch_window = Duration::Seconds(20),
                         .visibility_timeout = Duration::Seconds(30),
                         .function_timeout = Duration::Seconds(20)},
                        Instant());
  Send(Ms(0), 7, 7);
  Step(Ms(20'000), DeadlineReached{});
  Step(Ms(20'001), BatchEnded{batches_[0], AttemptOutcome::kFunctionError});
  EXPECT_EQ(queue_.NextDeadline(), Ms(70'000));
}

TEST_F(MessageQueueTest, FiveReceiversBecomeOneMoreEach200MillisecondsWhileMessagesWait) {
  queue_ = MessageQueue({.batch_size = 1}, Instant());
  Send(Ms(0), 1, 8);
  EXPECT_EQ(messages_.size(), 5u);
  EXPECT_EQ(queue_.waiting(), 3u);
  for (const int64_t at : {200, 400, 600}) {
    ASSERT_EQ(queue_.NextDeadline(), Ms(at));
    Step(Ms(at), DeadlineReached{});
  }
  EXPECT_EQ(messages_.size(), 8u);
  EXPECT_EQ(queue_.batches_max(), 8);
  EXPECT_EQ(queue_.NextDeadline(), Ms(30'000));
}

TEST_F(MessageQueueTest, TheLegacyRuleAddsOneEachSecond) {
  queue_ = MessageQueue({.scaling = PollerScaling::kLegacy, .batch_size = 1}, Instant());
  Send(Ms(0), 1, 6);
  EXPECT_EQ(queue_.NextDeadline(), Ms(1'000));
}

TEST_F(MessageQueueTest, ThereAreNeverMoreBatchesThanTheMaximumConcurrency) {
  queue_ = MessageQueue({.batch_size = 1, .concurrency_max = 2}, Instant());
  Send(Ms(0), 1, 3);
  EXPECT_EQ(messages_.size(), 2u);
  EXPECT_EQ(queue_.NextDeadline(), Ms(30'000));
  Step(Ms(1'000), BatchEnded{batches_[0], AttemptOutcome::kSuccess});
  EXPECT_EQ(messages_.size(), 3u);
}

TEST_F(MessageQueueTest, AQuietMinuteTakesTheReceiversAway) {
  queue_ = MessageQueue({.batch_size = 1, .visibility_timeout = Duration::Hours(1)}, Instant());
  Send(Ms(0), 1, 7);
  Step(Ms(400), DeadlineReached{});
  for (const BatchId batch : batches_) Step(Ms(500), BatchEnded{batch, AttemptOutcome::kSuccess});
  EXPECT_EQ(queue_.batches_max(), 7);
  // In the first minute a message waited; in the second, six were under way at once.
  batches_.clear();
  Send(Ms(60'000), 11, 16);
  for (const BatchId batch : batches_) {
    Step(Ms(60'100), BatchEnded{batch, AttemptOutcome::kSuccess});
  }
  EXPECT_EQ(queue_.batches_max(), 7);
  Step(Ms(120'000), DeadlineReached{});
  EXPECT_EQ(queue_.batches_max(), 6);
  Step(Ms(180'000), DeadlineReached{});
  EXPECT_EQ(queue_.batches_max(), 5);
}

}  // namespace
}  // namespace floe
