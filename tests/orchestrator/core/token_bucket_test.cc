#include "orchestrator/core/token_bucket.h"

#include <cstdint>

#include "base/time.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

Instant Nanosecond(int64_t n) {
  return Instant::FromNanoseconds(n);
}

int64_t TakeAll(TokenBucket& bucket, const TokenRate& rate, Instant now) {
  int64_t taken = 0;
  for (; bucket.HasToken(rate, now); ++taken) bucket.Take(rate, now);
  return taken;
}

TEST(TokenBucketTest, IsFullAtFirst) {
  const TokenRate rate = TokenRate::Create(3, Duration::Seconds(1));
  TokenBucket bucket(rate);
  EXPECT_EQ(TakeAll(bucket, rate, Instant()), 3);
}

TEST(TokenBucketTest, RefillsContinuously) {
  const TokenRate rate = TokenRate::Create(1'000, Duration::Seconds(10));
  TokenBucket bucket(rate);
  ASSERT_EQ(TakeAll(bucket, rate, Instant()), 1'000);

  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(9'999'999)), 0);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(10'000'000)), 1);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(25'000'000)), 1);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(30'000'000)), 1);
}

TEST(TokenBucketTest, SavesUpNoMoreThanItsCapacity) {
  const TokenRate rate = TokenRate::Create(1'000, Duration::Seconds(10));
  TokenBucket bucket(rate);
  ASSERT_EQ(TakeAll(bucket, rate, Instant()), 1'000);

  EXPECT_EQ(TakeAll(bucket, rate, Instant() + Duration::Hours(1'000'000)), 1'000);
}

TEST(TokenBucketTest, IsFullAgainAfterExactlyItsPeriod) {
  const TokenRate rate = TokenRate::Create(7, Duration::Seconds(1));
  TokenBucket early(rate);
  ASSERT_EQ(TakeAll(early, rate, Instant()), 7);
  TokenBucket late = early;

  EXPECT_EQ(TakeAll(early, rate, Nanosecond(999'999'999)), 6);
  EXPECT_EQ(TakeAll(late, rate, Nanosecond(1'000'000'000)), 7);
}

TEST(TokenBucketTest, RoundsNothingAway) {
  // Three per second: one each 333,333,333 1/3 ns.
  const TokenRate rate = TokenRate::Create(3, Duration::Seconds(1));
  TokenBucket bucket(rate);
  ASSERT_EQ(TakeAll(bucket, rate, Instant()), 3);

  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(333'333'333)), 0);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(333'333'334)), 1);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(666'666'666)), 0);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(666'666'667)), 1);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(999'999'999)), 0);
  EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(1'000'000'000)), 1);
}

TEST(TokenBucketTest, WorksOnClocksFarFromZero) {
  for (const int64_t start : {INT64_MIN, int64_t{-5}, INT64_MAX - 2'000'000'000}) {
    const TokenRate rate = TokenRate::Create(2, Duration::Seconds(1));
    TokenBucket bucket(rate);
    EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(start)), 2) << start;
    EXPECT_EQ(TakeAll(bucket, rate, Nanosecond(start + 500'000'000)), 1) << start;
  }
}

TEST(TokenBucketTest, TheGreatestRatesDoNotOverflow) {
  for (const int64_t tokens : {kTokensMax - 1, kTokensMax, INT64_MAX}) {
    const TokenRate rate = TokenRate::Create(tokens, Duration::Seconds(1));
    TokenBucket bucket(rate);
    for (int i = 0; i < 1'000; ++i) bucket.Take(rate, Instant());
    EXPECT_TRUE(bucket.HasToken(rate, Nanosecond(999'999'999))) << tokens;
  }
}

TEST(TokenBucketTest, UnlimitedNeverRefuses) {
  const TokenRate rate = TokenRate::Unlimited();
  EXPECT_TRUE(rate.is_unlimited());
  TokenBucket bucket(rate);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(bucket.HasToken(rate, Instant()));
    bucket.Take(rate, Instant());
  }
}

TEST(TokenBucketTest, TellsTheFirstTimeWithATokenToTheNanosecond) {
  const TokenRate rate = TokenRate::Create(3, Duration::Nanoseconds(10));
  TokenBucket bucket(rate);
  EXPECT_EQ(bucket.NextTokenAt(rate, Nanosecond(7)), Nanosecond(7));
  for (int i = 0; i < 3; ++i) bucket.Take(rate, Nanosecond(7));
  // A third of ten, rounded up.
  EXPECT_EQ(bucket.NextTokenAt(rate, Nanosecond(7)), Nanosecond(11));
  EXPECT_FALSE(bucket.HasToken(rate, Nanosecond(10)));
  EXPECT_TRUE(bucket.HasToken(rate, Nanosecond(11)));
  EXPECT_EQ(bucket.NextTokenAt(rate, Nanosecond(9)), Nanosecond(11));
}

}  // namespace
}  // namespace floe
