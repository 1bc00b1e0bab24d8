// What independent replications say about one figure: its mean, and the interval that holds the
// true mean with a chosen confidence.
//
//   const Estimate p99 = EstimateMean(p99_of_each_replication, 0.95);
//
// The interval is Student's. Everything is additions, multiplications, divisions and square roots,
// so the same values give the same bits on every machine.

#ifndef FLOE_EXPERIMENT_ESTIMATE_H_
#define FLOE_EXPERIMENT_ESTIMATE_H_

#include <cstdint>
#include <limits>

#include "absl/types/span.h"

namespace floe {

inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// Intervals of less confidence say nothing, and those of more need more digits than there are.
inline constexpr double kConfidenceMin = 0.5;
inline constexpr double kConfidenceMax = 0.9999;

struct Estimate {
  double mean = kNoNumber;  // No number without a sample.
  // The interval. No numbers with less than two samples: one run does not tell how runs differ.
  double low = kNoNumber;
  double high = kNoNumber;
  double standard_error = kNoNumber;
  // Replications in which the figure was defined. A cold latency is not where nothing was cold.
  int64_t samples = 0;

  bool has_interval() const { return samples >= 2; }
};

// Mean and variance in one pass (B. P. Welford, "Note on a method for calculating corrected sums of
// squares and products", 1962). Thread-compatible.
class Accumulator {
 public:
  // What is no number is left out.
  void Add(double value);

  int64_t samples() const { return samples_; }
  // Of one sample, from the sum of squares divided by samples - 1; 0 with less than two samples.
  double variance() const;
  Estimate ToEstimate(double confidence) const;

 private:
  int64_t samples_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // Of the differences from the mean.
};

// REQUIRES here and below: kConfidenceMin <= confidence <= kConfidenceMax.
Estimate EstimateMean(absl::Span<const double> values, double confidence);

// Of a[i] - b[i], for replications that share their random numbers pair by pair. Pairs in which one
// is no number are left out. REQUIRES: equal sizes.
Estimate EstimatePairedDifference(absl::Span<const double> a, absl::Span<const double> b,
                                  double confidence);

// The t for which a Student variable with so many degrees of freedom lies in [-t, t] with
// probability `confidence`. Relative error below 1e-12. REQUIRES: degrees_of_freedom >= 1.
double StudentQuantile(double confidence, int64_t degrees_of_freedom);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_ESTIMATE_H_
