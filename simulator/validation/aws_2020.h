// Twenty arrival rates measured on AWS Lambda in 2020, and the same twenty simulated.
//
// The simulation gets the measured rate, warm and cold service times and idle limit of each row,
// and nothing that was fitted: Poisson arrivals, exponential service, newest-first reuse. Source of
// the measurements: simulator/validation/data/README.md. Thread-compatible.

#ifndef FLOE_SIMULATOR_VALIDATION_AWS_2020_H_
#define FLOE_SIMULATOR_VALIDATION_AWS_2020_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "simulator/scenario.h"

namespace floe {

// One row of the measurements.
struct Aws2020Measurement {
  double rate_per_second = 0;
  Duration service_warm;  // Mean.
  Duration service_cold;  // Mean, initialisation included.
  Duration idle_limit;
  double instances = 0;  // Mean over time.
  double cold_probability = 0;
  double cold_probability_error = 0;  // Standard error.
};

// In ascending order of their rates.
std::vector<Aws2020Measurement> Aws2020Measurements();

// About `invocations` of the measured function, counted from the third idle limit on.
// REQUIRES: invocations > 0.
Scenario Aws2020Scenario(const Aws2020Measurement& measured, double invocations, uint64_t seed);

struct Aws2020Point {
  Aws2020Measurement measured;
  // Means over the replications, with their standard errors.
  double instances = 0;
  double instances_error = 0;
  double cold_probability = 0;
  double cold_probability_error = 0;
};

struct Aws2020Options {
  // Of each point, all replications together.
  double invocations = 2e6;
  int replications = 8;
  uint64_t seed = 1;
};

// REQUIRES: replications >= 2.
std::vector<Aws2020Point> SimulateAws2020(const Aws2020Options& options);

// Mean absolute percentage errors of the simulated values. At most the limits beside them where the
// simulator is right: the formula of the model itself is 3.3 % and 12.9 % away, and the measured
// probabilities have standard errors of 10 % on average.
struct Aws2020Errors {
  static constexpr double kInstancesMax = 5;
  static constexpr double kColdProbabilityMax = 15;
  double instances = 0;
  double cold_probability = 0;

  bool within_limits() const {
    return instances <= kInstancesMax && cold_probability <= kColdProbabilityMax;
  }
};
Aws2020Errors ErrorsOf(const std::vector<Aws2020Point>& points);

}  // namespace floe

#endif  // FLOE_SIMULATOR_VALIDATION_AWS_2020_H_
