// One large run, its time and the memory of the process: 10^9 invocations of one function, or
// 100,000 functions in entries of their own.
//   large_run_benchmark invocations | functions

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/time.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

ScenarioFunction Function(double rate_per_second) {
  return {.name = "f",
          .timeout = Duration::Seconds(900),
          .arrivals = {PoissonArrivals{.rate_per_second = rate_per_second}},
          .run = LogNormalLength{.median = Duration::Microseconds(88'250), .sigma = 0.5},
          .init = ExponentialLength{Duration::Milliseconds(300)}};
}

Scenario ManyInvocations() {
  return {.duration = Duration::Seconds(1'000'000), .functions = {Function(1'000)}};
}

Scenario ManyFunctions() {
  Scenario scenario{.duration = Duration::Seconds(1'000),
                    .scheduler = {.account_concurrency = 5'000}};
  scenario.functions.assign(100'000, Function(0.1));
  return scenario;
}

int Run(const Scenario& scenario) {
  const auto begin = std::chrono::steady_clock::now();
  const SimulationResult result = RunSimulation(scenario, nullptr);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%llu invocations in %.1f s, %.1f million per second, %ld MiB\n",
              static_cast<unsigned long long>(result.invocations.arrived), taken.count(),
              static_cast<double>(result.invocations.arrived) / taken.count() * 1e-6,
              usage.ru_maxrss / 1'024);
  return 0;
}

}  // namespace
}  // namespace floe

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what == "invocations") return floe::Run(floe::ManyInvocations());
  if (what == "functions") return floe::Run(floe::ManyFunctions());
  std::fprintf(stderr, "usage: large_run_benchmark invocations | functions\n");
  return 2;
}
