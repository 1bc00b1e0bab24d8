// The laws of arrivals whose rate changes, each against its closed form within five standard
// errors. Seeds are fixed, so a test passes always or never.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "absl/types/span.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "simulator/arrival_process.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

constexpr double kPi = 3.14159265358979323846;

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

// Arrival times in seconds.
std::vector<double> Times(const Arrivals& model, int64_t end_seconds, int64_t function_count = 1,
                          size_t batch = 37) {
  const std::unique_ptr<ArrivalProcess> process = MakeArrivalProcess(
      model,
      {.seed = 1, .source = 3, .function_count = function_count, .run_end = Sec(end_seconds)});
  std::vector<double> times;
  std::vector<int64_t> some(batch);
  int64_t last = 0;
  while (const size_t count = process->Fill(absl::MakeSpan(some))) {
    for (size_t i = 0; i < count; ++i) {
      EXPECT_GE(some[i], last);
      last = some[i];
      times.push_back(static_cast<double>(last) * 1e-9);
    }
  }
  EXPECT_EQ(process->Fill(absl::MakeSpan(some)), 0u);
  return times;
}

// Arrivals in each of `count` intervals of this many seconds.
std::vector<double> Counts(const std::vector<double>& times, double width, size_t count) {
  std::vector<double> counts(count);
  for (const double time : times) {
    const auto bin = static_cast<size_t>(time / width);
    if (bin < count) ++counts[bin];
  }
  return counts;
}

