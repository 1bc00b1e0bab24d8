#include "proto/session/reliable_stream.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "gtest/gtest.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::session {
namespace {

using Stream = ReliableStream<v1::SessionResponse>;

v1::SessionResponse Stop(uint64_t environment) {
  v1::SessionResponse message;
  message.mutable_stop_environment()->set_environment(environment);
  return message;
}

TEST(ReliableStreamTest, NumbersFromOneInOrder) {
  Stream stream({});
  ASSERT_TRUE(stream.Append(Stop(7)).ok());
  ASSERT_TRUE(stream.Append(Stop(8)).ok());
  const auto first = stream.NextToSend();
  const auto second = stream.NextToSend();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(first->sequence(), 1u);
  EXPECT_EQ(first->stop_environment().environment(), 7u);
  EXPECT_EQ(second->sequence(), 2u);
  EXPECT_EQ(stream.NextToSend(), nullptr);
}

TEST(ReliableStreamTest, SendsAgainWhatIsNotAcknowledgedAfterARewind) {
  Stream stream({});
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(stream.Append(Stop(i)).ok());
  while (stream.NextToSend() != nullptr) {
  }
  ASSERT_TRUE(stream.Acknowledge(1).ok());
  EXPECT_EQ(stream.unacknowledged(), 2);
  stream.Rewind();
  EXPECT_EQ(stream.NextToSend()->sequence(), 2u);
  ASSERT_TRUE(stream.Append(Stop(4)).ok());
  EXPECT_EQ(stream.NextToSend()->sequence(), 3u);
  EXPECT_EQ(stream.NextToSend()->sequence(), 4u);
}

TEST(ReliableStreamTest, ARepeatedMessageIsAnotherObjectThanTheOneStillBeingWritten) {
  Stream stream({});
  ASSERT_TRUE(stream.Append(Stop(1)).ok());
  const auto first = stream.NextToSend();
  EXPECT_EQ(stream.Receive(1), Receipt::kNew);
  stream.Rewind();
  const auto again = stream.NextToSend();
  EXPECT_NE(first.get(), again.get());
  EXPECT_EQ(first->acknowledged(), 0u);
  EXPECT_EQ(again->acknowledged(), 1u);
}

TEST(ReliableStreamTest, TellsNewFromDuplicateFromGapFromUnnumbered) {
  Stream stream({});
  EXPECT_EQ(stream.Receive(0), Receipt::kUnnumbered);
  EXPECT_EQ(stream.Receive(1), Receipt::kNew);
  EXPECT_EQ(stream.Receive(1), Receipt::kDuplicate);
  EXPECT_EQ(stream.Receive(3), Receipt::kGap);
  EXPECT_EQ(stream.Receive(2), Receipt::kNew);
  EXPECT_EQ(stream.received(), 2u);
}

TEST(ReliableStreamTest, CountsTheAcknowledgementsItOwes) {
  Stream stream({});
  EXPECT_EQ(stream.Receive(1), Receipt::kNew);
  EXPECT_EQ(stream.Receive(2), Receipt::kNew);
  EXPECT_EQ(stream.acknowledgements_owed(), 2u);
  v1::SessionResponse heartbeat;
  stream.Stamp(heartbeat);
  EXPECT_EQ(heartbeat.sequence(), 0u);
  EXPECT_EQ(heartbeat.acknowledged(), 2u);
  EXPECT_EQ(stream.acknowledgements_owed(), 0u);
}

TEST(ReliableStreamTest, RefusesAnAcknowledgementOfWhatWasNeverSent) {
  Stream stream({});
  ASSERT_TRUE(stream.Append(Stop(1)).ok());
  EXPECT_EQ(stream.Acknowledge(1).code(), absl::StatusCode::kInvalidArgument);
  ASSERT_NE(stream.NextToSend(), nullptr);
  EXPECT_TRUE(stream.Acknowledge(1).ok());
  EXPECT_TRUE(stream.Acknowledge(0).ok());  // Late, and harmless.
  EXPECT_EQ(stream.Acknowledge(2).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ReliableStreamTest, AnAcknowledgementDuringARepeatSkipsWhatItCovers) {
  Stream stream({});
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(stream.Append(Stop(i)).ok());
  while (stream.NextToSend() != nullptr) {
  }
  stream.Rewind();
  ASSERT_TRUE(stream.Acknowledge(2).ok());
  EXPECT_EQ(stream.NextToSend()->sequence(), 3u);
  EXPECT_FALSE(stream.HasMessageToSend());
}

TEST(ReliableStreamTest, IsFullAtItsLimitOfMessages) {
  Stream stream({.messages_max = 2});
  EXPECT_TRUE(stream.Append(Stop(1)).ok());
  EXPECT_TRUE(stream.Append(Stop(2)).ok());
  const absl::Status full = stream.Append(Stop(3));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  ASSERT_NE(stream.NextToSend(), nullptr);
  ASSERT_TRUE(stream.Acknowledge(1).ok());
  EXPECT_TRUE(stream.Append(Stop(3)).ok());
  EXPECT_EQ(stream.NextToSend()->sequence(), 2u);
  EXPECT_EQ(stream.NextToSend()->sequence(), 3u);
}

TEST(ReliableStreamTest, IsFullAtItsLimitOfBytesButTakesOneLargeMessage) {
  Stream stream({.bytes_max = 100});
  v1::SessionResponse large;
  large.mutable_assign_invocation()->set_payload(std::string(1'000, 'x'));
  EXPECT_TRUE(stream.Append(large).ok());
  EXPECT_EQ(stream.Append(Stop(1)).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_NE(stream.NextToSend(), nullptr);
  ASSERT_TRUE(stream.Acknowledge(1).ok());
  EXPECT_EQ(stream.unacknowledged_bytes(), 0);
  EXPECT_TRUE(stream.Append(Stop(1)).ok());
}

// Two ends and connections that break at any moment, losing what is on the wire.
TEST(ReliableStreamTest, EveryMessageArrivesOnceAndInOrderWhateverBreaks) {
  const uint64_t seed = 20'231;
  SCOPED_TRACE(seed);
  Prng prng(seed);
  for (int run = 0; run < 200; ++run) {
    Stream sender({});
    Stream receiver({});
    std::deque<std::shared_ptr<const v1::SessionResponse>> wire;
    std::vector<uint64_t> taken;
    constexpr uint64_t kMessages = 50;
    uint64_t appended = 0;
    int steps = 0;
    while (taken.size() < kMessages && ++steps < 100'000) {
      switch (prng.Below(8)) {
        case 0:
        case 1:
          if (appended < kMessages) {
            ASSERT_TRUE(sender.Append(Stop(++appended)).ok());
          }
          break;
        case 2:
        case 3:
          if (auto message = sender.NextToSend()) wire.push_back(message);
          break;
        case 4:
        case 5:
          if (!wire.empty()) {
            const Receipt receipt = receiver.Receive(wire.front()->sequence());
            ASSERT_NE(receipt, Receipt::kGap) << "run " << run;
            if (receipt == Receipt::kNew) {
              taken.push_back(wire.front()->stop_environment().environment());
            }
            wire.pop_front();
          }
          break;
        case 6:
          ASSERT_TRUE(sender.Acknowledge(receiver.received()).ok());
          break;
        default:
          if (prng.Below(4) == 0) {
            wire.clear();
            ASSERT_TRUE(sender.Acknowledge(receiver.received()).ok());
            sender.Rewind();
          }
      }
    }
    ASSERT_EQ(taken.size(), kMessages) << "run " << run;
    for (uint64_t i = 0; i < kMessages; ++i) ASSERT_EQ(taken[i], i + 1) << "run " << run;
  }
}

}  // namespace
}  // namespace floe::session
