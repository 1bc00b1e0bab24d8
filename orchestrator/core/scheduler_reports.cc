// What environments report, and what becomes of them.

#include <optional>

#include "orchestrator/core/scheduler_state.h"

namespace floe {
namespace {

// For the init phase of provisioned concurrency; the function's time-out where that is longer.
constexpr Duration kProvisionedInitLimit = Duration::Seconds(130);

}  // namespace

// --- Reports of environments

void Scheduler::State::On(const EnvironmentStarted& event, Instant now, Actions&) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  if (environments_[row].state != EnvironmentState::kStarting) {
    ++stale_events_.environment_reports;
    return;
  }
  deadlines_.Cancel(row);
  Move(row, EnvironmentState::kStarting, EnvironmentState::kInitializing);
  const EnvironmentRow& environment = environments_[row];
  if (environment.role == EnvironmentRole::kAllocating) {
    const Duration limit =
        std::max(kProvisionedInitLimit, deadlines_.LengthOf(environment.timeout_slot));
    deadlines_.StartSingle(row, Later(now, limit));
  } else {
    deadlines_.Start(init_limit_slot_, row, now);
  }
}

void Scheduler::State::On(const EnvironmentStartFailed& event, Instant, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  const EnvironmentRow& environment = environments_[row];
  // One that was ordered to stop may turn out never to have started; either way it is gone.
  if (environment.state != EnvironmentState::kStarting &&
      environment.state != EnvironmentState::kStopping) {
    ++stale_events_.environment_reports;
    return;
  }
  if (environment.state == EnvironmentState::kStarting) {
    FailWhatItHolds(row, FailureCause::kStartFailed, actions);
  }
  Forget(row);
}

void Scheduler::State::On(const EnvironmentReady& event, Instant now, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  const EnvironmentRow& environment = environments_[row];
  const bool is_current = environment.incarnation == event.incarnation;
  // A repeated init ends inside its invocation, which is assigned already.
  if (is_current && event.incarnation > 0 && environment.state == EnvironmentState::kBusy) return;
  if (!is_current || environment.state != EnvironmentState::kInitializing) {
    ++stale_events_.environment_reports;
    return;
  }
  if (evictions_.is_active()) evictions_.NoteReady(row, environment.function, now);
  deadlines_.Cancel(row);
  if (environment.role == EnvironmentRole::kAllocating) return RestProvisioned(row, now, actions);
  if (environment.role == EnvironmentRole::kAhead && !BindWaiting(row)) {
    return RestAhead(row, EnvironmentState::kIdle, now, actions);
  }
  Move(row, EnvironmentState::kInitializing, EnvironmentState::kBusy);
  Assign(row, now, actions);
}

void Scheduler::State::On(const EnvironmentFailed& event, Instant now, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  if (environments_[row].incarnation != event.incarnation) {
    ++stale_events_.environment_reports;
    return;
  }
  switch (environments_[row].state) {
    case EnvironmentState::kInitializing:
      return FailInit(row, now, actions);
    case EnvironmentState::kBusy:
      return FailRunning(row, event.cause, now, actions);
    case EnvironmentState::kIdle:
      if (environments_[row].role == EnvironmentRole::kAllocating) {
        return Stop(row, StopReason::kInitFailed, actions);
      }
      // It has been idle since its last invocation: its keep-alive goes on.
      Move(row, EnvironmentState::kIdle, EnvironmentState::kReset);
      return KillRuntime(row, actions);
    case EnvironmentState::kStarting:
    case EnvironmentState::kReset:
    case EnvironmentState::kStopping:
    case EnvironmentState::kGone:
      ++stale_events_.environment_reports;
  }
}

void Scheduler::State::On(const EnvironmentStopped& event, Instant, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  FailWhatItHolds(row, FailureCause::kRuntimeExited, actions);
  Forget(row);
}

// --- What happens to environments

