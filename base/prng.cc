#include "base/prng.h"

#include <cmath>

#include "base/check.h"

namespace floe {
namespace {

uint64_t SplitMix64(uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // The leading 42 bits of ln 2.
constexpr double kLn2Low = 0x1.ef35793c76730p-45;  // The rest of it.

}  // namespace

Prng::Prng(uint64_t seed) {
  for (uint64_t& word : state_) word = SplitMix64(seed);
}

Prng Prng::ForStream(uint64_t seed, uint64_t key) {
  uint64_t mixed = seed;
  const uint64_t first = SplitMix64(mixed);
  uint64_t keyed = key ^ 0xD1B54A32D192ED03;
  return Prng(first ^ SplitMix64(keyed));
}

uint64_t Prng::Below(uint64_t bound) {
  DCHECK(bound > 0);
  // Lemire's multiplication method: exact, and nearly always without a division.
  unsigned __int128 product = static_cast<unsigned __int128>(Next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold) {
      product = static_cast<unsigned __int128>(Next()) * bound;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

double Prng::Exponential() {
  return -PortableLog(UniformOpen());
}

double Prng::Normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  // Marsaglia's polar method: no trigonometry, hence no C library in the result.
  double x = 0;
  double y = 0;
  double square = 0;
  do {
    x = 2 * UniformOpen() - 1;
    y = 2 * UniformOpen() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square == 0);
  const double scale = std::sqrt(-2 * PortableLog(square) / square);
  spare_normal_ = y * scale;
  has_spare_normal_ = true;
  return x * scale;
}

double PortableLog(double x) {
  DCHECK(x > 0);
  // x = m * 2^k with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1).
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (mantissa > 0x1.6a09e667f3bcdp0) {
    mantissa *= 0.5;
    ++exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);
  const double z = s * s;
  // 1/3 + z/5 + z^2/7 + ...: |s| < 0.1716, so eleven terms leave less than 1e-18.
  double series = 1.0 / 23;
  for (int denominator = 21; denominator >= 3; denominator -= 2) {
    series = series * z + 1.0 / denominator;
  }
  const double k = exponent;
  return k * kLn2High + (2 * s + (2 * s * z * series + k * kLn2Low));
}

double PortableExp(double x) {
  if (x > 709.78) return HUGE_VAL;
  if (x < -745.2) return 0;
  // exp(x) = 2^k exp(r) with |r| <= ln(2)/2.
  const double k = std::floor(x * 0x1.71547652b82fep0 + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double series = 1;
  for (int n = 17; n >= 1; --n) series = series * r / n + 1;
  // Scaled in two halves, so that results in the subnormal range come out right.
  const int half = static_cast<int>(k) / 2;
  const int rest = static_cast<int>(k) - half;
  const auto power_of_two = [](int n) {
    return std::bit_cast<double>(static_cast<uint64_t>(n + 1023) << 52);
  };
  return series * power_of_two(half) * power_of_two(rest);
}

}  // namespace floe
