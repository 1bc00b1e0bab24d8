#include "orchestrator/core/keep_alive_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

constexpr FunctionId kFunction{3};

// A function whose invocations take no time and come after these idle times.
class Idler {
 public:
  explicit Idler(const HybridHistogramOptions& options) : policy_(options) { Finish(); }

  void Idle(Duration length, int times = 1) {
    for (int i = 0; i < times; ++i) {
      now_ = now_ + length;
      policy_.OnArrival(kFunction, 0, now_);
      Finish();
    }
  }
  // An environment becomes idle, none else in flight.
  void Finish() {
    kept_ = policy_.KeepFor({.function = kFunction}, now_);
    prewarm_ = policy_.PrewarmAfter({.function = kFunction}, now_);
  }

  HybridHistogramKeepAlive policy_;
  Instant now_;
  Duration kept_;
  std::optional<Duration> prewarm_;
};

TEST(HybridHistogramKeepAliveTest, KeepsForTheRangeUntilThereAreEnoughSamples) {
  Idler idler({.samples_min = 3});
  idler.Idle(Duration::Minutes(10), 2);
  EXPECT_EQ(idler.kept_, Duration::Hours(4));
  EXPECT_EQ(idler.prewarm_, std::nullopt);

  idler.Idle(Duration::Minutes(10));
  EXPECT_EQ(idler.kept_, Duration());
  // Nine tenths of ten minutes; the bin ends a minute later.
  EXPECT_EQ(idler.prewarm_, Duration::Minutes(9));
}

TEST(HybridHistogramKeepAliveTest, APrewarmedEnvironmentIsKeptUntilTheTailAndItsMargin) {
  Idler idler({.samples_min = 1});
  idler.Idle(Duration::Minutes(10));
  idler.now_ = idler.now_ + Duration::Minutes(9);

  // The tail is at 11 min, 12.1 with its margin, of which 9 have passed.
  EXPECT_EQ(idler.policy_.KeepFor({.function = kFunction, .never_served = true}, idler.now_),
            Duration::Seconds(186));
}

