// What must hold between the scheduler's tables after every step.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/check.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {
namespace {

using Role = EnvironmentRole;

// Whether a deadline ends the phase that the environment is in. Provisioned concurrency is kept.
bool Ends(const EnvironmentRow& environment) {
  if (!IsLive(environment.state)) return false;
  const bool is_provisioned =
      environment.role == Role::kAllocating || environment.role == Role::kProvisioned;
  return !(is_provisioned && IsReusable(environment.state));
}

}  // namespace

void Scheduler::State::CheckInvariants() const {
  environments_.CheckInvariants();
  deadlines_.CheckInvariants();
  lifetimes_.CheckInvariants();
  wakes_.CheckInvariants();
  evictions_.CheckInvariants();
  CHECK(deadlines_.size() == environments_.size() && lifetimes_.size() == environments_.size());
  CHECK(pools_.size() == environments_.size());
  CheckEnvironmentInvariants();

  int64_t claimed = 0;
  int64_t waiting = 0;
  for (uint32_t i = 0; i < functions_.size(); ++i) {
    const FunctionRow& function = functions_[FunctionId{i}];
    CheckFunctionInvariants(FunctionId{i});
    claimed += function.claim.claimed();
    if (!function.claim.is_reserved()) claimed += OnDemand(function);
    waiting += function.counts.waiting;
  }
  CHECK(claimed == ledger_.claimed());
  CHECK(waiting == counts_.waiting && waiting == waiting_.size());
  CHECK(starved_ == std::count_if(provisioned_.begin(), provisioned_.end(),
                                  [](const ProvisionedPool& pool) { return pool.is_starved; }));
  for (const ProvisionedPool& pool : provisioned_) CheckProvisionedInvariants(pool);
}

void Scheduler::State::CheckEnvironmentInvariants() const {
  EnvironmentCounts total{.waiting = counts_.waiting};
  std::vector<EnvironmentCounts> by_function(functions_.size());
  std::vector<int64_t> used_mib(nodes_.size(), 0);
  std::vector<int64_t> evictable_mib(nodes_.size(), 0);
  int64_t tenant_environments = 0;
  for (uint32_t row = 0; row < environments_.size(); ++row) {
    const EnvironmentRow& environment = environments_[row];
    // What a deadline does not end ends otherwise.
    CHECK(deadlines_.IsPending(row) == Ends(environment));
    CHECK(IsLive(environment.state) || !lifetimes_.IsPending(row));
    const bool is_evictable = IsReusable(environment.state) && environment.role == Role::kOnDemand;
    if (evictions_.is_active()) CHECK(evictions_.Contains(row) == is_evictable);
    if (environment.state == EnvironmentState::kGone) continue;
    EnvironmentCounts& counts = by_function[environment.function.value];
    Count(total, environment.state, 1);
    Count(counts, environment.state, 1);
    const bool is_ahead = environment.role != Role::kOnDemand && IsInFlight(environment.state) &&
                          environment.state != EnvironmentState::kBusy;
    total.ahead += is_ahead ? 1 : 0;
    counts.ahead += is_ahead ? 1 : 0;
    const EnvironmentPlacement& placement = environments_.placement(row);
    CHECK(nodes_.Contains(placement.node));
    used_mib[placement.node.value] += placement.memory_mib;
    if (is_evictable) evictable_mib[placement.node.value] += placement.memory_mib;
    if (environment.has_tenant) {
      CHECK(tenants_[placement.tenant_row].function == environment.function);
      tenant_environments += IsLive(environment.state) ? 1 : 0;
    }
    // No environment of an earlier revision waits for an invocation.
    CHECK(!(IsReusable(environment.state) || is_ahead) ||
          environment.revision == functions_[environment.function].revision);
  }
  CHECK(total == counts_);
  CHECK(tenant_environments == tenant_environments_);
  for (uint32_t i = 0; i < functions_.size(); ++i) {
    const EnvironmentCounts& counts = functions_[FunctionId{i}].counts;
    by_function[i].waiting = counts.waiting;
    CHECK(by_function[i] == counts);
  }
  for (uint32_t node = 0; node < nodes_.size(); ++node) {
    CHECK(used_mib[node] == nodes_.used_mib(NodeId{node}));
    CHECK(!evictions_.is_active() || evictable_mib[node] == evictable_mib_[node]);
  }
}

