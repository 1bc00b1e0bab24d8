// The scheduler's tables and the handling of each event. Private to the scheduler.

#ifndef FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_
#define FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/attributes.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/concurrency_ledger.h"
#include "orchestrator/core/deadline_lists.h"
#include "orchestrator/core/environment_state.h"
#include "orchestrator/core/environment_table.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/eviction_queue.h"
#include "orchestrator/core/function_table.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/node_table.h"
#include "orchestrator/core/provisioned_pool.h"
#include "orchestrator/core/request_rate.h"
#include "orchestrator/core/reuse_pools.h"
#include "orchestrator/core/scaling_limiter.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/core/tenant_table.h"
#include "orchestrator/core/token_bucket.h"
#include "orchestrator/core/waiting_lines.h"

namespace floe {

class Scheduler::State {
 public:
  State(const SchedulerOptions& options, KeepAlivePolicy* policy);

  void Step(Instant now, const Event& event, Actions& actions);
  Instant NextDeadline() const {
    return std::min(std::min(deadlines_.Next(), lifetimes_.Next()), next_wake_);
  }

  void PrefetchArrival(FunctionId function) const { functions_.Prefetch(function); }
  uint32_t PrefetchReuse(FunctionId function) const {
    if (function.value >= functions_.size()) return 0;
    const uint32_t row = functions_[function].idle.tail;
    if (row == kNoRow) return 0;
    PrefetchReport(row);
    return row;
  }
  void PrefetchReport(uint32_t row) const {
    if (row >= environments_.size()) return;
    environments_.Prefetch(row);
    deadlines_.Prefetch(row);
    pools_.Prefetch(row);
  }
  void PrefetchReportSoon(uint32_t row) const {
    if (row < environments_.size()) functions_.Prefetch(environments_[row].function);
  }

  const SchedulerOptions& options() const { return options_; }
  const EnvironmentCounts& counts() const { return counts_; }
  EnvironmentCounts counts(FunctionId function) const {
    return function.value < functions_.size() ? functions_[function].counts : EnvironmentCounts{};
  }
  ProvisionedUse provisioned(FunctionId function) const {
    if (function.value >= functions_.size()) return {};
    const FunctionRow& row = functions_[function];
    ProvisionedUse use{.requested = row.claim.provisioned};
    if (row.provisioned_row != kNoRow) {
      use.available = provisioned_[row.provisioned_row].available;
      use.busy = provisioned_[row.provisioned_row].busy_count;
    }
    return use;
  }
  int64_t claimed_concurrency() const { return ledger_.claimed(); }
  const StaleEventCounts& stale_events() const { return stale_events_; }
  void CheckInvariants() const;

  // Every column of the environment table and of the tables beside it.
  static constexpr int64_t kBytesPerEnvironment =
      sizeof(EnvironmentRow) + sizeof(EnvironmentPlacement) + sizeof(uint32_t) +  // And free rows.
      2 * sizeof(DeadlineLists::Entry) + sizeof(RowLinks::Links) + sizeof(EvictionQueue::Entry) +
      2 * sizeof(uint32_t);  // The index for random reuse, and the position in it.
  static_assert(kBytesPerEnvironment <= 128);

 private:
  enum class ArrivalChoice : uint8_t {
    kThrottle,
    kUseProvisioned,
    kReuseIdle,
    kReuseReset,
    kTakeAhead,
    kStart,
  };
  struct ArrivalDecision {
    ArrivalChoice choice = ArrivalChoice::kThrottle;
    ThrottleReason reason = ThrottleReason::kNoCapacity;  // With kThrottle.
    NodeId node;                                          // With kStart.
  };
  // The pools that an invocation of one tenant of one function, or of the function itself, may use.
  // The lists are null for a tenant without environments.
  struct Pools {
    RowList* idle = nullptr;
    RowList* reset = nullptr;
    LatePool* late = nullptr;
    uint32_t idle_number = 0;  // Of the ReusePools; that of `reset` is the next one.
  };
  // What a new environment is for.
  struct NewEnvironment {
    FunctionId function;
    NodeId node;
    TenantId tenant;
    InvocationId invocation;
    EnvironmentRole role = EnvironmentRole::kOnDemand;
    StartPurpose purpose = StartPurpose::kInvocation;
  };