void Scheduler::State::FailInit(uint32_t row, Instant now, Actions& actions) {
  deadlines_.Cancel(row);
  switch (environments_[row].role) {
    case EnvironmentRole::kOnDemand:
    case EnvironmentRole::kProvisioned:
      return RepeatInit(row, now, actions);
    case EnvironmentRole::kAhead:
      if (BindWaiting(row)) return RepeatInit(row, now, actions);
      return RestAhead(row, EnvironmentState::kReset, now, actions);
    case EnvironmentRole::kAllocating:
      return Stop(row, StopReason::kInitFailed, actions);
  }
}

void Scheduler::State::RepeatInit(uint32_t row, Instant now, Actions& actions) {
  Move(row, EnvironmentState::kInitializing, EnvironmentState::kBusy);
  KillRuntime(row, actions);
  Assign(row, now, actions);
}

void Scheduler::State::FailRunning(uint32_t row, FailureCause cause, Instant now,
                                   Actions& actions) {
  actions.emplace_back(FailInvocation{environments_[row].invocation, cause});
  if (const std::optional<StopReason> reason = RetiredBecause(row, now)) {
    Stop(row, *reason, actions);
    return;
  }
  if (waiting_.size() != 0 && PoolsOfRow(row).late->waiting_count > 0) {
    KillRuntime(row, actions);
    GiveWaiting(row, now, actions);
    return;
  }
  deadlines_.Cancel(row);
  Move(row, EnvironmentState::kBusy, EnvironmentState::kReset);
  StartKeepAlive(row, /*never_served=*/false, now);
  KillRuntime(row, actions);
}

void Scheduler::State::FailWhatItHolds(uint32_t row, FailureCause cause, Actions& actions) {
  const EnvironmentRow& environment = environments_[row];
  const bool holds =
      environment.state == EnvironmentState::kBusy ||
      (environment.role == EnvironmentRole::kOnDemand && IsInFlight(environment.state));
  if (holds) {
    actions.emplace_back(FailInvocation{environment.invocation, cause});
    return;
  }
  if (environment.role != EnvironmentRole::kAhead || !IsInFlight(environment.state)) return;
  LatePool& late = *PoolsOfRow(row).late;
  if (late.waiting_count < late.ahead_count) return;
  // The one that would have been served last.
  const InvocationId invocation =
      PopWaiting(functions_[environment.function], late, WaitingEnd::kNewest);
  actions.emplace_back(FailInvocation{invocation, cause});
}

void Scheduler::State::KillRuntime(uint32_t row, Actions& actions) {
  const uint32_t incarnation = ++environments_[row].incarnation;
  actions.emplace_back(ResetEnvironment{environments_.IdOf(row), incarnation});
}

void Scheduler::State::Stop(uint32_t row, StopReason reason, Actions& actions) {
  if (deadlines_.IsPending(row)) deadlines_.Cancel(row);
  if (lifetimes_.IsPending(row)) lifetimes_.Cancel(row);
  Move(row, environments_[row].state, EnvironmentState::kStopping);
  actions.emplace_back(StopEnvironment{environments_.IdOf(row), reason});
  if (IsProvisioned(environments_[row].role)) ReplaceProvisioned(environments_[row].function);
}

void Scheduler::State::StopAll(const RowList& rows, StopReason reason, Actions& actions) {
  while (!rows.empty()) Stop(rows.head, reason, actions);
}

void Scheduler::State::Forget(uint32_t row) {
  if (deadlines_.IsPending(row)) deadlines_.Cancel(row);
  if (lifetimes_.IsPending(row)) lifetimes_.Cancel(row);
  EnvironmentRow& environment = environments_[row];
  const bool was_going = environment.state == EnvironmentState::kStopping;
  Move(row, environment.state, EnvironmentState::kGone);
  const EnvironmentPlacement& placement = environments_.placement(row);
  nodes_.Release(placement.node, placement.memory_mib);
  deadlines_.Release(environment.timeout_slot);
  if (environment.has_tenant) {
    tenants_.RemoveEnvironment(functions_[environment.function].tenants, placement.tenant_row);
  }
  if (IsProvisioned(environment.role) && !was_going) ReplaceProvisioned(environment.function);
  environments_.Free(row);
  if (starved_ != 0) RetryStarved();
}

}  // namespace floe
