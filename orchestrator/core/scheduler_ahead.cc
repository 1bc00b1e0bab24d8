// Environments that are there before their invocation, or longer than it: late binding, starts
// ahead, keep-alive by policy, and eviction.

#include <optional>

#include "base/check.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {

Scheduler::State::Pools Scheduler::State::PoolsOfRow(uint32_t row) {
  const EnvironmentRow& environment = environments_[row];
  const TenantId tenant = environment.has_tenant
                              ? tenants_[environments_.placement(row).tenant_row].tenant
                              : TenantId{};
  return PoolsOf(environment.function, functions_[environment.function], tenant);
}

// --- Moves of environments with a tenant or another role

void Scheduler::State::MoveSpecial(uint32_t row, EnvironmentState from, EnvironmentState to) {
  EnvironmentRow& environment = environments_[row];
  DCHECK(environment.state == from);
  CHECK(IsAllowed(from, to));
  FunctionRow& function = functions_[environment.function];
  environment.state = to;
  Count(counts_, from, -1);
  Count(counts_, to, 1);
  Count(function.counts, from, -1);
  Count(function.counts, to, 1);
  if (environment.has_tenant) {
    tenant_environments_ += (IsLive(to) ? 1 : 0) - (IsLive(from) ? 1 : 0);
  }
  switch (environment.role) {
    case EnvironmentRole::kOnDemand: {
      const Pools pools = PoolsOfRow(row);
      if (IsInFlight(from) && !IsInFlight(to)) ledger_.End(function.claim);
      if (!IsInFlight(from) && IsInFlight(to)) ledger_.Begin(function.claim);
      const uint32_t idle = pools.idle_number;
      if (from == EnvironmentState::kIdle) pools_.Remove(*pools.idle, idle, row);
      if (from == EnvironmentState::kReset) pools_.Remove(*pools.reset, idle + 1, row);
      if (to == EnvironmentState::kIdle) pools_.Add(*pools.idle, idle, row);
      if (to == EnvironmentState::kReset) pools_.Add(*pools.reset, idle + 1, row);
      return;
    }
    case EnvironmentRole::kAhead: {
      if (IsInFlight(from) == IsInFlight(to)) return;
      LatePool& late = *PoolsOfRow(row).late;
      const bool begins = IsInFlight(to);
      CountAhead(function, begins ? 1 : -1);
      late.ahead_count += begins ? 1 : -1;
      begins ? pools_.Link(late.ahead, row) : pools_.Unlink(late.ahead, row);
      return;
    }
    case EnvironmentRole::kAllocating:
    case EnvironmentRole::kProvisioned:
      return MoveProvisioned(row, from, to);
  }
}

// --- Waiting

void Scheduler::State::PushWaiting(FunctionRow& function, LatePool& late, InvocationId invocation) {
  waiting_.PushBack(late.waiting, invocation);
  ++late.waiting_count;
  ++function.counts.waiting;
  ++counts_.waiting;
  ledger_.Begin(function.claim);
}

InvocationId Scheduler::State::PopWaiting(FunctionRow& function, LatePool& late, WaitingEnd end) {
  --late.waiting_count;
  --function.counts.waiting;
  --counts_.waiting;
  ledger_.End(function.claim);
  return end == WaitingEnd::kOldest ? waiting_.PopFront(late.waiting)
                                    : waiting_.PopBack(late.waiting);
}

bool Scheduler::State::GiveWaiting(uint32_t row, Instant now, Actions& actions) {
  EnvironmentRow& environment = environments_[row];
  LatePool& late = *PoolsOfRow(row).late;
  if (late.waiting_count == 0) return false;
  environment.invocation = PopWaiting(functions_[environment.function], late, WaitingEnd::kOldest);
  deadlines_.Cancel(row);
  Assign(row, now, actions);
  return true;
}

void Scheduler::State::Bind(uint32_t row, InvocationId invocation) {
  EnvironmentRow& environment = environments_[row];
  FunctionRow& function = functions_[environment.function];
  LatePool& late = *PoolsOfRow(row).late;
  pools_.Unlink(late.ahead, row);
  --late.ahead_count;
  CountAhead(function, -1);
  environment.role = EnvironmentRole::kOnDemand;
  environment.invocation = invocation;
  ledger_.Begin(function.claim);
}

bool Scheduler::State::BindWaiting(uint32_t row) {
  LatePool& late = *PoolsOfRow(row).late;
  if (late.waiting_count == 0) return false;
  FunctionRow& function = functions_[environments_[row].function];
  Bind(row, PopWaiting(function, late, WaitingEnd::kOldest));
  return true;
}

void Scheduler::State::RestAhead(uint32_t row, EnvironmentState to, Instant now, Actions& actions) {
  Bind(row, InvocationId{});
  if (const std::optional<StopReason> reason = RetiredBecause(row, now)) {
    return Stop(row, *reason, actions);
  }
  Move(row, EnvironmentState::kInitializing, to);
  StartKeepAlive(row, /*never_served=*/true, now);
  if (to == EnvironmentState::kReset) return KillRuntime(row, actions);
  actions.emplace_back(FreezeEnvironment{environments_.IdOf(row)});
}