TEST(HybridHistogramKeepAliveTest, AHeadInTheFirstBinUnloadsNothing) {
  Idler idler({.samples_min = 1});
  idler.Idle(Duration::Nanoseconds(59'999'999'999));
  EXPECT_EQ(idler.kept_, Duration::Seconds(66));
  EXPECT_EQ(idler.prewarm_, std::nullopt);

  Idler later({.samples_min = 1});
  later.Idle(Duration::Minutes(1));
  EXPECT_EQ(later.kept_, Duration());
  EXPECT_EQ(later.prewarm_, Duration::Seconds(54));
}

TEST(HybridHistogramKeepAliveTest, HeadAndTailLeaveOutTheirPercentiles) {
  // Of 100: five of 2 min, 94 of 5 min, one of 50 min.
  Idler idler({});
  idler.Idle(Duration::Minutes(2), 5);
  idler.Idle(Duration::Minutes(50), 1);
  idler.Idle(Duration::Minutes(5), 94);
  EXPECT_EQ(idler.prewarm_, Duration::Seconds(108));
  idler.now_ = idler.now_ + Duration::Seconds(108);
  EXPECT_EQ(idler.policy_.KeepFor({.function = kFunction, .never_served = true}, idler.now_),
            Duration::Seconds(396 - 108));

  // One more of 50 min moves the tail, one more of 5 min the head.
  idler.Idle(Duration::Minutes(50), 1);
  EXPECT_EQ(idler.prewarm_, Duration::Seconds(270));
}

// With 4 bins the variation of one full bin is sqrt(3), of two equally full ones 1.
TEST(HybridHistogramKeepAliveTest, BinsTooMuchAlikeTellNothing) {
  const HybridHistogramOptions options{.bins = 4, .representative_cv = 1, .samples_min = 1};
  Idler idler(options);
  idler.Idle(Duration::Minutes(1));
  EXPECT_EQ(idler.kept_, Duration());
  idler.Idle(Duration::Minutes(2));
  EXPECT_EQ(idler.kept_, Duration()) << "exactly representative";
  idler.Idle(Duration::Minutes(3));
  EXPECT_EQ(idler.kept_, Duration::Minutes(4));
}

TEST(HybridHistogramKeepAliveTest, MostlyLongerIdleTimesTellNothing) {
  Idler idler({.bins = 10, .samples_min = 1});
  idler.Idle(Duration::Minutes(5));
  idler.Idle(Duration::Minutes(10));
  EXPECT_EQ(idler.kept_, Duration());
  idler.Idle(Duration::Minutes(10));
  EXPECT_EQ(idler.kept_, Duration::Minutes(10));
}

TEST(HybridHistogramKeepAliveTest, NothingIsUnloadedBesideOthersInFlightNorForTenants) {
  Idler idler({.samples_min = 1});
  idler.Idle(Duration::Minutes(10));

  EXPECT_EQ(idler.policy_.KeepFor({.function = kFunction, .in_flight = 1}, idler.now_),
            Duration::Seconds(726));
  EXPECT_EQ(idler.policy_.PrewarmAfter({.function = kFunction, .in_flight = 1}, idler.now_),
            std::nullopt);
  EXPECT_EQ(idler.policy_.KeepFor({.function = kFunction, .tenant = TenantId{1}}, idler.now_),
            Duration::Seconds(726));
}

TEST(HybridHistogramKeepAliveTest, AFunctionThatWasRemovedStartsAnew) {
  Idler idler({.samples_min = 1});
  idler.Idle(Duration::Minutes(10));
  idler.policy_.OnRemoved(kFunction);
  idler.Finish();
  EXPECT_EQ(idler.kept_, Duration::Hours(4));
}

// The rule once more, computed from all samples with real numbers.
TEST(HybridHistogramKeepAliveTest, AgreesWithTheRuleComputedFromAllSamples) {
  constexpr int kBins = 12;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Prng prng(seed);
    Idler idler({.bins = kBins, .representative_cv = 0.7, .samples_min = 4});
    std::vector<int> samples;
    for (int i = 0; i < 60; ++i) {
      const auto minutes = static_cast<int>(prng.Below(1 + seed % 15));
      samples.push_back(minutes);
      idler.Idle(Duration::Minutes(minutes));

      std::vector<double> counts(kBins, 0);
      std::vector<int> inside;
      for (const int sample : samples) {
        if (sample >= kBins) continue;
        ++counts[static_cast<size_t>(sample)];
        inside.push_back(sample);
      }
      std::sort(inside.begin(), inside.end());
      const auto n = static_cast<double>(inside.size());
      double variance = 0;
      for (const double count : counts) variance += std::pow(count - n / kBins, 2) / kBins;
      const double variation = n == 0 ? 0 : std::sqrt(variance) / (n / kBins);
      const bool tells = samples.size() >= 4 && !inside.empty() &&
                         samples.size() - inside.size() <= inside.size() && variation >= 0.7;
      if (!tells) {
        ASSERT_EQ(idler.kept_, Duration::Minutes(kBins)) << i;
        continue;
      }
      const int head = inside[static_cast<size_t>(std::ceil(0.05 * n)) - 1];
      const int tail = inside[static_cast<size_t>(std::ceil(0.99 * n)) - 1] + 1;
      if (head == 0) {
        ASSERT_EQ(idler.kept_, Duration::Seconds(66 * tail)) << i;
      } else {
        ASSERT_EQ(idler.kept_, Duration()) << i;
        ASSERT_EQ(idler.prewarm_, Duration::Seconds(54 * head)) << i;
      }
    }
  }
}

TEST(HybridHistogramKeepAliveTest, SurvivesOptionsOutOfRange) {
  Idler idler({.bin = Duration(),
               .bins = -1,
               .head_percentile = -5,
               .tail_percentile = 1e300,
               .margin = std::numeric_limits<double>::quiet_NaN(),
               .representative_cv = std::numeric_limits<double>::infinity(),
               .samples_min = -1});
  idler.Idle(Duration::Minutes(1), 3);
  EXPECT_EQ(idler.kept_, Duration::Nanoseconds(1));
}

TEST(UniformKeepAliveTest, StaysBetweenItsEndsWhateverTheirOrder) {
  UniformKeepAlive turned(Duration::Seconds(9), Duration::Seconds(2), 1);
  EXPECT_EQ(turned.KeepFor({}, Instant()), Duration::Seconds(2));
  UniformKeepAlive never(Duration::Seconds(9), Duration::Infinite(), 1);
  EXPECT_TRUE(never.KeepFor({}, Instant()).is_infinite());
}

TEST(UniformKeepAliveTest, TheMeanIsInTheMiddle) {
  UniformKeepAlive policy(Duration::Seconds(300), Duration::Seconds(900), 7);
  Duration sum;
  for (int i = 0; i < 10'000; ++i) sum += policy.KeepFor({}, Instant());
  EXPECT_NEAR(sum.seconds() / 10'000, 600, 6);
}

}  // namespace
}  // namespace floe
