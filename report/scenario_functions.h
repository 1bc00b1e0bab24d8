// The functions of a scenario by the numbers that runs give them. Immutable.

#ifndef FLOE_REPORT_SCENARIO_FUNCTIONS_H_
#define FLOE_REPORT_SCENARIO_FUNCTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/ids.h"
#include "simulator/scenario.h"

namespace floe {

class ScenarioFunctions {
 public:
  explicit ScenarioFunctions(const Scenario& scenario);

  uint32_t size() const { return size_; }
  // "checkout", and of several that are alike "worker-1", "worker-2".
  // REQUIRES here and below: function.value < size().
  std::string NameOf(FunctionId function) const;
  std::optional<int32_t> ReservationOf(FunctionId function) const;

 private:
  struct Block {
    uint32_t first = 0;
    int64_t count = 1;
    std::string name;
    std::optional<int32_t> reservation;
  };

  void Add(const ScenarioFunction& function, const std::string& name, int64_t count);
  const Block& BlockOf(FunctionId function) const;

  // Ascending by `first`.
  std::vector<Block> blocks_;
  uint32_t size_ = 0;
};

}  // namespace floe

#endif  // FLOE_REPORT_SCENARIO_FUNCTIONS_H_
