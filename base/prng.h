// Random numbers that are the same on every machine: xoshiro256++ seeded through SplitMix64
// (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021; both public
// domain).
//
// The distributions use their own log and exp, made of additions, multiplications and one square
// root, so that a seed gives the same bits whatever the C library. Thread-compatible.

#ifndef FLOE_BASE_PRNG_H_
#define FLOE_BASE_PRNG_H_

#include <bit>
#include <cstdint>

namespace floe {

// A probability as an exact ratio. REQUIRES: numerator <= denominator, denominator > 0.
struct Ratio {
  uint64_t numerator = 0;
  uint64_t denominator = 1;
};

class Prng {
 public:
  explicit Prng(uint64_t seed);
  // The generator of one named purpose below a seed: streams of different keys are independent.
  static Prng ForStream(uint64_t seed, uint64_t key);

  uint64_t Next() {
    const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound);
  // True in `chance.numerator` of `chance.denominator` draws.
  bool Draw(Ratio chance) { return Below(chance.denominator) < chance.numerator; }
  // Uniform in (0, 1): a multiple of 2^-53, plus 2^-54, so never 0 and never 1.
  double UniformOpen() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }
  // Exponential with mean 1.
  double Exponential();
  // Normal with mean 0 and standard deviation 1.
  double Normal();

 private:
  uint64_t state_[4];
  // The second half of the last pair that Normal drew.
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

// Natural logarithm and exponential with errors below 2 units in the last place, the same bits on
// every machine with IEEE 754 doubles. REQUIRES for PortableLog: x positive and finite.
double PortableLog(double x);
double PortableExp(double x);

}  // namespace floe

#endif  // FLOE_BASE_PRNG_H_
