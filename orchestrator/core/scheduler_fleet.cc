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
  ledger_.Change(function.claim, claim, OnDemand(function));
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
  pools_.AddPools(FunctionPool(FunctionId{functions_.size()}));
  evictions_.AddFunctions(functions_.size());
  FunctionRow& function = functions_[event.function];
  const FunctionConfig& config = event.config;
  const DeadlineLists::Slot timeout_slot =
      deadlines_.Acquire(std::max(config.timeout, Duration::Nanoseconds(1)));
  if (function.state == FunctionState::kDeployed) {
    deadlines_.Release(function.timeout_slot);
  } else {
    function.scaling = scaling_.NewFunctionBudget();
    if (function.provisioned_row != kNoRow) {
      provisioned_[function.provisioned_row].starts = provisioning_.NewFunctionBudget();
    }
  }
  ++function.revision;
  function.state = FunctionState::kDeployed;
  function.timeout_slot = timeout_slot;
  function.memory_mib = std::max(0, config.memory_mib);
  SetClaim(function, ClaimOf(config.concurrency_reserved, config.concurrency_provisioned));
  RetireFunction(event.function, actions);
  AdjustProvisioned(event.function, actions);
}

void Scheduler::State::On(const ReservedConcurrencySet& event, Instant, Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    return;
  }
  SetClaim(*function, ClaimOf(event.concurrency_reserved, function->claim.provisioned));
  AdjustProvisioned(event.function, actions);
}

void Scheduler::State::On(const ProvisionedConcurrencySet& event, Instant, Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    return;
  }
  ConcurrencyClaim claim = function->claim;
  claim.provisioned = std::max(0, event.concurrency_provisioned);
  SetClaim(*function, claim);
  AdjustProvisioned(event.function, actions);
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
  RetireFunction(event.function, actions);
  if (policy_ != nullptr) policy_->OnRemoved(event.function);
}

void Scheduler::State::RetireFunction(FunctionId id, Actions& actions) {
  FunctionRow& function = functions_[id];
  CancelWake(PrewarmWake(id));
  RetirePools(PoolsOf(id, function, TenantId{}), actions);
  for (uint32_t row = function.tenants; row != kNoRow; row = tenants_[row].next) {
    RetirePools(PoolsOf(id, function, tenants_[row].tenant), actions);
  }
  if (function.provisioned_row != kNoRow) {
    RetireProvisioned(provisioned_[function.provisioned_row], actions);
  }
}

void Scheduler::State::RetirePools(Pools pools, Actions& actions) {
  StopAll(*pools.idle, StopReason::kFunctionChanged, actions);
  StopAll(*pools.reset, StopReason::kFunctionChanged, actions);
  // What waits came before the change, and so did the environments that were started for it.
  while (!pools.late->ahead.empty()) {
    const uint32_t row = pools.late->ahead.head;
    if (!BindWaiting(row)) Stop(row, StopReason::kFunctionChanged, actions);
  }
}

void Scheduler::State::On(const NodeJoined& event, Instant, Actions&) {
  if (event.node.value >= kNodesMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  nodes_.Join(event.node, std::max<int64_t>(0, event.memory_mib));
  evictable_mib_.resize(nodes_.size());
  freed_mib_.resize(nodes_.size());
  if (starved_ != 0) RetryStarved();
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
    FailWhatItHolds(row, FailureCause::kNodeLost, actions);
    Forget(row);
  }
  nodes_.Remove(event.node);
}

}  // namespace floe
