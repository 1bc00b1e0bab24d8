#include "simulator/arrival_processes/modulated_processes.h"

#include <algorithm>
#include <cmath>

#include "base/time.h"

namespace floe {
namespace {

constexpr size_t kBatch = 64;
constexpr double kSecondsPerNanosecond = 1e-9;
// Beyond this many nanoseconds lies no run.
constexpr double kGapMaxNs = static_cast<double>(kScenarioDurationMax.nanoseconds());
// Longer than every run, and a sum with one still fits.
constexpr double kEndlessNs = 2 * kGapMaxNs;

int64_t LeastOf(Instant a, Instant b) {
  return std::min(a, b).nanoseconds();
}

// Writes arrivals until `advance` says that there are no more, in batches of draws.
template <typename Advance, typename Now>
size_t FillFrom(const DrawStream& gaps, uint64_t& drawn, absl::Span<int64_t> at, Advance advance,
                Now now) {
  double expected[kBatch];
  const size_t count = std::min(at.size(), kBatch);
  DrawExponentials(gaps, drawn, absl::MakeSpan(expected, count));
  for (size_t i = 0; i < count; ++i) {
    if (!advance(expected[i])) return i;
    ++drawn;
    at[i] = now();
  }
  return count;
}

}  // namespace

// ---- Markov-modulated

MarkovModulatedProcess::MarkovModulatedProcess(const MarkovModulatedArrivals& model,
                                               const ArrivalProcessKey& key)
    : states_(model.states),
      gaps_(key.seed, key.source, DrawPurpose::kArrivalGap),
      stays_(key.seed, key.source, DrawPurpose::kArrivalState),
      until_(LeastOf(model.until, key.run_end)),
      begin_(model.from.nanoseconds()) {
  BeginStay();
}

void MarkovModulatedProcess::BeginStay() {
  const MarkovModulatedArrivals::State& state = states_[stays_drawn_ % states_.size()];
  const double mean_ns = static_cast<double>(state.mean_stay.nanoseconds());
  const double stay_ns = NegativeLog(stays_.Uniform(stays_drawn_++)) * mean_ns;
  stay_ns_ = static_cast<int64_t>(std::min(stay_ns, kEndlessNs));
  used_ns_ = 0;
  rate_per_ns_ = state.rate_per_second * kSecondsPerNanosecond;
}

bool MarkovModulatedProcess::Advance(double expected) {
  while (begin_ < until_) {
    const double left = (static_cast<double>(stay_ns_) - used_ns_) * rate_per_ns_;
    if (expected < left) {
      used_ns_ += expected / rate_per_ns_;
      return begin_ + static_cast<int64_t>(used_ns_) < until_;
    }
    expected -= left;
    begin_ += stay_ns_;
    BeginStay();
  }
  return false;
}

size_t MarkovModulatedProcess::Fill(absl::Span<int64_t> at) {
  return FillFrom(
      gaps_, drawn_, at, [this](double expected) { return Advance(expected); },
      [this] { return begin_ + static_cast<int64_t>(used_ns_); });
}

// ---- A rate over time

RateProcess::RateProcess(const RateArrivals& model, const ArrivalProcessKey& key)
    : gaps_(key.seed, key.source, DrawPurpose::kArrivalGap),
      period_ns_(model.period.is_infinite() ? 0 : model.period.nanoseconds()),
      until_(LeastOf(model.until, key.run_end)),
      period_begin_(model.from.nanoseconds()) {
  const double unit = kSecondsPerNanosecond * static_cast<double>(key.function_count);
  const auto add = [this](int64_t begin, double length_ns, double first, double last) {
    pieces_.push_back(
        {.begin = begin, .length_ns = length_ns, .rate_first = first, .rate_last = last});
  };
  const int64_t first_at = model.points.front().at.nanoseconds();
  if (first_at > 0) add(0, static_cast<double>(first_at), 0, 0);
  for (size_t i = 0; i < model.points.size(); ++i) {
    const RateArrivals::Point& point = model.points[i];
    const int64_t begin = point.at.nanoseconds();
    const double rate = point.rate_per_second * unit;
    if (i + 1 < model.points.size()) {
      const RateArrivals::Point& next = model.points[i + 1];
      add(begin, static_cast<double>(next.at.nanoseconds() - begin), rate,
          model.between == RateArrivals::Between::kLine ? next.rate_per_second * unit : rate);
    } else {
      add(begin, period_ns_ > 0 ? static_cast<double>(period_ns_ - begin) : kEndlessNs, rate, rate);
    }
  }
}

bool RateProcess::Advance(double expected) {
  while (PieceBegin() < until_) {
    const Piece& piece = pieces_[piece_];
    const double slope = (piece.rate_last - piece.rate_first) / piece.length_ns;
    const double rate = piece.rate_first + slope * used_ns_;
    const double left_ns = piece.length_ns - used_ns_;
    const double left = left_ns * (rate + piece.rate_last) / 2;
    if (expected < left) {
      // rate * t + slope * t^2 / 2 = expected, in the form that does not cancel.
      const double root = std::sqrt(std::max(0.0, rate * rate + 2 * slope * expected));
      used_ns_ += std::min(2 * expected / (rate + root), left_ns);
      return PieceBegin() + static_cast<int64_t>(used_ns_) < until_;
    }
    expected -= left;
    used_ns_ = 0;
    if (piece_ + 1 < pieces_.size()) {
      ++piece_;
    } else if (period_ns_ > 0) {
      piece_ = 0;
      period_begin_ += period_ns_;
    } else {
      period_begin_ = until_;
    }
  }
  return false;
}

size_t RateProcess::Fill(absl::Span<int64_t> at) {
  return FillFrom(
      gaps_, drawn_, at, [this](double expected) { return Advance(expected); },
      [this] { return PieceBegin() + static_cast<int64_t>(used_ns_); });
}

// ---- Sine

SineProcess::SineProcess(const SineArrivals& model, const ArrivalProcessKey& key)
    : gaps_(key.seed, key.source, DrawPurpose::kArrivalGap),
      thinning_(key.seed, key.source, DrawPurpose::kArrivalThinning),
      amplitude_(model.amplitude),
      least_gap_ns_(1e9 / (model.mean_rate_per_second * (1 + model.amplitude) *
                           static_cast<double>(key.function_count))),
      period_ns_(model.period.nanoseconds()),
      peak_at_(model.peak_at.nanoseconds()),
      until_(LeastOf(model.until, key.run_end)),
      at_(model.from.nanoseconds()) {}

bool SineProcess::Keeps(int64_t at, double draw) const {
  const double share = draw * (1 + amplitude_);
  // Below the lowest rate every draw is kept.
  if (share < 1 - amplitude_) return true;
  const auto phase = static_cast<double>((at - peak_at_) % period_ns_);
  return share < 1 + amplitude_ * CosineOfTurns(phase / static_cast<double>(period_ns_));
}

size_t SineProcess::Fill(absl::Span<int64_t> at) {
  double gaps[kBatch];
  double draws[kBatch];
  while (at_ < until_) {
    const size_t count = std::min(at.size(), kBatch);
    DrawExponentials(gaps_, drawn_, absl::MakeSpan(gaps, count));
    DrawUniforms(thinning_, drawn_, absl::MakeSpan(draws, count));
    drawn_ += count;
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      const double gap = std::min(gaps[i] * least_gap_ns_, kEndlessNs) + carry_ns_;
      const auto whole = static_cast<int64_t>(gap);
      carry_ns_ = gap - static_cast<double>(whole);
      if (whole >= until_ - at_) {
        at_ = until_;
        return kept;
      }
      at_ += whole;
      if (Keeps(at_, draws[i])) at[kept++] = at_;
    }
    if (kept > 0) return kept;
  }
  return 0;
}

}  // namespace floe
