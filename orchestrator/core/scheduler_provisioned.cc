// Provisioned concurrency: environments that are there before they are needed, and stay.
//
// What is asked for starts after provisioning_delay, as fast as ScalingRule allows, and serves once
// all of it is ready. What is lost afterwards is replaced after the same delay.

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {
namespace {

// A replacement never comes sooner, so that environments that end at once do not do so forever at
// one instant.
constexpr Duration kReplacementDelayMin = Duration::Seconds(1);

}  // namespace

bool Scheduler::State::CanUseProvisioned(const FunctionRow& function, Instant now) const {
  if (function.provisioned_row == kNoRow) return false;
  const ProvisionedPool& pool = provisioned_[function.provisioned_row];
  return (!pool.idle.empty() || !pool.reset.empty()) &&
         pool.requests.HasToken(pool.request_rate, now);
}

void Scheduler::State::UseProvisioned(const InvocationArrived& event, Instant now,
                                      Actions& actions) {
  ProvisionedPool& pool = provisioned_[functions_[event.function].provisioned_row];
  pool.requests.Take(pool.request_rate, now);
  const uint32_t idle_pool = ProvisionedIdlePool(event.function);
  const bool is_idle = !pool.idle.empty();
  const uint32_t row =
      is_idle ? pools_.Pick(pool.idle, idle_pool) : pools_.Pick(pool.reset, idle_pool + 1);
  Move(row, is_idle ? EnvironmentState::kIdle : EnvironmentState::kReset, EnvironmentState::kBusy);
  environments_[row].invocation = event.invocation;
  Assign(row, now, actions);
}

void Scheduler::State::MoveProvisioned(uint32_t row, EnvironmentState from, EnvironmentState to) {
  const EnvironmentRow& environment = environments_[row];
  FunctionRow& function = functions_[environment.function];
  ProvisionedPool& pool = provisioned_[function.provisioned_row];
  const uint32_t idle_pool = ProvisionedIdlePool(environment.function);
  const auto change = [](bool was, bool is) { return (is ? 1 : 0) - (was ? 1 : 0); };
  RowList* const left = pool.ListOf(environment.role, from);
  RowList* const joined = pool.ListOf(environment.role, to);
  if (left != joined) {
    if (left == &pool.idle) pools_.Remove(*left, idle_pool, row);
    if (left == &pool.reset) pools_.Remove(*left, idle_pool + 1, row);
    if (left == &pool.busy || left == &pool.allocating_rows) pools_.Unlink(*left, row);
    if (joined == &pool.idle) pools_.Add(*joined, idle_pool, row);
    if (joined == &pool.reset) pools_.Add(*joined, idle_pool + 1, row);
    if (joined == &pool.busy || joined == &pool.allocating_rows) pools_.Link(*joined, row);
  }
  if (environment.role == EnvironmentRole::kAllocating) {
    pool.allocating += change(IsLive(from), IsLive(to));
    pool.ready += change(from == EnvironmentState::kIdle, to == EnvironmentState::kIdle);
    CountAhead(function, change(IsInFlight(from), IsInFlight(to)));
  } else {
    pool.available += change(IsLive(from), IsLive(to));
    pool.busy_count += change(from == EnvironmentState::kBusy, to == EnvironmentState::kBusy);
  }
}

// --- How many there are

void Scheduler::State::AdjustProvisioned(FunctionId id, Actions& actions) {
  FunctionRow& function = functions_[id];
  const int32_t target = ProvisionedTarget(function.claim);
  if (function.provisioned_row == kNoRow) {
    if (target == 0) return;
    function.provisioned_row = static_cast<uint32_t>(provisioned_.size());
    provisioned_.push_back({.function = id, .starts = provisioning_.NewFunctionBudget()});
  }
  ProvisionedPool& pool = provisioned_[function.provisioned_row];
  const TokenRate rate = RequestRate(target, options_.requests_per_concurrency);
  if (rate != pool.request_rate) {
    pool.request_rate = rate;
    pool.requests = TokenBucket(rate);
  }
  if (target > pool.target) pool.is_allocated = false;
  pool.target = target;
  while (pool.environments() > target) DropProvisioned(pool, actions);
  CommitProvisioned(pool, actions);
  if (pool.environments() == target) {
    CancelWake(ProvisionWake(id));
    starved_ -= pool.is_starved ? 1 : 0;
    pool.is_starved = false;
  } else if (!IsAwaited(ProvisionWake(id)) && !pool.is_starved) {
    Wake(ProvisionWake(id), Later(now_, std::max(Duration(), options_.provisioning_delay)));
  }
}

void Scheduler::State::DropProvisioned(ProvisionedPool& pool, Actions& actions) {
  if (!pool.allocating_rows.empty()) {
    Stop(pool.allocating_rows.tail, StopReason::kProvisionedLess, actions);
  } else if (!pool.reset.empty()) {
    Stop(pool.reset.head, StopReason::kProvisionedLess, actions);
  } else if (!pool.idle.empty()) {
    Stop(pool.idle.head, StopReason::kProvisionedLess, actions);
  } else {
    Demote(pool.busy.head);
  }
}

void Scheduler::State::RetireProvisioned(ProvisionedPool& pool, Actions& actions) {
  pool.target = 0;
  StopAll(pool.idle, StopReason::kFunctionChanged, actions);
  StopAll(pool.reset, StopReason::kFunctionChanged, actions);
  StopAll(pool.allocating_rows, StopReason::kFunctionChanged, actions);
  while (!pool.busy.empty()) Demote(pool.busy.head);
  CancelWake(ProvisionWake(pool.function));
  starved_ -= pool.is_starved ? 1 : 0;
  pool.is_starved = false;
}

void Scheduler::State::Demote(uint32_t row) {
  EnvironmentRow& environment = environments_[row];
  FunctionRow& function = functions_[environment.function];
  ProvisionedPool& pool = provisioned_[function.provisioned_row];
  pools_.Unlink(pool.busy, row);
  --pool.available;
  --pool.busy_count;
  environment.role = EnvironmentRole::kOnDemand;
  ledger_.Begin(function.claim);
}

void Scheduler::State::ReplaceProvisioned(FunctionId id) {
  const ProvisionedPool& pool = provisioned_[functions_[id].provisioned_row];
  if (pool.environments() >= pool.target) return;
  if (IsAwaited(ProvisionWake(id)) || pool.is_starved) return;
  Wake(ProvisionWake(id), Later(now_, std::max(kReplacementDelayMin, options_.provisioning_delay)));
}

// --- Starting them

void Scheduler::State::StartProvisioned(FunctionId id, Instant now, Actions& actions) {
  FunctionRow& function = functions_[id];
  ProvisionedPool& pool = provisioned_[function.provisioned_row];
  while (pool.environments() < pool.target) {
    if (!provisioning_.HasToken(pool.starts, now)) {
      return Wake(ProvisionWake(id), provisioning_.NextTokenAt(pool.starts, now));
    }
    std::optional<NodeId> node;
    if (!environments_.IsFull()) node = FindRoom(function.memory_mib, /*may_evict=*/true);
    if (!node.has_value()) {
      pool.is_starved = true;
      ++starved_;
      return;
    }
    provisioning_.Take(pool.starts, now);
    Evict(actions);
    Start({.function = id,
           .node = *node,
           .tenant = {},
           .invocation = {},
           .role = EnvironmentRole::kAllocating,
           .purpose = StartPurpose::kProvisioned},
          now, actions);
  }
}

void Scheduler::State::RestProvisioned(uint32_t row, Instant now, Actions& actions) {
  if (const std::optional<StopReason> reason = RetiredBecause(row, now)) {
    return Stop(row, *reason, actions);
  }
  Move(row, EnvironmentState::kInitializing, EnvironmentState::kIdle);
  actions.emplace_back(FreezeEnvironment{environments_.IdOf(row)});
  CommitProvisioned(provisioned_[functions_[environments_[row].function].provisioned_row], actions);
}

void Scheduler::State::CommitProvisioned(ProvisionedPool& pool, Actions& actions) {
  const bool is_complete = pool.ready == pool.target - pool.available;
  if (is_complete) pool.is_allocated = true;
  if (!pool.is_allocated) return;
  for (uint32_t row = pool.allocating_rows.head; row != kNoRow;) {
    const uint32_t next = pools_.Next(row);
    if (environments_[row].state == EnvironmentState::kIdle) MakeAvailable(row, pool, actions);
    row = next;
  }
}

void Scheduler::State::MakeAvailable(uint32_t row, ProvisionedPool& pool, Actions& actions) {
  EnvironmentRow& environment = environments_[row];
  FunctionRow& function = functions_[pool.function];
  pools_.Unlink(pool.allocating_rows, row);
  --pool.allocating;
  --pool.ready;
  environment.role = EnvironmentRole::kProvisioned;
  pools_.Add(pool.idle, ProvisionedIdlePool(pool.function), row);
  ++pool.available;
  if (function.late.waiting_count == 0) return;
  Move(row, EnvironmentState::kIdle, EnvironmentState::kBusy);
  environment.invocation = PopWaiting(function, function.late, WaitingEnd::kOldest);
  Assign(row, now_, actions);
}

void Scheduler::State::RetryStarved() {
  for (ProvisionedPool& pool : provisioned_) {
    if (!pool.is_starved) continue;
    pool.is_starved = false;
    Wake(ProvisionWake(pool.function), now_);
  }
  starved_ = 0;
}

}  // namespace floe
