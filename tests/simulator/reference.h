// What the tests against theory share: workloads that theory knows, measured in independent
// replications, and the comparison of their mean with the true value.
//
// The standard error comes from the spread between the replications themselves, so correlation
// within a run costs precision but never honesty. A comparison must also reach the precision that
// its test names: none passes by measuring too little.

#ifndef FLOE_TESTS_SIMULATOR_REFERENCE_H_
#define FLOE_TESTS_SIMULATOR_REFERENCE_H_

#include <functional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "simulator/scenario.h"

namespace floe {

// With 16 runs a mean lies beyond 4 standard errors in 1 of 900 cases (Student's t with 15 degrees
// of freedom).
inline constexpr int kReplications = 16;
inline constexpr double kStandardErrorsMax = 4;

// What one run measured.
struct Measured {
  double throttled = 0;         // Share of all requests.
  double cold = 0;              // Share of the accepted requests.
  double live = 0;              // Environments, mean over time.
  double running = 0;           // Those that hold an invocation: starting ones included.
  double idle = 0;              // The others.
  double idle_per_request = 0;  // Seconds of idle environments for each request.
  double cold_starts = 0;
};
using Sample = std::vector<Measured>;

// One function with Poisson arrivals and no limit, for about `invocations` of them.
Scenario PoissonScenario(double rate, LengthModel run, double invocations);

// The scenario with `replications` seeds from its own on. Expects of each run that it keeps
// Little's law and the account's limit.
Sample Replicate(const Scenario& scenario, int replications = kReplications);
// As above, of scenarios that `make` makes for the numbers from 0 on.
Sample Replicate(const std::function<Scenario(uint64_t number)>& make,
                 int replications = kReplications);

double MeanOf(const Sample& sample, double Measured::*value);
// The standard deviation of one run.
double DeviationOf(const Sample& sample, double Measured::*value);

// Expects that the sample's mean lies within kStandardErrorsMax standard errors of `reference`, and
// that one standard error is at most `precision` of it.
void ExpectAgrees(std::string_view what, const Sample& sample, double Measured::*value,
                  double reference, double precision);

}  // namespace floe

#endif  // FLOE_TESTS_SIMULATOR_REFERENCE_H_