  // Decides what happens to an invocation of `function`. Takes nothing.
  ArrivalDecision DecideArrival(const FunctionRow& function, const Pools& pools,
                                const InvocationArrived& event, Instant now);
  ArrivalDecision DecideStart(const FunctionRow& function, TenantId tenant, Instant now);
  // None when the limits on requests and on concurrency admit one more invocation of `function` on
  // demand.
  std::optional<ThrottleReason> RefusalByLimits(const FunctionRow& function, Instant now) const;
  // The node that takes a new environment; where no node has room, and if `may_evict`, the one that
  // has it once the environments in evicted_ are gone.
  std::optional<NodeId> FindRoom(int32_t memory_mib, bool may_evict);
  std::optional<NodeId> PlanEviction(int32_t memory_mib);
  // Stops the environments in evicted_.
  void Evict(Actions& actions);
  Pools PoolsOf(FunctionId id, FunctionRow& function, TenantId tenant);
  Pools PoolsOfRow(uint32_t row);

  void On(const DeadlineReached&, Instant, Actions&) {}
  void On(const InvocationArrived& event, Instant now, Actions& actions);
  // The arrivals that are not simply served by an idle environment of the function.
  void OnOtherArrival(const InvocationArrived& event, Instant now, Actions& actions);
  void TakeRequest(FunctionRow& function, Instant now) {
    if (function.claim.is_reserved()) {
      function.requests.Take(function.request_rate, now);
    } else {
      account_requests_.Take(account_request_rate_, now);
    }
  }
  void On(const InvocationFinished& event, Instant now, Actions& actions);
  void On(const EnvironmentStarted& event, Instant now, Actions& actions);
  void On(const EnvironmentStartFailed& event, Instant now, Actions& actions);
  void On(const EnvironmentReady& event, Instant now, Actions& actions);
  void On(const EnvironmentFailed& event, Instant now, Actions& actions);
  void On(const EnvironmentStopped& event, Instant now, Actions& actions);
  void On(const FunctionDeployed& event, Instant now, Actions& actions);
  void On(const ReservedConcurrencySet& event, Instant now, Actions& actions);
  void On(const FunctionRemoved& event, Instant now, Actions& actions);
  void On(const NodeJoined& event, Instant now, Actions& actions);
  void On(const NodeLost& event, Instant now, Actions& actions);
  void On(const ProvisionedConcurrencySet& event, Instant now, Actions& actions);

  // Applies every deadline that has come by `now`, in the order of their times.
  void ApplyDeadlines(Instant now, Actions& actions);
  void ApplyDeadline(uint32_t row, Instant now, Actions& actions);
  void ApplyLifetimeEnd(uint32_t row, Actions& actions);
  void ApplyWake(uint32_t wake, Instant now, Actions& actions);

  // The row of an environment that is there, else kNoRow and the report is counted as stale.
  uint32_t FindReported(EnvironmentId environment);

  void StartFor(const InvocationArrived& event, NodeId node, Instant now, Actions& actions);
  uint32_t Start(const NewEnvironment& what, Instant now, Actions& actions);
  void Assign(uint32_t row, Instant now, Actions& actions);
  // The init phase has failed: the environment repeats it inside its invocation.
  void RepeatInit(uint32_t row, Instant now, Actions& actions);
  // The same for any environment; one that holds no invocation is reset, or replaced.
  void FailInit(uint32_t row, Instant now, Actions& actions);
  // The invocation under way has failed; the environment is kept when it may serve again.
  void FailRunning(uint32_t row, FailureCause cause, Instant now, Actions& actions);
  // The environment is about to go: the invocation that it holds, or that waits for it and no
  // other, fails.
  void FailWhatItHolds(uint32_t row, FailureCause cause, Actions& actions);
  void KillRuntime(uint32_t row, Actions& actions);
  void Stop(uint32_t row, StopReason reason, Actions& actions);
  void StopAll(const RowList& rows, StopReason reason, Actions& actions);
  // The function's environments take no further invocation.
  void RetireFunction(FunctionId id, Actions& actions);
  void RetirePools(Pools pools, Actions& actions);
  // The environment is gone: its row is free.
  void Forget(uint32_t row);

  // --- Waiting, and environments started ahead of invocations

  // A busy environment whose invocation is over takes one that waits, if there is one.
  bool GiveWaiting(uint32_t row, Instant now, Actions& actions);
  enum class WaitingEnd : uint8_t { kOldest, kNewest };
  InvocationId PopWaiting(FunctionRow& function, LatePool& late, WaitingEnd end);
  void PushWaiting(FunctionRow& function, LatePool& late, InvocationId invocation);
  // An environment with EnvironmentRole::kAhead holds `invocation` from now on.
  void Bind(uint32_t row, InvocationId invocation);
  // The same with one that waits, if there is one.
  bool BindWaiting(uint32_t row);
  // An environment with EnvironmentRole::kAhead whose init phase ends without an invocation.
  void RestAhead(uint32_t row, EnvironmentState to, Instant now, Actions& actions);
  // The environment is idle from now on: decides until when.
  void StartKeepAlive(uint32_t row, bool never_served, Instant now);
  void DecideKeepAlive(uint32_t row, bool never_served, Instant now);
  void LeaveEvictions(uint32_t row);
  void Prewarm(FunctionId id, Instant now, Actions& actions);

