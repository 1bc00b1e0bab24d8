#include "experiment/run_cost.h"

#include <cstddef>

#include "simulator/arrival_trace.h"
#include "simulator/price_profile.h"

namespace floe {

std::vector<const ScenarioFunction*> ResultEntries(const Scenario& scenario) {
  std::vector<const ScenarioFunction*> entries;
  for (const ScenarioFunction& function : scenario.functions) entries.push_back(&function);
  for (const ScenarioTrace& trace : scenario.traces) {
    entries.insert(entries.end(), trace.trace->functions().size(), &trace.like);
  }
  return entries;
}

std::optional<CostReport> CostOfRun(const Scenario& scenario, const SimulationResult& result) {
  const PriceProfile* profile = FindPriceProfile(scenario.prices.profile);
  const std::vector<const ScenarioFunction*> entries = ResultEntries(scenario);
  if (profile == nullptr || entries.size() != result.functions.size()) return std::nullopt;
  std::vector<FunctionUse> uses;
  uses.reserve(entries.size());
  for (size_t entry = 0; entry < entries.size(); ++entry) {
    uses.push_back({.name = result.functions[entry].name,
                    .architecture = entries[entry]->architecture,
                    .package = entries[entry]->package,
                    .custom_runtime = entries[entry]->custom_runtime,
                    .tally = result.functions[entry].invocations});
  }
  return PriceUse(*profile,
                  scenario.prices.free_tier ? FreeTier::kDeducted : FreeTier::kNotDeducted, uses,
                  result.duration - result.warm_up);
}

}  // namespace floe
