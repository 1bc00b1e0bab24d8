#include "experiment/warm_up.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "simulator/statistics.h"

namespace floe {
namespace {

// A late start has to be better by this factor to show that the series has not settled. One that
// rises evenly to its end reaches 2.
constexpr double kLateAdvantage = 1.5;

}  // namespace

MserCut CutByMser(absl::Span<const double> series) {
  std::vector<double> batches;
  for (size_t i = 0; i + kMserBatch <= series.size(); i += kMserBatch) {
    double sum = 0;
    for (size_t j = i; j < i + kMserBatch; ++j) sum += series[j];
    batches.push_back(sum / kMserBatch);
  }
  const size_t count = batches.size();
  const size_t half = count / 2;
  size_t best = 0;
  double least = std::numeric_limits<double>::infinity();       // With starts in the first half,
  double least_late = std::numeric_limits<double>::infinity();  // and in the third quarter.
  // From the end on, so that mean and squares of the rest grow by one batch each time (Welford).
  double mean = 0;
  double squares = 0;
  for (size_t rest = 1; rest <= count; ++rest) {
    const double value = batches[count - rest];
    const double before = value - mean;
    mean += before / static_cast<double>(rest);
    squares += before * (value - mean);
    const double error = squares / (static_cast<double>(rest) * static_cast<double>(rest));
    const size_t start = count - rest;
    if (start > half) {
      if (rest >= count / 4) least_late = std::min(least_late, error);
    } else if (error <= least) {  // At equal errors the longer rest.
      least = error;
      best = start;
    }
  }
  // By chance alone a later start can be a little better.
  if (least <= kLateAdvantage * least_late) return {.values = best * kMserBatch};
  return {.values = half * kMserBatch, .settled = false};
}

WarmUp WarmUpOf(const SimulationResult& run) {
  const std::vector<SeriesPart>& parts = run.environments.series;
  std::vector<double> series[3];
  for (const SeriesPart& part : parts) {
    series[0].push_back(part.mean.live());
    series[1].push_back(part.mean.concurrency());
    series[2].push_back(static_cast<double>(part.cold_starts));
  }
  MserCut longest;
  for (const std::vector<double>& values : series) {
    const MserCut cut = CutByMser(values);
    longest.values = std::max(longest.values, cut.values);
    longest.settled = longest.settled && cut.settled;
  }
  if (parts.empty()) return {};
  const auto length = static_cast<__int128>(run.duration.nanoseconds()) *
                      static_cast<__int128>(longest.values) / static_cast<__int128>(parts.size());
  return {.length = Duration::Nanoseconds(static_cast<int64_t>(length)),
          .settled = longest.settled};
}

}  // namespace floe
