#include "simulator/length_sampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

namespace floe {
namespace {

constexpr double kLengthMaxNs = static_cast<double>(kLengthMax.nanoseconds());
// So many draws at a time stay in the first-level cache.
constexpr size_t kBatch = 64;

// The sub-draws of one draw, beside 2 * attempt and 2 * attempt + 1 of the gamma distribution.
constexpr uint64_t kBoostDraw = uint64_t{1} << 32;
constexpr uint64_t kPartDraw = kBoostDraw + 1;
// Each attempt fails with a chance below 1/20, so the last of so many is never reached.
constexpr uint64_t kGammaAttemptsMax = 64;

int64_t RoundToNanoseconds(double value) {
  // llround would be a call for every draw.
  // NOLINTNEXTLINE(bugprone-incorrect-roundings)
  return static_cast<int64_t>(std::min(value, kLengthMaxNs) + 0.5);
}

double Nanoseconds(Duration length) {
  return static_cast<double>(length.nanoseconds());
}

// G. Marsaglia and W. Tsang, "A simple method for generating gamma variables", 2000. A draw of the
// gamma distribution with mean `shape`, which is at least 1; `normal` is the first attempt's.
double GammaFrom(double normal, double shape, const DrawStream& sub_draws) {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (uint64_t attempt = 0; attempt < kGammaAttemptsMax; ++attempt) {
    const double x = attempt == 0 ? normal : NormalQuantile(sub_draws.Uniform(2 * attempt));
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = sub_draws.Uniform(2 * attempt + 1);
    // The first test is cheap and nearly always enough.
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return d * v;
    if (-NegativeLog(u) < 0.5 * x * x + d * (1 - v - NegativeLog(v))) return d * v;
  }
  return d;
}

}  // namespace

// The inverse of a distribution function, piecewise linear.
struct LengthSampler::Quantiles {
  // From `probability` on: value_ns + (u - probability) * slope.
  struct Piece {
    double probability;
    double value_ns;
    double slope;
  };
  static constexpr size_t kGuides = 64;

  std::vector<Piece> pieces;
  // guide[i] is the piece that holds i / kGuides: the search begins there. A draw may round to 1.
  uint32_t guide[kGuides + 1];

  double At(double u) const {
    size_t i = guide[static_cast<size_t>(u * static_cast<double>(kGuides))];
    while (i + 1 < pieces.size() && pieces[i + 1].probability <= u) ++i;
    const Piece& piece = pieces[i];
    return piece.value_ns + (u - piece.probability) * piece.slope;
  }
};

struct LengthSampler::Parts {
  struct Part {
    double up_to;  // The weights as far as this part, of 1.
    LengthSampler sampler;
  };
  std::vector<Part> parts;

  size_t Choose(const DrawStream& stream, uint64_t number) const {
    const double u = stream.SubDraws(number).Uniform(kPartDraw);
    size_t i = 0;
    while (i + 1 < parts.size() && u >= parts[i].up_to) ++i;
    return i;
  }
};

LengthSampler::LengthSampler(const LengthModel& model) {
  std::visit(
      [this](const auto& length) {
        using Length = std::decay_t<decltype(length)>;
        const auto set = [this](Kind kind, Duration scale, double shape) {
          kind_ = kind;
          scale_ns_ = Nanoseconds(scale);
          shape_ = shape;
        };
        if constexpr (std::is_same_v<Length, ConstantLength>) {
          set(Kind::kConstant, length.value, 0);
        } else if constexpr (std::is_same_v<Length, ExponentialLength>) {
          set(Kind::kExponential, length.mean, 0);
        } else if constexpr (std::is_same_v<Length, LogNormalLength>) {
          set(Kind::kLogNormal, length.median, length.sigma);
        } else if constexpr (std::is_same_v<Length, GammaLength>) {
          set(Kind::kGamma, length.mean, length.shape);
        } else if constexpr (std::is_same_v<Length, WeibullLength>) {
          set(Kind::kWeibull, length.scale, length.shape);
        } else if constexpr (std::is_same_v<Length, ParetoLength>) {
          set(Kind::kPareto, length.scale, length.shape);
        } else if constexpr (std::is_same_v<Length, EmpiricalLength>) {
          *this = LengthSampler(length);
        } else {
          static_assert(std::is_same_v<Length, std::shared_ptr<const MixtureLength>>);
          *this = LengthSampler(*length);
        }
      },
      model);
}

LengthSampler::LengthSampler(const EmpiricalLength& length) : kind_(Kind::kEmpirical) {
  auto table = std::make_shared<Quantiles>();
  for (size_t i = 0; i + 1 < length.quantiles.size(); ++i) {
    const EmpiricalLength::Quantile& from = length.quantiles[i];
    const EmpiricalLength::Quantile& to = length.quantiles[i + 1];
    const double width = to.probability - from.probability;
    if (width <= 0) continue;  // A jump.
    table->pieces.push_back({from.probability, Nanoseconds(from.value),
                             (Nanoseconds(to.value) - Nanoseconds(from.value)) / width});
  }
  size_t piece = 0;
  for (size_t i = 0; i <= Quantiles::kGuides; ++i) {
    const double u = static_cast<double>(i) / static_cast<double>(Quantiles::kGuides);
    while (piece + 1 < table->pieces.size() && table->pieces[piece + 1].probability <= u) ++piece;
    table->guide[i] = static_cast<uint32_t>(piece);
  }
  quantiles_ = std::move(table);
}

LengthSampler::LengthSampler(const MixtureLength& length) : kind_(Kind::kMixture) {
  auto table = std::make_shared<Parts>();
  double total = 0;
  for (const MixtureLength::Part& part : length.parts) total += part.weight;
  double sum = 0;
  for (const MixtureLength::Part& part : length.parts) {
    sum += part.weight;
    table->parts.push_back({sum / total, LengthSampler(part.length)});
  }
  parts_ = std::move(table);
}

Duration LengthSampler::Draw(const DrawStream& stream, uint64_t number) const {
  int64_t nanoseconds = 0;
  DrawMany(stream, number, absl::MakeSpan(&nanoseconds, 1));
  return Duration::Nanoseconds(nanoseconds);
}

void LengthSampler::DrawMany(const DrawStream& stream, uint64_t first,
                             absl::Span<int64_t> out) const {
  if (kind_ == Kind::kConstant) {
    std::fill(out.begin(), out.end(), static_cast<int64_t>(scale_ns_));
    return;
  }
  if (kind_ == Kind::kMixture) {
    DrawFromParts(stream, first, out);
    return;
  }
  double values[kBatch];
  for (size_t begin = 0; begin < out.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, out.size() - begin);
    DrawReals(stream, first + begin, absl::MakeSpan(values, count));
    for (size_t i = 0; i < count; ++i) out[begin + i] = RoundToNanoseconds(values[i]);
  }
}

