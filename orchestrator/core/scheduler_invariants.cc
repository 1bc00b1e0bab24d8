// What must hold between the scheduler's tables after every step.

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {

void Scheduler::State::CheckInvariants() const {
  environments_.CheckInvariants();
  deadlines_.CheckInvariants();
  lifetimes_.CheckInvariants();
  CHECK(deadlines_.size() == environments_.size() && lifetimes_.size() == environments_.size());
  CHECK(pools_.size() == environments_.size());

  EnvironmentCounts total;
  std::vector<EnvironmentCounts> by_function(functions_.size());
  std::vector<int64_t> used_mib(nodes_.size(), 0);
  for (uint32_t row = 0; row < environments_.size(); ++row) {
    const EnvironmentRow& environment = environments_[row];
    const bool is_going = environment.state == EnvironmentState::kStopping ||
                          environment.state == EnvironmentState::kGone;
    // Everything else ends by itself.
    CHECK(deadlines_.IsPending(row) == !is_going);
    CHECK(!is_going || !lifetimes_.IsPending(row));
    if (environment.state == EnvironmentState::kGone) continue;
    Count(total, environment.state, 1);
    Count(by_function[environment.function.value], environment.state, 1);
    const EnvironmentPlacement& placement = environments_.placement(row);
    CHECK(nodes_.Contains(placement.node));
    used_mib[placement.node.value] += placement.memory_mib;
    if (!IsReusable(environment.state)) continue;
    // No environment of an earlier revision waits for an invocation.
    CHECK(environment.revision == functions_[environment.function].revision);
  }
  CHECK(total == counts_);
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    CHECK(used_mib[node] == nodes_.used_mib(NodeId{node}));
  }

  int64_t claimed = 0;
  for (uint32_t i = 0; i < functions_.size(); ++i) {
    const FunctionRow& function = functions_[FunctionId{i}];
    CHECK(by_function[i] == function.counts);
    claimed += function.claim.claimed();
    if (!function.claim.is_reserved()) claimed += function.counts.concurrency();
    int32_t idle = 0;
    for (uint32_t row = function.idle.head; row != kNoRow; row = pools_.Next(row)) {
      CHECK(environments_[row].state == EnvironmentState::kIdle);
      CHECK(environments_[row].function.value == i);
      CHECK(++idle <= function.counts.idle);
    }
    CHECK(idle == function.counts.idle);
    int32_t reset = 0;
    for (uint32_t row = function.reset.head; row != kNoRow; row = pools_.Next(row)) {
      CHECK(environments_[row].state == EnvironmentState::kReset);
      CHECK(environments_[row].function.value == i);
      CHECK(++reset <= function.counts.reset);
    }
    CHECK(reset == function.counts.reset);
    pools_.CheckInvariants(function.idle, 2 * i);
    pools_.CheckInvariants(function.reset, 2 * i + 1);
  }
  CHECK(claimed == ledger_.claimed());
}

}  // namespace floe