void Scheduler::State::Prewarm(FunctionId id, Instant now, Actions& actions) {
  FunctionRow& function = functions_[id];
  const bool has_one =
      !function.idle.empty() || !function.reset.empty() || function.late.ahead_count > 0 ||
      (function.provisioned_row != kNoRow && !provisioned_[function.provisioned_row].idle.empty());
  if (has_one || environments_.IsFull() || !scaling_.HasToken(function.scaling, now)) return;
  const std::optional<NodeId> node = FindRoom(function.memory_mib, /*may_evict=*/false);
  if (!node.has_value()) return;
  scaling_.Take(function.scaling, now);
  Start({.function = id,
         .node = *node,
         .tenant = {},
         .invocation = {},
         .role = EnvironmentRole::kAhead,
         .purpose = StartPurpose::kPrewarm},
        now, actions);
}

// --- Keep-alive

void Scheduler::State::DecideKeepAlive(uint32_t row, bool never_served, Instant now) {
  const EnvironmentRow& environment = environments_[row];
  if (IsProvisioned(environment.role)) return;
  const EnvironmentPlacement& placement = environments_.placement(row);
  const FunctionId function = environment.function;
  const IdleEnvironment facts{
      .function = function,
      .tenant = environment.has_tenant ? tenants_[placement.tenant_row].tenant : TenantId{},
      .memory_mib = placement.memory_mib,
      .never_served = never_served,
      .in_flight = functions_[function].counts.concurrency()};
  if (policy_ == nullptr) {
    deadlines_.Start(keep_alive_slot_, row, now);
  } else {
    const Duration keep = std::max(Duration(), policy_->KeepFor(facts, now));
    deadlines_.StartSingle(row, Later(now, keep));
    if (!never_served && !environment.has_tenant) {
      CancelWake(PrewarmWake(function));
      if (const std::optional<Duration> after = policy_->PrewarmAfter(facts, now)) {
        Wake(PrewarmWake(function), Later(now, std::max(Duration(), *after)));
      }
    }
  }
  if (!evictions_.is_active()) return;
  std::optional<uint64_t> weight;
  if (policy_ != nullptr) weight = policy_->EvictionPriority(facts, now);
  if (!weight.has_value()) weight = evictions_.Weigh(function, placement.memory_mib);
  evictions_.Add(row, *weight);
  evictable_mib_[placement.node.value] += placement.memory_mib;
  // There is more room now for one that may evict.
  if (starved_ != 0) RetryStarved();
}

// --- Eviction

void Scheduler::State::LeaveEvictions(uint32_t row) {
  if (!evictions_.Contains(row)) return;
  evictions_.Discard(row);
  const EnvironmentPlacement& placement = environments_.placement(row);
  evictable_mib_[placement.node.value] -= placement.memory_mib;
}

std::optional<NodeId> Scheduler::State::FindRoom(int32_t memory_mib, bool may_evict) {
  evicted_.clear();
  const std::optional<NodeId> node = options_.placement_rule == PlacementRule::kBestFit
                                         ? nodes_.BestFit(memory_mib)
                                         : nodes_.MostFree(memory_mib);
  if (node.has_value() || !may_evict || !evictions_.is_active()) return node;
  return PlanEviction(memory_mib);
}

std::optional<NodeId> Scheduler::State::PlanEviction(int32_t memory_mib) {
  bool is_possible = false;
  for (uint32_t node = 0; node < nodes_.size() && !is_possible; ++node) {
    is_possible = nodes_.Contains(NodeId{node}) &&
                  nodes_.free_mib(NodeId{node}) + evictable_mib_[node] >= memory_mib;
  }
  if (!is_possible) return std::nullopt;
  // Takes them in their order until the first node has room. Those on other nodes stay.
  considered_.clear();
  std::optional<NodeId> chosen;
  while (!chosen.has_value()) {
    const uint32_t row = evictions_.Front();
    const EnvironmentPlacement& placement = environments_.placement(row);
    evictions_.Discard(row);
    considered_.push_back(row);
    int64_t& freed = freed_mib_[placement.node.value];
    freed += placement.memory_mib;
    if (nodes_.free_mib(placement.node) + freed >= memory_mib) chosen = placement.node;
  }
  for (const uint32_t row : considered_) {
    const NodeId node = environments_.placement(row).node;
    evictions_.Add(row, evictions_.WeightOf(row));
    freed_mib_[node.value] = 0;
    if (node == *chosen) evicted_.push_back(row);
  }
  return chosen;
}

void Scheduler::State::Evict(Actions& actions) {
  for (const uint32_t row : evicted_) {
    evictions_.NoteEviction(row);
    Stop(row, StopReason::kEvicted, actions);
    EnvironmentPlacement& placement = environments_.placement(row);
    nodes_.Release(placement.node, placement.memory_mib);
    placement.memory_mib = 0;
  }
  evicted_.clear();
}

}  // namespace floe