void LengthSampler::DrawReals(const DrawStream& stream, uint64_t first,
                              absl::Span<double> out) const {
  switch (kind_) {
    case Kind::kExponential:
      DrawExponentials(stream, first, out);
      for (double& value : out) value *= scale_ns_;
      break;
    case Kind::kLogNormal:
      DrawNormals(stream, first, out);
      ScaleExponentials(scale_ns_, shape_, out);
      break;
    case Kind::kGamma:
      DrawGammas(stream, first, out);
      break;
    case Kind::kWeibull:
      DrawExponentials(stream, first, out);
      ScalePowers(scale_ns_, 1 / shape_, out);
      break;
    case Kind::kPareto:
      DrawExponentials(stream, first, out);
      ScaleExponentials(scale_ns_, 1 / shape_, out);
      for (double& value : out) value -= scale_ns_;
      break;
    case Kind::kEmpirical:
      DrawFromQuantiles(stream, first, out);
      break;
    case Kind::kConstant:
    case Kind::kMixture:
      break;
  }
}

void LengthSampler::DrawGammas(const DrawStream& stream, uint64_t first,
                               absl::Span<double> out) const {
  DrawNormals(stream, first, out);
  // Below shape 1: a draw of shape + 1, times a uniform number to the power of 1 / shape.
  const bool boosted = shape_ < 1;
  const double shape = boosted ? shape_ + 1 : shape_;
  for (size_t i = 0; i < out.size(); ++i) {
    const DrawStream sub_draws = stream.SubDraws(first + i);
    double gamma = GammaFrom(out[i], shape, sub_draws);
    if (boosted) gamma *= Exp(-NegativeLog(sub_draws.Uniform(kBoostDraw)) / shape_);
    out[i] = gamma * (scale_ns_ / shape_);
  }
}

void LengthSampler::DrawFromQuantiles(const DrawStream& stream, uint64_t first,
                                      absl::Span<double> out) const {
  for (size_t i = 0; i < out.size(); ++i) out[i] = quantiles_->At(stream.Uniform(first + i));
}

void LengthSampler::DrawFromParts(const DrawStream& stream, uint64_t first,
                                  absl::Span<int64_t> out) const {
  const std::vector<Parts::Part>& parts = parts_->parts;
  uint8_t chosen[kBatch];
  int64_t drawn[kBatch];
  for (size_t begin = 0; begin < out.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, out.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      chosen[i] = static_cast<uint8_t>(parts_->Choose(stream, first + begin + i));
    }
    for (size_t part = 0; part < parts.size(); ++part) {
      const auto wanted = static_cast<size_t>(std::count(chosen, chosen + count, part));
      if (wanted == 0) continue;
      // All of the batch at once is cheaper than many one by one.
      const bool all = wanted * 4 >= count;
      if (all) parts[part].sampler.DrawMany(stream, first + begin, absl::MakeSpan(drawn, count));
      for (size_t i = 0; i < count; ++i) {
        if (chosen[i] != part) continue;
        out[begin + i] =
            all ? drawn[i] : parts[part].sampler.Draw(stream, first + begin + i).nanoseconds();
      }
    }
  }
}

}  // namespace floe
