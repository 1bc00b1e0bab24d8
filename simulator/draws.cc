#include "simulator/draws.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

#include "base/prng.h"

// Several draws at a time with what the processor offers, chosen when the program starts. The same
// bits either way: only additions, multiplications, divisions and conversions of doubles, never
// fused (-ffp-contract=off). Not with sanitizers, which are not ready when the choice is made.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FLOE_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FLOE_VECTOR_CLONES
#endif

namespace floe {
namespace {

constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // The leading 42 bits of ln 2.
constexpr double kLn2Low = 0x1.ef35793c76730p-45;  // The rest of it.
// So many draws at a time stay in the first-level cache.
constexpr size_t kBatch = 64;

// ln u for normal positive u, without branches, so that the compiler can do several at once.
inline double Log(double u) {
  // u = m * 2^k with m in [sqrt(1/2), sqrt(2)); ln m = 2 atanh(s), s = (m - 1) / (m + 1).
  constexpr uint64_t kSqrtHalfBits = 0x3FE6A09E667F3BCD;
  const uint64_t bits = std::bit_cast<uint64_t>(u);
  const int64_t exponent = static_cast<int64_t>(bits - kSqrtHalfBits) >> 52;
  const double mantissa = std::bit_cast<double>(bits - (static_cast<uint64_t>(exponent) << 52));
  const double k = static_cast<double>(static_cast<int32_t>(exponent));
  const double s = (mantissa - 1) / (mantissa + 1);
  const double z = s * s;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  // 1/3 + z/5 + z^2/7 + ... + z^9/21: |s| < 0.1716, so what is left out is below 1e-17.
  const double p0 = (1.0 / 3 + z * (1.0 / 5)) + z2 * (1.0 / 7 + z * (1.0 / 9));
  const double p1 = (1.0 / 11 + z * (1.0 / 13)) + z2 * (1.0 / 15 + z * (1.0 / 17));
  const double p2 = 1.0 / 19 + z * (1.0 / 21);
  const double series = p0 + z4 * (p1 + z4 * p2);
  return k * kLn2High + (2 * s + (2 * s * z * series + k * kLn2Low));
}

inline double ExpInline(double x) {
  // exp(x) = 2^k exp(r) with |r| <= ln(2)/2. Adding 1.5 * 2^52 rounds to an integer in the low
  // bits.
  constexpr double kRound = 0x1.8p52;
  const double shifted = x * 0x1.71547652b82fep0 + kRound;
  const double k = shifted - kRound;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  const double r2 = r * r;
  const double r4 = r2 * r2;
  // The Taylor series to r^13 / 13!, in an order that leaves the steps independent.
  const double p0 = (1 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
  const double p1 = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5'040));
  const double p2 =
      (1.0 / 40'320 + r * (1.0 / 362'880)) + r2 * (1.0 / 3'628'800 + r * (1.0 / 39'916'800));
  const double p3 = 1.0 / 479'001'600 + r * (1.0 / 6'227'020'800);
  const double series = p0 + r4 * (p1 + r4 * (p2 + r4 * p3));
  const uint64_t power = (std::bit_cast<uint64_t>(shifted) + 1023) << 52;
  return series * std::bit_cast<double>(power);
}

constexpr double kCentral = 0.425;

// AS 241 for |u - 1/2| <= 0.425: 85 of 100 draws. Meaningless, but finite, outside.
inline double CentralQuantile(double u) {
  const double q = u - 0.5;
  const double r = 0.180625 - q * q;
  const double numerator =
      ((((((r * 2509.0809287301226727 + 33430.575583588128105) * r + 67265.770927008700853) * r +
          45921.953931549871457) *
             r +
         13731.693765509461125) *
            r +
        1971.5909503065514427) *
           r +
       133.14166789178437745) *
          r +
      3.387132872796366608;
  const double denominator =
      ((((((r * 5226.495278852854561 + 28729.085735721942674) * r + 39307.89580009271061) * r +
          21213.794301586595867) *
             r +
         5394.1960214247511077) *
            r +
        687.1870074920579083) *
           r +
       42.313330701600911252) *
          r +
      1.0;
  return q * numerator / denominator;
}

// The same for the nearer end of (0, 1), from `nearest` = e^-25 = 1.4e-11 to 0.075. Meaningless,
// but finite, elsewhere.
inline double NearTailQuantile(double nearest) {
  const double r = std::sqrt(-Log(nearest)) - 1.6;
  const double numerator = ((((((r * 7.7454501427834140764e-4 + 0.0227238449892691845833) * r +
                                0.241780725177450611770) *
                                   r +
                               1.27045825245236838258) *
                                  r +
                              3.64784832476320460504) *
                                 r +
                             5.76949722146069140550) *
                                r +
                            4.63033784615654529590) *
                               r +
                           1.42343711074968357734;
  const double denominator = ((((((r * 1.05075007164441684324e-9 + 5.475938084995344946e-4) * r +
                                  0.0151986665636164571966) *
                                     r +
                                 0.148103976427480074590) *
                                    r +
                                0.689767334985100004550) *
                                   r +
                               1.67638483018380384940) *
                                  r +
                              2.05319162663775882187) *
                                 r +
                             1.0;
  return numerator / denominator;
}

// The same below e^-25.
double FarTailQuantile(double nearest) {
  const double r = std::sqrt(-Log(nearest)) - 5;
  const double numerator = ((((((r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5) * r +
                                0.00124266094738807843860) *
                                   r +
                               0.0265321895265761230930) *
                                  r +
                              0.296560571828504891230) *
                                 r +
                             1.78482653991729133580) *
                                r +
                            5.46378491116411436990) *
                               r +
                           6.65790464350110377720;
  const double denominator = ((((((r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7) * r +
                                  1.8463183175100546818e-5) *
                                     r +
                                 7.868691311456132591e-4) *
                                    r +
                                0.0148753612908506148525) *
                                   r +
                               0.136929880922735805310) *
                                  r +
                              0.599832206555887937690) *
                                 r +
                             1.0;
  return numerator / denominator;
}

constexpr double kFarTail = 0x1.e8c8p-37;  // A little above e^-25.

inline double Nearest(double u) {
  return std::min(u, 1 - u);
}
inline bool IsFarTail(double nearest) {
  return nearest < kFarTail && std::sqrt(-Log(nearest)) > 5;
}

double TailQuantile(double u) {
  const double nearest = Nearest(u);
  const double value = IsFarTail(nearest) ? FarTailQuantile(nearest) : NearTailQuantile(nearest);
  return u < 0.5 ? -value : value;
}

// Replaces the quantiles that are not central. They are put together first, since three in twenty,
// whichever they are, would keep the processor guessing.
inline void DrawTails(const double* uniforms, size_t count, double* out) {
  uint8_t places[kBatch];
  double values[kBatch];
  size_t tails = 0;
  for (size_t i = 0; i < count; ++i) {
    places[tails] = static_cast<uint8_t>(i);
    tails += std::abs(uniforms[i] - 0.5) > kCentral ? 1 : 0;
  }
  for (size_t i = 0; i < tails; ++i) values[i] = Nearest(uniforms[places[i]]);
  bool any_far = false;
  for (size_t i = 0; i < tails; ++i) any_far |= values[i] < kFarTail;
  for (size_t i = 0; i < tails; ++i) values[i] = NearTailQuantile(values[i]);
  for (size_t i = 0; i < tails; ++i) {
    const double u = uniforms[places[i]];
    out[places[i]] = u < 0.5 ? -values[i] : values[i];
  }
  if (!any_far) return;
  for (size_t i = 0; i < tails; ++i) out[places[i]] = TailQuantile(uniforms[places[i]]);
}

}  // namespace

DrawStream::DrawStream(uint64_t seed, uint64_t source, DrawPurpose purpose) {
  Prng prng = Prng::ForStream(seed, (source << 8) | static_cast<uint64_t>(purpose));
  first_ = prng.Next();
  second_ = prng.Next();
}

double NegativeLog(double u) {
  return -Log(u);
}
double Exp(double x) {
  return ExpInline(x);
}
double CosineOfTurns(double turns) {
  // The nearest to 0 of all arguments with this cosine, and from there to a quarter of a turn.
  double x = std::abs(turns);
  if (x > 0.5) x = 1 - x;
  const bool negative = x > 0.25;
  if (negative) x = 0.5 - x;
  const double angle = x * 0x1.921fb54442d18p2;
  const double z = angle * angle;
  // The Taylor series; the last term left out, (pi / 2)^22 / 22!, is below 2e-17.
  double sum = 0;
  for (int n = 20; n >= 2; n -= 2) sum = (1 + sum) * -z / (n * (n - 1));
  return negative ? -(1 + sum) : 1 + sum;
}
double NormalQuantile(double u) {
  return std::abs(u - 0.5) <= kCentral ? CentralQuantile(u) : TailQuantile(u);
}

FLOE_VECTOR_CLONES
void DrawUniforms(const DrawStream& stream, uint64_t first, absl::Span<double> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = stream.Uniform(first + i);
}

FLOE_VECTOR_CLONES
void DrawExponentials(const DrawStream& stream, uint64_t first, absl::Span<double> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = stream.Uniform(first + i);
  for (double& value : out) value = -Log(value);
}

FLOE_VECTOR_CLONES
void DrawNormals(const DrawStream& stream, uint64_t first, absl::Span<double> out) {
  double uniforms[kBatch];
  for (size_t begin = 0; begin < out.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, out.size() - begin);
    for (size_t i = 0; i < count; ++i) uniforms[i] = stream.Uniform(first + begin + i);
    double* const values = &out[begin];
    for (size_t i = 0; i < count; ++i) values[i] = CentralQuantile(uniforms[i]);
    DrawTails(uniforms, count, values);
  }
}

FLOE_VECTOR_CLONES
void ScaleExponentials(double scale, double rate, absl::Span<double> values) {
  for (double& value : values) value = scale * ExpInline(rate * value);
}

FLOE_VECTOR_CLONES
void ScalePowers(double scale, double exponent, absl::Span<double> values) {
  for (double& value : values) value = scale * ExpInline(exponent * Log(value));
}

}  // namespace floe
