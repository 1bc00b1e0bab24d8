// Random draws by number: draw n of a stream is a function of (seed, entry, purpose, n) and of
// nothing else. So a change of policy shifts no other draw, and two settings can be compared on the
// very same arrivals and lengths.
//
// Everything is additions, multiplications, divisions and square roots of doubles: the same bits on
// every machine with IEEE 754 arithmetic.

#ifndef FLOE_SIMULATOR_DRAWS_H_
#define FLOE_SIMULATOR_DRAWS_H_

#include <cstdint>

#include "absl/types/span.h"

namespace floe {

// What a draw decides. The number is part of the stream's key: append only.
enum class DrawPurpose : uint8_t {
  kArrivalGap,
  kFunctionChoice,
  kRun,
  kStart,
  kInit,
  kRepeatedInit,
  kFate,
  kArrivalPhase,
  kArrivalState,
  kArrivalThinning,
  kTenant,
  kThink,
  kBackoff,
  kRunPerMessage,
};

class DrawStream {
 public:
  // `source` numbers what draws: one arrival process of the scenario.
  DrawStream(uint64_t seed, uint64_t source, DrawPurpose purpose);

  // 64 random bits.
  uint64_t Word(uint64_t number) const {
    uint64_t z = first_ + number * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= (z >> 31) ^ second_;
    z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93;
    return z ^ (z >> 32);
  }
  // Uniform in (0, 1): a multiple of 2^-53, plus 2^-54.
  double Uniform(uint64_t number) const {
    return (static_cast<double>(static_cast<int64_t>(Word(number) >> 11)) + 0.5) * 0x1p-53;
  }
  // Uniform in [0, bound), with a bias below bound / 2^64. REQUIRES: bound > 0.
  uint64_t Below(uint64_t number, uint64_t bound) const {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Word(number)) * bound) >> 64);
  }
  // For a draw that needs several random numbers: a stream that belongs to this number alone.
  DrawStream SubDraws(uint64_t number) const { return DrawStream(Word(number), second_); }

 private:
  DrawStream(uint64_t first, uint64_t second) : first_(first), second_(second) {}

  uint64_t first_;
  uint64_t second_;
};

// -ln u in (0, 37.5) for u in (0, 1): exponential with mean 1. Error below 4 units in the last
// place.
double NegativeLog(double u);
// exp x, for |x| <= 700. Relative error below 1e-15.
double Exp(double x);
// cos(2 pi turns), for |turns| <= 1. Error below 1e-15.
double CosineOfTurns(double turns);
// The u-quantile of the normal distribution with mean 0 and standard deviation 1, for u in (0, 1);
// M. Wichura, algorithm AS 241, 1988. Relative error below 1e-15 where it is not near 0.
double NormalQuantile(double u);

// out[i] = stream.Uniform(first + i).
void DrawUniforms(const DrawStream& stream, uint64_t first, absl::Span<double> out);
// out[i] = -ln uniform(first + i), or the normal quantile of it: the same bits as one by one,
// faster.
void DrawExponentials(const DrawStream& stream, uint64_t first, absl::Span<double> out);
void DrawNormals(const DrawStream& stream, uint64_t first, absl::Span<double> out);
// Each x becomes scale * exp(rate * x), for |rate * x| <= 700.
void ScaleExponentials(double scale, double rate, absl::Span<double> values);
// Each x becomes scale * x^exponent, for normal positive x and |exponent * ln x| <= 700.
void ScalePowers(double scale, double exponent, absl::Span<double> values);

}  // namespace floe

#endif  // FLOE_SIMULATOR_DRAWS_H_
