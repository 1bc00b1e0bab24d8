// What changes the fleet from outside: functions, their reservations, and nodes.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {
namespace {

ConcurrencyClaim ClaimOf(std::optional<int32_t> reserved, int32_t provisioned) {
  return {.reserved = reserved.has_value() ? std::max(0, *reserved) : kNotReserved,
          .provisioned = std::max(0, provisioned)};
}

}  // namespace

void Scheduler::State::SetClaim(FunctionRow& function, ConcurrencyClaim claim) {
  ledger_.Change(function.claim, claim, function.counts.concurrency());
  const TokenRate rate = RequestRate(claim.reserved, options_.requests_per_concurrency);
  if (rate != function.request_rate) {
    function.request_rate = rate;
    function.requests = TokenBucket(rate);
  }
  function.claim = claim;
}

void Scheduler::State::On(const FunctionDeployed& event, Instant, Actions& actions) {
  if (event.function.value >= kFunctionsMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  functions_.GrowTo(event.function.value + 1);
  pools_.AddPools(2 * functions_.size());
  FunctionRow& function = functions_[event.function];
  const FunctionConfig& config = event.config;
  const DeadlineLists::Slot timeout_slot =
      deadlines_.Acquire(std::max(config.timeout, Duration::Nanoseconds(1)));
  if (function.state == FunctionState::kDeployed) {
    deadlines_.Release(function.timeout_slot);
  } else {
    function.scaling = scaling_.NewFunctionBudget();
  }
  ++function.revision;
  function.state = FunctionState::kDeployed;
  function.timeout_slot = timeout_slot;
  function.memory_mib = std::max(0, config.memory_mib);
  SetClaim(function, ClaimOf(config.concurrency_reserved, config.concurrency_provisioned));
  StopReusable(function, actions);
}

void Scheduler::State::On(const ReservedConcurrencySet& event, Instant, Actions&) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    return;
  }
  SetClaim(*function, ClaimOf(event.concurrency_reserved, function->claim.provisioned));
}

void Scheduler::State::On(const ProvisionedConcurrencySet& event, Instant, Actions&) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    return;
  }
  ConcurrencyClaim claim = function->claim;
  claim.provisioned = std::max(0, event.concurrency_provisioned);
  SetClaim(*function, claim);
}

void Scheduler::State::On(const FunctionRemoved& event, Instant, Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    return;
  }
  ++function->revision;
  function->state = FunctionState::kRemoved;
  deadlines_.Release(function->timeout_slot);
  SetClaim(*function, ConcurrencyClaim{});
  StopReusable(*function, actions);
}

void Scheduler::State::On(const NodeJoined& event, Instant, Actions&) {
  if (event.node.value >= kNodesMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  nodes_.Join(event.node, std::max<int64_t>(0, event.memory_mib));
}

void Scheduler::State::On(const NodeLost& event, Instant, Actions& actions) {
  if (!nodes_.Contains(event.node)) {
    ++stale_events_.unknown_functions;
    return;
  }
  for (uint32_t row = 0; row < environments_.size(); ++row) {
    const EnvironmentRow& environment = environments_[row];
    if (environment.state == EnvironmentState::kGone) continue;
    if (environments_.placement(row).node != event.node) continue;
    if (IsInFlight(environment.state)) {
      actions.push_back(FailInvocation{environment.invocation, FailureCause::kNodeLost});
    }
    Forget(row);
  }
  nodes_.Remove(event.node);
}

}  // namespace floe
