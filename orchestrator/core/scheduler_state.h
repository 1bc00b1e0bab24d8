// The scheduler's tables and the handling of each event. Private to the scheduler.

#ifndef FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_
#define FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/concurrency_ledger.h"
#include "orchestrator/core/deadline_lists.h"
#include "orchestrator/core/environment_state.h"
#include "orchestrator/core/environment_table.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/function_table.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/node_table.h"
#include "orchestrator/core/reuse_pools.h"
#include "orchestrator/core/scaling_limiter.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/core/token_bucket.h"

namespace floe {

class Scheduler::State {
 public:
  State(const SchedulerOptions& options, KeepAlivePolicy* policy);

  void Step(Instant now, const Event& event, Actions& actions);
  Instant NextDeadline() const { return std::min(deadlines_.Next(), lifetimes_.Next()); }

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
    return {.requested = functions_[function].claim.provisioned};
  }
  int64_t claimed_concurrency() const { return ledger_.claimed(); }
  const StaleEventCounts& stale_events() const { return stale_events_; }
  void CheckInvariants() const;

  // Every column of the environment table and of the tables beside it.
  static constexpr int64_t kBytesPerEnvironment =
      sizeof(EnvironmentRow) + sizeof(EnvironmentPlacement) + sizeof(uint32_t) +  // And free rows.
      2 * sizeof(DeadlineLists::Entry) + sizeof(RowLinks::Links) +
      2 * sizeof(uint32_t);  // The index for random reuse, and the position in it.
  static_assert(kBytesPerEnvironment <= 128);

 private:
  enum class ArrivalChoice : uint8_t { kThrottle, kReuseIdle, kReuseReset, kStart };
  struct ArrivalDecision {
    ArrivalChoice choice = ArrivalChoice::kThrottle;
    ThrottleReason reason = ThrottleReason::kNoCapacity;  // With kThrottle.
    NodeId node;                                          // With kStart.
  };

  // What `concurrency` units allow per second. Nothing to limit where there is no concurrency: that
  // is refused as such.
  static TokenRate RequestRate(int64_t concurrency, int64_t requests_per_concurrency);
  // Decides what happens to an invocation of `function`. Takes nothing.
  ArrivalDecision DecideArrival(const FunctionRow& function, Instant now);
  // None when the limits on requests and on concurrency admit one more invocation of `function`.
  std::optional<ThrottleReason> RefusalByLimits(const FunctionRow& function, Instant now) const;

  void On(const DeadlineReached&, Instant, Actions&) {}
  void On(const InvocationArrived& event, Instant now, Actions& actions);
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

  // The row of an environment that is there, else kNoRow and the report is counted as stale.
  uint32_t FindReported(EnvironmentId environment);

  void StartFor(InvocationId invocation, FunctionId function, NodeId node, Instant now,
                Actions& actions);
  void Assign(uint32_t row, Instant now, Actions& actions);
  // The init phase has failed: the environment repeats it inside its invocation.
  void RepeatInit(uint32_t row, Instant now, Actions& actions);
  // The invocation under way has failed; the environment is kept when it may serve again.
  void FailRunning(uint32_t row, FailureCause cause, Instant now, Actions& actions);
  void KillRuntime(uint32_t row, Actions& actions);
  void Stop(uint32_t row, StopReason reason, Actions& actions);
  void StopReusable(const FunctionRow& function, Actions& actions);
  // The environment is gone: its row is free.
  void Forget(uint32_t row);

  // The only way a state changes. Moves the counts, the concurrency and the reuse pools along.
  // REQUIRES: the environment is in state `from`.
  void Move(uint32_t row, EnvironmentState from, EnvironmentState to);
  // Why the environment may take no further invocation, if so.
  std::optional<StopReason> RetiredBecause(uint32_t row, Instant now) const;
  void SetClaim(FunctionRow& function, ConcurrencyClaim claim);

  SchedulerOptions options_;
  KeepAlivePolicy* policy_;
  Instant now_ = Instant::FromNanoseconds(std::numeric_limits<int64_t>::min());
  EnvironmentCounts counts_;
  StaleEventCounts stale_events_;
  ConcurrencyLedger ledger_;
  ScalingLimiter scaling_;
  TokenRate account_request_rate_;
  TokenBucket account_requests_;
  NodeTable nodes_;
  FunctionTable functions_;
  EnvironmentTable environments_;
  ReusePools pools_;
  // Of each environment the end of its present phase, and apart from these the end of its life.
  DeadlineLists deadlines_;
  DeadlineLists lifetimes_;
  DeadlineLists::Slot keep_alive_slot_;
  DeadlineLists::Slot init_limit_slot_;
  DeadlineLists::Slot start_limit_slot_;
  DeadlineLists::Slot lifetime_slot_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCHEDULER_STATE_H_