  // --- Provisioned concurrency

  static int32_t ProvisionedTarget(const ConcurrencyClaim& claim) {
    return claim.is_reserved() ? std::min(claim.provisioned, claim.reserved) : claim.provisioned;
  }
  static bool IsProvisioned(EnvironmentRole role) {
    return role == EnvironmentRole::kAllocating || role == EnvironmentRole::kProvisioned;
  }
  bool CanUseProvisioned(const FunctionRow& function, Instant now) const;
  void UseProvisioned(const InvocationArrived& event, Instant now, Actions& actions);
  // Invocations in flight that do not run on provisioned concurrency.
  int32_t OnDemand(const FunctionRow& function) const {
    const bool has_none = function.provisioned_row == kNoRow;
    return function.counts.concurrency() -
           (has_none ? 0 : provisioned_[function.provisioned_row].busy_count);
  }
  // Follows the function's claim: stops what is too much and arranges the start of what lacks.
  void AdjustProvisioned(FunctionId id, Actions& actions);
  void DropProvisioned(ProvisionedPool& pool, Actions& actions);
  // Ends the pool's environments, as RetireFunction does.
  void RetireProvisioned(ProvisionedPool& pool, Actions& actions);
  void StartProvisioned(FunctionId id, Instant now, Actions& actions);
  // A provisioned environment is ready.
  void RestProvisioned(uint32_t row, Instant now, Actions& actions);
  // All that was requested is ready: it may serve.
  void CommitProvisioned(ProvisionedPool& pool, Actions& actions);
  void MakeAvailable(uint32_t row, ProvisionedPool& pool, Actions& actions);
  // A busy environment of the pool is one on demand from now on.
  void Demote(uint32_t row);
  void ReplaceProvisioned(FunctionId id);
  void RetryStarved();

  // The one-off deadlines of a function.
  static uint32_t ProvisionWake(FunctionId id) { return 2 * id.value; }
  static uint32_t PrewarmWake(FunctionId id) { return 2 * id.value + 1; }
  void Wake(uint32_t wake, Instant at);
  void CancelWake(uint32_t wake) {
    if (!IsAwaited(wake)) return;
    wakes_.Cancel(wake);
    next_wake_ = wakes_.Next();
  }
  bool IsAwaited(uint32_t wake) const { return wake < wakes_.size() && wakes_.IsPending(wake); }

  // The numbers of the ReusePools: eight for each function and tenant row together, of which the
  // first two are the function's on demand, two its provisioned ones, and two the tenant's.
  static uint32_t FunctionPool(FunctionId id) { return 8 * id.value; }
  static uint32_t ProvisionedIdlePool(FunctionId id) { return 8 * id.value + 2; }
  static uint32_t TenantPool(uint32_t row) { return 8 * row + 4; }
  // Saturates at the end of time.
  static Instant Later(Instant now, Duration length) {
    const int64_t rest =
        std::numeric_limits<int64_t>::max() - std::max<int64_t>(0, now.nanoseconds());
    return length.nanoseconds() >= rest ? Instant::InfiniteFuture() : now + length;
  }

  // The only way a state changes. Moves the counts, the concurrency and the reuse pools along.
  // REQUIRES: the environment is in state `from`.
  void Move(uint32_t row, EnvironmentState from, EnvironmentState to);
  // The same for environments of the function itself with the role kOnDemand, without evictions.
  void MoveOnDemand(uint32_t row, EnvironmentRow& environment, FunctionRow& function,
                    EnvironmentState from, EnvironmentState to);
  // The same for environments with a tenant or another role than kOnDemand.
  void MoveSpecial(uint32_t row, EnvironmentState from, EnvironmentState to);
  void MoveProvisioned(uint32_t row, EnvironmentState from, EnvironmentState to);
  void CountAhead(FunctionRow& function, int32_t change) {
    counts_.ahead += change;
    function.counts.ahead += change;
  }
  // Why the environment may take no further invocation, if so.
  std::optional<StopReason> RetiredBecause(uint32_t row, Instant now) const;
  void SetClaim(FunctionRow& function, ConcurrencyClaim claim);

  void CheckEnvironmentInvariants() const;
  void CheckFunctionInvariants(FunctionId id) const;
  void CheckProvisionedInvariants(const ProvisionedPool& pool) const;
  // Walks the list; every row is of the function, in one of these states and with the role.
  int32_t CountRows(const RowList& rows, FunctionId function, EnvironmentRole role,
                    std::initializer_list<EnvironmentState> states) const;

