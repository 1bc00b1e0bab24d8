#include "node_agent/output_capture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace floe::node_agent {
namespace {

class OutputCaptureTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  OutputCapture capture_{[this](absl::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(OutputCaptureTest, HandsOnWholeLinesHoweverTheyArrive) {
  capture_.Write("one\ntw");
  capture_.Write("o\n\nthree");
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "two", ""}));
}

TEST_F(OutputCaptureTest, FinishHandsOnTheLineWithoutAnEndOnce) {
  capture_.Write("last words");
  capture_.Finish();
  capture_.Finish();
  EXPECT_EQ(lines_, std::vector<std::string>{"last words"});
}

TEST_F(OutputCaptureTest, CutsALineAtTheLimitAndNotOneByteBefore) {
  capture_.Write(std::string(kLogLineBytesMax - 1, 'x'));
  EXPECT_TRUE(lines_.empty());
  capture_.Write("x");
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(lines_[0].size(), kLogLineBytesMax);
}

TEST_F(OutputCaptureTest, TheTailIsEverythingUpToItsLimit) {
  capture_.Write(std::string(4'096, 'a'));
  EXPECT_EQ(capture_.GetTail().bytes, std::string(4'096, 'a'));
  EXPECT_FALSE(capture_.GetTail().truncated);
}

TEST_F(OutputCaptureTest, TheTailKeepsTheEndBeyondItsLimit) {
  capture_.Write(std::string(4'096, 'a'));
  capture_.Write("b");
  EXPECT_EQ(capture_.GetTail().bytes, std::string(4'095, 'a') + "b");
  EXPECT_TRUE(capture_.GetTail().truncated);
}

TEST_F(OutputCaptureTest, OneWriteLargerThanTheTailIsTruncatedToItsEnd) {
  capture_.Write(std::string(10'000, 'a') + "end");
  EXPECT_EQ(capture_.GetTail().bytes, std::string(4'093, 'a') + "end");
  EXPECT_TRUE(capture_.GetTail().truncated);
}

TEST_F(OutputCaptureTest, ManyShortWritesKeepTheLastOnes) {
  std::string all;
  for (int i = 0; i < 5'000; ++i) {
    const std::string piece = std::to_string(i) + ",";
    all += piece;
    capture_.Write(piece);
  }
  EXPECT_EQ(capture_.GetTail().bytes, all.substr(all.size() - 4'096));
  EXPECT_TRUE(capture_.GetTail().truncated);
}

TEST_F(OutputCaptureTest, StartTailForgetsWhatCameBefore) {
  capture_.Write(std::string(5'000, 'a'));
  capture_.StartTail();
  capture_.Write("b");
  EXPECT_EQ(capture_.GetTail().bytes, "b");
  EXPECT_FALSE(capture_.GetTail().truncated);
}

TEST(OutputCaptureWithoutSinkTest, KeepsTheTailOnly) {
  OutputCapture capture(nullptr);
  capture.Write("a\nb");
  capture.Finish();
  EXPECT_EQ(capture.GetTail().bytes, "a\nb");
}

}  // namespace
}  // namespace floe::node_agent