int32_t Scheduler::State::CountRows(const RowList& rows, FunctionId function, EnvironmentRole role,
                                    std::initializer_list<EnvironmentState> states) const {
  int32_t count = 0;
  for (uint32_t row = rows.head; row != kNoRow; row = pools_.Next(row)) {
    const EnvironmentRow& environment = environments_[row];
    CHECK(environment.function == function && environment.role == role);
    CHECK(std::find(states.begin(), states.end(), environment.state) != states.end());
    CHECK(static_cast<uint32_t>(++count) <= environments_.size());
  }
  return count;
}

void Scheduler::State::CheckFunctionInvariants(FunctionId id) const {
  const FunctionRow& function = functions_[id];
  int32_t idle = 0;
  int32_t reset = 0;
  int32_t ahead = 0;
  int32_t waiting = 0;
  const auto check = [&](const RowList& idle_rows, const RowList& reset_rows, const LatePool& late,
                         uint32_t idle_number) {
    idle += CountRows(idle_rows, id, Role::kOnDemand, {EnvironmentState::kIdle});
    reset += CountRows(reset_rows, id, Role::kOnDemand, {EnvironmentState::kReset});
    pools_.CheckInvariants(idle_rows, idle_number);
    pools_.CheckInvariants(reset_rows, idle_number + 1);
    CHECK(late.ahead_count ==
          CountRows(late.ahead, id, Role::kAhead,
                    {EnvironmentState::kStarting, EnvironmentState::kInitializing}));
    int32_t count = 0;
    for (uint32_t row = late.waiting.head; row != kNoRow; row = waiting_.Next(row)) ++count;
    CHECK(count == late.waiting_count);
    // Something comes for each that waits, and none waits beside an environment that is free.
    CHECK(late.waiting_count <= late.ahead_count);
    CHECK(late.waiting_count == 0 || (idle_rows.empty() && reset_rows.empty()));
    ahead += late.ahead_count;
    waiting += late.waiting_count;
  };
  check(function.idle, function.reset, function.late, FunctionPool(id));
  for (uint32_t row = function.tenants; row != kNoRow; row = tenants_[row].next) {
    const TenantRow& tenant = tenants_[row];
    CHECK(tenant.environments > 0 && tenants_.Find(id, tenant.tenant) == row);
    check(tenant.idle, tenant.reset, tenant.late, TenantPool(row));
  }
  if (function.provisioned_row != kNoRow) {
    const ProvisionedPool& pool = provisioned_[function.provisioned_row];
    idle += pool.ready + CountRows(pool.idle, id, Role::kProvisioned, {EnvironmentState::kIdle});
    reset += CountRows(pool.reset, id, Role::kProvisioned, {EnvironmentState::kReset});
    ahead += pool.allocating - pool.ready;
  }
  CHECK(idle == function.counts.idle && reset == function.counts.reset);
  CHECK(ahead == function.counts.ahead && waiting == function.counts.waiting);
}

void Scheduler::State::CheckProvisionedInvariants(const ProvisionedPool& pool) const {
  const FunctionId id = pool.function;
  const FunctionRow& function = functions_[id];
  const bool is_deployed = function.state == FunctionState::kDeployed;
  CHECK(pool.target == (is_deployed ? ProvisionedTarget(function.claim) : 0));
  CHECK(pool.environments() <= pool.target);
  const int32_t idle = CountRows(pool.idle, id, Role::kProvisioned, {EnvironmentState::kIdle});
  const int32_t reset = CountRows(pool.reset, id, Role::kProvisioned, {EnvironmentState::kReset});
  const int32_t busy = CountRows(pool.busy, id, Role::kProvisioned, {EnvironmentState::kBusy});
  CHECK(busy == pool.busy_count && idle + reset + busy == pool.available);
  CHECK(pool.allocating == CountRows(pool.allocating_rows, id, Role::kAllocating,
                                     {EnvironmentState::kStarting, EnvironmentState::kInitializing,
                                      EnvironmentState::kIdle}));
  pools_.CheckInvariants(pool.idle, ProvisionedIdlePool(id));
  pools_.CheckInvariants(pool.reset, ProvisionedIdlePool(id) + 1);
  // What is ready serves once everything is, and what lacks is on its way.
  CHECK(pool.ready == 0 || !pool.is_allocated);
  const bool is_coming = IsAwaited(ProvisionWake(id)) || pool.is_starved;
  CHECK(is_coming == (pool.environments() < pool.target));
}

}  // namespace floe
