#include "orchestrator/core/keep_alive_rules.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace floe {
namespace {

using Wide = unsigned __int128;

// Keeps the draws apart from those of ReuseOrder::kRandom, which has the same seed.
constexpr uint64_t kUniformStream = 0x6b656570;
constexpr int64_t kMillion = 1'000'000;

// Not a number counts as 0.
int64_t Millionths(double value, double max) {
  if (!(value > 0)) return 0;
  return std::llround(std::min(value, max) * static_cast<double>(kMillion));
}

// 1 + variation^2 in units of 2^-20. Not a number counts as 0.
uint64_t RepresentativeLimit(double variation) {
  const double bounded = variation > 0 ? std::min(variation, 1e4) : 0;
  return static_cast<uint64_t>((1 + bounded * bounded) * 0x1p20);
}

// `nanoseconds` times `millionths`, saturated at Infinite().
Duration Scale(int64_t nanoseconds, int64_t millionths) {
  const Wide scaled =
      Wide{static_cast<uint64_t>(nanoseconds)} * static_cast<uint64_t>(millionths) / kMillion;
  const Wide max = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return Duration::Nanoseconds(static_cast<int64_t>(std::min(scaled, max)));
}

}  // namespace

UniformKeepAlive::UniformKeepAlive(Duration min, Duration max, uint64_t seed)
    : min_(std::clamp(min, Duration(), std::max(max, Duration()))),
      max_(std::max(max, Duration())),
      prng_(Prng::ForStream(seed, kUniformStream)) {}

Duration UniformKeepAlive::KeepFor(const IdleEnvironment&, Instant) {
  if (max_.is_infinite()) return max_;
  const auto span = static_cast<uint64_t>((max_ - min_).nanoseconds());
  return min_ + Duration::Nanoseconds(static_cast<int64_t>(prng_.Below(span + 1)));
}

HybridHistogramKeepAlive::HybridHistogramKeepAlive(const HybridHistogramOptions& options)
    : bin_nanoseconds_(std::clamp<int64_t>(
          options.bin.nanoseconds(), 1,
          std::numeric_limits<int64_t>::max() / (int64_t{2} * kHistogramBinsMax))),
      bins_(std::clamp(options.bins, 1, kHistogramBinsMax)),
      head_millionths_(Millionths(options.head_percentile / 100, 1)),
      tail_millionths_(Millionths(options.tail_percentile / 100, 1)),
      margin_millionths_(Millionths(options.margin, 1)),
      representative_(RepresentativeLimit(options.representative_cv)),
      samples_min_(static_cast<uint64_t>(std::max(1, options.samples_min))) {}

void HybridHistogramKeepAlive::OnArrival(FunctionId function, int32_t in_flight, Instant now) {
  Function& row = Find(function);
  if (!row.idle_since.has_value()) return;
  if (in_flight == 0) {
    const int64_t bin = (now - *row.idle_since).nanoseconds() / bin_nanoseconds_;
    if (bin >= bins_) {
      ++row.beyond;
    } else {
      if (row.counts.empty()) row.counts.resize(static_cast<size_t>(bins_));
      uint32_t& count = row.counts[static_cast<size_t>(bin)];
      row.squares += 2 * uint64_t{count} + 1;
      ++count;
      ++row.inside;
    }
    row.is_known = false;
  }
  row.idle_since.reset();
}

Duration HybridHistogramKeepAlive::KeepFor(const IdleEnvironment& environment, Instant now) {
  Function& function = Find(environment.function);
  const bool falls_idle = environment.in_flight == 0 && !environment.never_served;
  if (falls_idle) function.idle_since = now;
  if (!function.is_known) Learn(function);
  if (!function.is_representative) return Duration::Nanoseconds(bin_nanoseconds_) * bins_;
  const Duration tail = Tail(function);
  if (environment.never_served && function.idle_since.has_value()) {
    return std::max(Duration(), tail - (now - *function.idle_since));
  }
  const bool unloads = falls_idle && function.head_bin > 0 && environment.tenant == TenantId{};
  return unloads ? Duration() : tail;
}

std::optional<Duration> HybridHistogramKeepAlive::PrewarmAfter(const IdleEnvironment& environment,
                                                               Instant) {
  const Function& function = Find(environment.function);
  const bool unloads = environment.in_flight == 0 && function.is_known &&
                       function.is_representative && function.head_bin > 0;
  if (!unloads) return std::nullopt;
  return Prewarm(function);
}

void HybridHistogramKeepAlive::OnRemoved(FunctionId function) {
  if (function.value < functions_.size()) functions_[function.value] = Function{};
}

HybridHistogramKeepAlive::Function& HybridHistogramKeepAlive::Find(FunctionId function) {
  if (function.value >= functions_.size()) functions_.resize(function.value + 1);
  return functions_[function.value];
}

void HybridHistogramKeepAlive::Learn(Function& function) {
  function.is_known = true;
  function.is_representative = IsRepresentative(function);
  if (!function.is_representative) return;
  function.head_bin = BinOfRank(function, Rank(function.inside, head_millionths_));
  function.tail_bin = BinOfRank(function, Rank(function.inside, tail_millionths_));
}

bool HybridHistogramKeepAlive::IsRepresentative(const Function& function) const {
  if (function.inside + function.beyond < samples_min_) return false;
  if (function.inside == 0 || function.beyond > function.inside) return false;
  // The variation squared is bins * squares / inside^2 - 1.
  const Wide left = Wide{function.squares} * static_cast<uint64_t>(bins_) << 20;
  return left >= Wide{function.inside} * function.inside * representative_;
}

uint64_t HybridHistogramKeepAlive::Rank(uint64_t samples, int64_t share_millionths) const {
  const Wide product = Wide{samples} * static_cast<uint64_t>(share_millionths);
  return std::max<uint64_t>(1, static_cast<uint64_t>((product + kMillion - 1) / kMillion));
}

int32_t HybridHistogramKeepAlive::BinOfRank(const Function& function, uint64_t rank) const {
  uint64_t seen = 0;
  for (int32_t bin = 0; bin < bins_; ++bin) {
    seen += function.counts[static_cast<size_t>(bin)];
    if (seen >= rank) return bin;
  }
  return bins_ - 1;
}

Duration HybridHistogramKeepAlive::Prewarm(const Function& function) const {
  return Scale(bin_nanoseconds_ * function.head_bin, kMillion - margin_millionths_);
}

Duration HybridHistogramKeepAlive::Tail(const Function& function) const {
  return Scale(bin_nanoseconds_ * (function.tail_bin + 1), kMillion + margin_millionths_);
}

std::unique_ptr<KeepAlivePolicy> MakeKeepAlivePolicy(const SchedulerOptions& options) {
  switch (options.keep_alive_rule) {
    case KeepAliveRule::kFixed:
    case KeepAliveRule::kUntilEvicted:
      return nullptr;
    case KeepAliveRule::kUniform:
      return std::make_unique<UniformKeepAlive>(options.keep_alive_min, options.keep_alive,
                                                options.seed);
    case KeepAliveRule::kHybridHistogram:
      return std::make_unique<HybridHistogramKeepAlive>(options.hybrid);
  }
  return nullptr;
}

}  // namespace floe