  SchedulerOptions options_;
  std::unique_ptr<KeepAlivePolicy> own_policy_;
  KeepAlivePolicy* policy_;  // Null: every environment is kept equally long.
  bool keeps_simply_;        // No policy and no evictions.
  Instant now_ = Instant::FromNanoseconds(std::numeric_limits<int64_t>::min());
  EnvironmentCounts counts_;
  StaleEventCounts stale_events_;
  ConcurrencyLedger ledger_;
  ScalingLimiter scaling_;
  ScalingLimiter provisioning_;
  TokenRate account_request_rate_;
  TokenBucket account_requests_;
  NodeTable nodes_;
  FunctionTable functions_;
  EnvironmentTable environments_;
  ReusePools pools_;
  TenantTable tenants_;
  int64_t tenant_environments_ = 0;  // Live ones.
  int64_t tenant_environments_max_;
  std::vector<ProvisionedPool> provisioned_;
  uint32_t starved_ = 0;  // Of those.
  WaitingLines waiting_;
  EvictionQueue evictions_;
  std::vector<uint32_t> evicted_;  // The plan of the present step.
  std::vector<uint32_t> considered_;
  std::vector<int64_t> evictable_mib_;  // By node: of the environments in evictions_.
  std::vector<int64_t> freed_mib_;      // By node, while a plan is made.
  // Of each environment the end of its present phase, and apart from these the end of its life.
  DeadlineLists deadlines_;
  DeadlineLists lifetimes_;
  DeadlineLists wakes_;
  Instant next_wake_ = Instant::InfiniteFuture();  // Of wakes_, close at hand.
  DeadlineLists::Slot keep_alive_slot_;
  DeadlineLists::Slot init_limit_slot_;
  DeadlineLists::Slot start_limit_slot_;
  DeadlineLists::Slot lifetime_slot_;
};

inline void Scheduler::State::Assign(uint32_t row, Instant now, Actions& actions) {
  const EnvironmentRow& environment = environments_[row];
  const Instant deadline = deadlines_.Start(environment.timeout_slot, row, now);
  actions.emplace_back(AssignInvocation{
      {row, environment.generation}, environment.invocation, deadline, environment.incarnation});
}

inline uint32_t Scheduler::State::FindReported(EnvironmentId environment) {
  const uint32_t row = environments_.Find(environment);
  if (row == kNoRow) [[unlikely]]
    ++stale_events_.environment_reports;
  return row;
}

// Where the states are known, little is left of these two.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Scheduler::State::MoveOnDemand(uint32_t row,
                                                                        EnvironmentRow& environment,
                                                                        FunctionRow& function,
                                                                        EnvironmentState from,
                                                                        EnvironmentState to) {
  DCHECK(environment.state == from);
  CHECK(IsAllowed(from, to));
  environment.state = to;
  Count(counts_, from, -1);
  Count(counts_, to, 1);
  Count(function.counts, from, -1);
  Count(function.counts, to, 1);
  if (IsInFlight(from) && !IsInFlight(to)) ledger_.End(function.claim);
  if (!IsInFlight(from) && IsInFlight(to)) ledger_.Begin(function.claim);
  const uint32_t idle = FunctionPool(environment.function);
  if (from == EnvironmentState::kIdle) pools_.Remove(function.idle, idle, row);
  if (from == EnvironmentState::kReset) pools_.Remove(function.reset, idle + 1, row);
  if (to == EnvironmentState::kIdle) pools_.Add(function.idle, idle, row);
  if (to == EnvironmentState::kReset) pools_.Add(function.reset, idle + 1, row);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline void Scheduler::State::Move(uint32_t row, EnvironmentState from,
                                                                EnvironmentState to) {
  EnvironmentRow& environment = environments_[row];
  if (evictions_.is_active() && IsReusable(from) && !IsReusable(to)) LeaveEvictions(row);
  if (environment.role != EnvironmentRole::kOnDemand || environment.has_tenant) [[unlikely]] {
    return MoveSpecial(row, from, to);
  }
  MoveOnDemand(row, environment, functions_[environment.function], from, to);
}

inline std::optional<StopReason> Scheduler::State::RetiredBecause(uint32_t row, Instant now) const {
  const EnvironmentRow& environment = environments_[row];
  if (functions_[environment.function].revision != environment.revision) {
    return StopReason::kFunctionChanged;
  }
  if (!options_.lifetime_max.is_infinite() && lifetimes_.DueOf(row) <= now) {
    return StopReason::kLifetimeOver;
  }
  return std::nullopt;
}

inline void Scheduler::State::StartKeepAlive(uint32_t row, bool never_served, Instant now) {
  if (keeps_simply_) [[likely]] {
    if (!IsProvisioned(environments_[row].role)) deadlines_.Start(keep_alive_slot_, row, now);
    return;
  }
  DecideKeepAlive(row, never_served, now);
}

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_
