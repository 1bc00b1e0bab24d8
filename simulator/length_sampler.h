// Draws lengths of one model: run times, initialisations, gaps between arrivals.
//
// A draw is a function of (stream, number) and of nothing else, as every draw is; see
// simulator/draws.h. What needs several random numbers takes them from the sub-stream of its own
// number. Thread-compatible; copies share their tables.

#ifndef FLOE_SIMULATOR_LENGTH_SAMPLER_H_
#define FLOE_SIMULATOR_LENGTH_SAMPLER_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"
#include "base/time.h"
#include "simulator/draws.h"
#include "simulator/scenario.h"

namespace floe {

// Draws are rounded to the nearest nanosecond and at most kLengthMax.
class LengthSampler {
 public:
  // REQUIRES: ValidateScenario accepts the model.
  explicit LengthSampler(const LengthModel& model);

  Duration Draw(const DrawStream& stream, uint64_t number) const;
  // out[i] = Draw(stream, first + i) in nanoseconds.
  void DrawMany(const DrawStream& stream, uint64_t first, absl::Span<int64_t> out) const;

  // The length if it is always the same; else negative.
  int64_t constant_ns() const {
    return kind_ == Kind::kConstant ? static_cast<int64_t>(scale_ns_) : -1;
  }

 private:
  enum class Kind : uint8_t {
    kConstant,
    kExponential,
    kLogNormal,
    kGamma,
    kWeibull,
    kPareto,
    kEmpirical,
    kMixture,
  };
  struct Quantiles;
  struct Parts;

  explicit LengthSampler(const EmpiricalLength& length);
  explicit LengthSampler(const MixtureLength& length);

  // What is not rounded and not cut off yet. REQUIRES: the kind is neither constant nor mixture.
  void DrawReals(const DrawStream& stream, uint64_t first, absl::Span<double> out) const;
  void DrawGammas(const DrawStream& stream, uint64_t first, absl::Span<double> out) const;
  void DrawFromQuantiles(const DrawStream& stream, uint64_t first, absl::Span<double> out) const;
  void DrawFromParts(const DrawStream& stream, uint64_t first, absl::Span<int64_t> out) const;

  Kind kind_ = Kind::kConstant;
  double scale_ns_ = 0;  // The constant, mean, median or scale.
  double shape_ = 0;     // Sigma or shape.
  std::shared_ptr<const Quantiles> quantiles_;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_LENGTH_SAMPLER_H_
