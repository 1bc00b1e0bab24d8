#include "report/scenario_functions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "simulator/arrival_trace.h"

namespace floe {

ScenarioFunctions::ScenarioFunctions(const Scenario& scenario) {
  for (const ScenarioFunction& function : scenario.functions) {
    Add(function, function.name, function.count);
  }
  for (const ScenarioTrace& trace : scenario.traces) {
    for (const TraceFunction& told : trace.trace->functions()) {
      Add(trace.like, absl::StrCat(trace.like.name, told.name), 1);
    }
  }
}

void ScenarioFunctions::Add(const ScenarioFunction& function, const std::string& name,
                            int64_t count) {
  blocks_.push_back(
      {.first = size_, .count = count, .name = name, .reservation = function.concurrency_reserved});
  size_ += static_cast<uint32_t>(count);
}

const ScenarioFunctions::Block& ScenarioFunctions::BlockOf(FunctionId function) const {
  const auto after =
      std::upper_bound(blocks_.begin(), blocks_.end(), function.value,
                       [](uint32_t value, const Block& block) { return value < block.first; });
  return *(after - 1);
}

std::string ScenarioFunctions::NameOf(FunctionId function) const {
  const Block& block = BlockOf(function);
  if (block.count == 1) return block.name;
  return absl::StrCat(block.name, "-", function.value - block.first + 1);
}

std::optional<int32_t> ScenarioFunctions::ReservationOf(FunctionId function) const {
  return BlockOf(function).reservation;
}

}  // namespace floe