double MeanOf(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double VarianceOf(const std::vector<double>& values) {
  const double mean = MeanOf(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

void ExpectPoisson(double arrivals, double mean) {
  EXPECT_NEAR(arrivals, mean, 5 * std::sqrt(mean));
}

const std::vector<Arrivals>& AllModels() {
  static const auto* const models = new std::vector<Arrivals>{
      MarkovModulatedArrivals{.states = {{30, Duration::Seconds(2)}, {0, Duration::Seconds(1)}},
                              .from = Sec(3),
                              .until = Sec(40)},
      RateArrivals{.points = {{Duration::Seconds(1), 10}, {Duration::Seconds(3), 30}},
                   .between = RateArrivals::Between::kLine,
                   .period = Duration::Seconds(4),
                   .from = Sec(3),
                   .until = Sec(40)},
      SineArrivals{.mean_rate_per_second = 10,
                   .amplitude = 0.8,
                   .period = Duration::Seconds(7),
                   .from = Sec(3),
                   .until = Sec(40)},
      RenewalArrivals{.gap = GammaLength{.mean = Duration::Milliseconds(100), .shape = 0.5},
                      .from = Sec(3),
                      .until = Sec(40)}};
  return *models;
}

TEST(ModulatedProcessesTest, ArrivalsKeepToTheirWindowAndToTheRun) {
  for (const Arrivals& model : AllModels()) {
    SCOPED_TRACE(model.index());
    const std::vector<double> times = Times(model, 1'000);
    ASSERT_GT(times.size(), 100u);
    EXPECT_GE(times.front(), 3);
    EXPECT_LT(times.back(), 40);
    EXPECT_GT(times.back(), 35);
    EXPECT_LT(Times(model, 20).back(), 20);
    EXPECT_TRUE(Times(model, 3).empty());
  }
}

TEST(ModulatedProcessesTest, HowTimesAreSplitOverCallsChangesNothing) {
  for (const Arrivals& model : AllModels()) {
    SCOPED_TRACE(model.index());
    const std::vector<double> one_by_one = Times(model, 1'000, 1, 1);
    EXPECT_EQ(Times(model, 1'000, 1, 37), one_by_one);
    EXPECT_EQ(Times(model, 1'000, 1, 5'000), one_by_one);
  }
}

TEST(RenewalProcessTest, GapsHaveTheirLaw) {
  const std::vector<double> times = Times(
      RenewalArrivals{.gap = GammaLength{.mean = Duration::Milliseconds(100), .shape = 4}}, 10'000);
  std::vector<double> gaps;
  for (size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  // Mean 0.1, standard deviation 0.05; 100,000 of them.
  EXPECT_NEAR(MeanOf(gaps), 0.1, 5 * 0.05 / std::sqrt(1e5));
  EXPECT_NEAR(VarianceOf(gaps), 0.0025, 5 * 0.0025 * std::sqrt((2 + 6.0 / 4) / 1e5));
  // Gaps are independent of each other.
  double covariance = 0;
  for (size_t i = 1; i < gaps.size(); ++i) covariance += (gaps[i] - 0.1) * (gaps[i - 1] - 0.1);
  EXPECT_NEAR(covariance / static_cast<double>(gaps.size()), 0, 5 * 0.0025 / std::sqrt(1e5));
}

TEST(RenewalProcessTest, TheFirstArrivalComesOneGapAfterTheStart) {
  const std::vector<double> times =
      Times(RenewalArrivals{.gap = ConstantLength{Duration::Seconds(2)}, .from = Sec(1)}, 9);
  EXPECT_EQ(times, (std::vector<double>{3, 5, 7}));
}

TEST(RenewalProcessTest, AGapBeyondTheEndOfTimeEndsTheProcess) {
  EXPECT_TRUE(Times(RenewalArrivals{.gap = ConstantLength{kLengthMax}, .from = Sec(1)}, 9).empty());
}

TEST(MarkovModulatedProcessTest, CountsHaveTheKnownMeanAndDispersion) {
  // Two states with rates 40 and 5 per second, for 2 s and 6 s on average: rate 13.75.
  constexpr double kRates[] = {40, 5};
  constexpr double kStays[] = {2, 6};
  const MarkovModulatedArrivals model{
      .states = {{kRates[0], Duration::Seconds(2)}, {kRates[1], Duration::Seconds(6)}}};
  constexpr size_t kBins = 20'000;
  constexpr double kWidth = 5;
  const std::vector<double> counts =
      Counts(Times(model, static_cast<int64_t>(kBins * kWidth)), kWidth, kBins);
  const double p = kStays[0] / (kStays[0] + kStays[1]);
  const double rate = p * kRates[0] + (1 - p) * kRates[1];
  // The rate's covariance is p (1 - p) (r1 - r2)^2 exp(-theta t), theta the sum of the two rates of
  // leaving. Integrated twice over the bin, and the Poisson variance added.
  const double theta = 1 / kStays[0] + 1 / kStays[1];
  const double spread = p * (1 - p) * (kRates[0] - kRates[1]) * (kRates[0] - kRates[1]);
  const double decay = (std::exp(-theta * kWidth) - 1 + theta * kWidth) / (theta * theta);
  const double variance = rate * kWidth + 2 * spread * decay;
  // Bins are correlated over about 1 / theta, which is less than a bin.
  EXPECT_NEAR(MeanOf(counts), rate * kWidth, 5 * std::sqrt(2 * variance / kBins));
  EXPECT_NEAR(VarianceOf(counts) / MeanOf(counts), variance / (rate * kWidth),
              0.03 * variance / (rate * kWidth));
}

TEST(MarkovModulatedProcessTest, ASilentStateHasNoArrivals) {
  const MarkovModulatedArrivals model{
      .states = {{1'000, Duration::Seconds(1)}, {0, Duration::Seconds(3)}}};
  const std::vector<double> times = Times(model, 4'000);
  double silence = 0;
  size_t silences = 0;
  for (size_t i = 1; i < times.size(); ++i) {
    if (times[i] - times[i - 1] < 0.05) continue;
    silence += times[i] - times[i - 1];
    ++silences;
  }
  // 1,000 cycles of 4 s. A stay above 0.05 s lasts 3.05 s on average.
  EXPECT_NEAR(static_cast<double>(silences), 1'000 * std::exp(-0.05 / 3), 110);
  EXPECT_NEAR(silence / static_cast<double>(silences), 3.05, 5 * 3 / std::sqrt(1'000));
  EXPECT_NEAR(static_cast<double>(times.size()), 1'000'000, 5 * 45'000);
}

TEST(MarkovModulatedProcessTest, BeginsInTheFirstState) {
  const MarkovModulatedArrivals model{
      .states = {{0, Duration::Seconds(1'000'000)}, {1'000, Duration::Seconds(1)}}};
  EXPECT_TRUE(Times(model, 10).empty());
}

TEST(RateProcessTest, StepsHoldUntilTheNextPoint) {
  const RateArrivals model{.points = {{Duration::Seconds(10), 200},
                                      {Duration::Seconds(20), 0},
                                      {Duration::Seconds(30), 1'000}},
                           .from = Sec(5)};
  const std::vector<double> counts = Counts(Times(model, 65), 5, 13);
  const double expected[] = {0, 0, 0, 1'000, 1'000, 0, 0, 5'000, 5'000, 5'000, 5'000, 5'000, 5'000};
  for (size_t i = 0; i < 13; ++i) ExpectPoisson(counts[i], expected[i]);
}

TEST(RateProcessTest, LinesRiseAndFallBetweenThePoints) {
  const RateArrivals model{
      .points = {{Duration(), 0}, {Duration::Seconds(100), 400}, {Duration::Seconds(200), 0}},
      .between = RateArrivals::Between::kLine};
  const std::vector<double> times = Times(model, 300);
  const std::vector<double> counts = Counts(times, 10, 30);
  for (size_t i = 0; i < 10; ++i) {
    const double middle = 400 * (static_cast<double>(i) + 0.5) / 10;
    ExpectPoisson(counts[i], 10 * middle);
    ExpectPoisson(counts[19 - i], 10 * middle);
    EXPECT_EQ(counts[20 + i], 0);
  }
  // Within the first second the rate goes from 0 to 4: 2 arrivals, at 2/3 s on average.
  ExpectPoisson(Counts(times, 5, 1)[0], 50);
}

TEST(RateProcessTest, APeriodIsRepeatedWithItsSilenceBeforeTheFirstPoint) {
  const RateArrivals model{.points = {{Duration::Seconds(2), 500}, {Duration::Seconds(3), 100}},
                           .period = Duration::Seconds(5)};
  const std::vector<double> times = Times(model, 500);
  std::vector<double> phases;
  for (const double time : times) phases.push_back(std::fmod(time, 5));
  const std::vector<double> counts = Counts(phases, 1, 5);
  const double expected[] = {0, 0, 50'000, 10'000, 10'000};
  for (size_t i = 0; i < 5; ++i) ExpectPoisson(counts[i], expected[i]);
}

TEST(RateProcessTest, AConstantRateIsPoisson) {
  const RateArrivals model{.points = {{Duration(), 10}}};
  const std::vector<double> counts = Counts(Times(model, 20'000), 1, 20'000);
  EXPECT_NEAR(MeanOf(counts), 10, 5 * std::sqrt(10.0 / 20'000));
  // The variance of a sample variance: (mu4 - sigma^4) / n = (10 + 2 * 100) / n.
  EXPECT_NEAR(VarianceOf(counts), 10, 5 * std::sqrt(210.0 / 20'000));
}

TEST(RateProcessTest, ManyFunctionsTogetherHaveTheSumOfTheirRates) {
  const RateArrivals model{.points = {{Duration(), 3}}};
  ExpectPoisson(static_cast<double>(Times(model, 100, /*function_count=*/50).size()), 15'000);
}

TEST(SineProcessTest, CountsFollowTheCosine) {
  constexpr double kMean = 100;
  constexpr double kPeriod = 60;
  const SineArrivals model{.mean_rate_per_second = kMean,
                           .amplitude = 0.9,
                           .period = Duration::Seconds(60),
                           .peak_at = Duration::Seconds(15)};
  std::vector<double> phases;
  for (const double time : Times(model, 6'000)) phases.push_back(std::fmod(time, kPeriod));
  const std::vector<double> counts = Counts(phases, 5, 12);
  for (size_t i = 0; i < 12; ++i) {
    // The integral of the rate over the bin, in 100 periods.
    const auto integral = [](double t) {
      return kMean * (t + 0.9 * kPeriod / (2 * kPi) * std::sin(2 * kPi * (t - 15) / kPeriod));
    };
    const double begin = 5 * static_cast<double>(i);
    ExpectPoisson(counts[i], 100 * (integral(begin + 5) - integral(begin)));
  }
}

TEST(SineProcessTest, AFullSwingReachesSilence) {
  const SineArrivals model{
      .mean_rate_per_second = 1'000, .amplitude = 1, .period = Duration::Seconds(100)};
  const std::vector<double> counts = Counts(Times(model, 100), 1, 100);
  // Around the trough: the integral of 1000 (1 - cos x) over 0.02 pi is 0.66.
  EXPECT_LE(counts[49], 4);
  EXPECT_LE(counts[50], 4);
  ExpectPoisson(counts[0], 2'000);
}

TEST(SineProcessTest, WithoutSwingAndForManyFunctionsItIsPoissonOfTheSum) {
  const SineArrivals model{.mean_rate_per_second = 2, .amplitude = 0};
  ExpectPoisson(static_cast<double>(Times(model, 1'000, /*function_count=*/10).size()), 20'000);
}

TEST(ProcessSharingTest, OnlyPoissonLikeArrivalsAreOneProcessForManyFunctions) {
  const RenewalArrivals renewal{.gap = ConstantLength{Duration::Seconds(1)}};
  EXPECT_EQ(SharingOf(PoissonArrivals{}), ProcessSharing::kChosen);
  EXPECT_EQ(SharingOf(RateArrivals{}), ProcessSharing::kChosen);
  EXPECT_EQ(SharingOf(SineArrivals{}), ProcessSharing::kChosen);
  EXPECT_EQ(SharingOf(renewal), ProcessSharing::kApart);
  EXPECT_EQ(SharingOf(MarkovModulatedArrivals{}), ProcessSharing::kApart);
  EXPECT_EQ(SharingOf(IntervalArrivals{}), ProcessSharing::kTogether);
  EXPECT_EQ(SharingOf(IntervalArrivals{.random_phase = true}), ProcessSharing::kApart);
}

}  // namespace
}  // namespace floe
