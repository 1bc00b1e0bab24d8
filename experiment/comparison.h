// Two results side by side: what the second has more or less of each figure, with the interval of
// the difference.

#ifndef FLOE_EXPERIMENT_COMPARISON_H_
#define FLOE_EXPERIMENT_COMPARISON_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "experiment/estimate.h"
#include "experiment/experiment.h"

namespace floe {

struct MetricDifference {
  size_t metric = 0;  // Index in Metrics().
  Estimate a;
  Estimate b;
  Estimate difference;  // Of b - a.
  // The interval of the difference does not hold 0.
  bool significant() const { return difference.low > 0 || difference.high < 0; }
};

struct FunctionComparison {
  std::string name;
  std::vector<MetricDifference> differences;
};

struct Comparison {
  // Replication by replication: both have the same seed, and so common random numbers. Else the
  // replications are taken for independent.
  bool paired = false;
  double confidence = 0.95;
  // Of the metrics that both have.
  std::vector<MetricDifference> differences;
  // Of the functions that both have by the same name, in the order of the first.
  std::vector<FunctionComparison> functions;
};

// REQUIRES: kConfidenceMin <= confidence <= kConfidenceMax.
Comparison Compare(const ExperimentResult& a, const ExperimentResult& b, double confidence);

// Of mean(b) - mean(a) for independent samples of unequal variances (B. L. Welch, "The
// generalization of Student's problem", 1947; degrees of freedom rounded down).
Estimate EstimateDifference(absl::Span<const double> b, absl::Span<const double> a,
                            double confidence);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_COMPARISON_H_
