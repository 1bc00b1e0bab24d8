#include "orchestrator/core/scheduler.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "base/check.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {
namespace {

// The numbers of a function's pools.
uint32_t IdlePool(FunctionId function) {
  return 2 * function.value;
}
uint32_t ResetPool(FunctionId function) {
  return 2 * function.value + 1;
}

}  // namespace

Scheduler::State::State(const SchedulerOptions& options, KeepAlivePolicy* policy)
    : options_(options),
      policy_(policy),
      ledger_(options.account_concurrency),
      scaling_(options.scaling_rule),
      account_request_rate_(
          RequestRate(options.account_concurrency, options.requests_per_concurrency)),
      account_requests_(account_request_rate_),
      pools_(options.reuse_order, options.seed),
      keep_alive_slot_(deadlines_.Acquire(options.keep_alive)),
      init_limit_slot_(deadlines_.Acquire(options.init_limit)),
      start_limit_slot_(deadlines_.Acquire(options.start_limit)),
      lifetime_slot_(lifetimes_.Acquire(options.lifetime_max)) {}

void Scheduler::State::Step(Instant now, const Event& event, Actions& actions) {
  CHECK(now >= now_);
  now_ = now;
  if (NextDeadline() <= now) ApplyDeadlines(now, actions);
  // The two events of a warm invocation come first, past the jump table.
  if (const auto* arrived = std::get_if<InvocationArrived>(&event))
    return On(*arrived, now, actions);
  if (const auto* finished = std::get_if<InvocationFinished>(&event)) {
    return On(*finished, now, actions);
  }
  std::visit([&](const auto& other) { On(other, now, actions); }, event);
}

// --- Arrivals

TokenRate Scheduler::State::RequestRate(int64_t concurrency, int64_t requests_per_concurrency) {
  if (concurrency <= 0 || requests_per_concurrency <= 0) return TokenRate::Unlimited();
  return TokenRate::Create(concurrency * requests_per_concurrency, Duration::Seconds(1));
}

std::optional<ThrottleReason> Scheduler::State::RefusalByLimits(const FunctionRow& function,
                                                                Instant now) const {
  if (function.claim.is_reserved()) {
    if (!function.requests.HasToken(function.request_rate, now)) {
      return ThrottleReason::kReservedRequestRate;
    }
    if (function.counts.concurrency() >= function.claim.reserved) {
      return ThrottleReason::kReservedConcurrency;
    }
    return std::nullopt;
  }
  if (!account_requests_.HasToken(account_request_rate_, now)) {
    return ThrottleReason::kAccountRequestRate;
  }
  if (!ledger_.HasUnreservedRoom()) return ThrottleReason::kAccountConcurrency;
  return std::nullopt;
}

Scheduler::State::ArrivalDecision Scheduler::State::DecideArrival(const FunctionRow& function,
                                                                  Instant now) {
  if (const std::optional<ThrottleReason> refusal = RefusalByLimits(function, now)) {
    return {.choice = ArrivalChoice::kThrottle, .reason = *refusal};
  }
  if (!function.idle.empty()) return {.choice = ArrivalChoice::kReuseIdle};
  if (!function.reset.empty()) return {.choice = ArrivalChoice::kReuseReset};
  if (!scaling_.HasToken(function.scaling, now)) {
    return {.choice = ArrivalChoice::kThrottle, .reason = ThrottleReason::kScalingRate};
  }
  const std::optional<NodeId> node = nodes_.MostFree(function.memory_mib);
  if (!node.has_value() || environments_.IsFull()) {
    return {.choice = ArrivalChoice::kThrottle, .reason = ThrottleReason::kNoCapacity};
  }
  return {.choice = ArrivalChoice::kStart, .node = *node};
}

void Scheduler::State::On(const InvocationArrived& event, Instant now, Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    actions.emplace_back(FailInvocation{event.invocation, FailureCause::kStartFailed});
    return;
  }
  const ArrivalDecision decision = DecideArrival(*function, now);
  if (decision.choice == ArrivalChoice::kThrottle) {
    actions.emplace_back(ThrottleInvocation{event.invocation, decision.reason});
    return;
  }
  if (function->claim.is_reserved()) {
    function->requests.Take(function->request_rate, now);
  } else {
    account_requests_.Take(account_request_rate_, now);
  }
  if (decision.choice == ArrivalChoice::kStart) {
    scaling_.Take(function->scaling, now);
    StartFor(event.invocation, event.function, decision.node, now, actions);
    return;
  }
  const bool is_idle = decision.choice == ArrivalChoice::kReuseIdle;
  const uint32_t row = is_idle ? pools_.Pick(function->idle, IdlePool(event.function))
                               : pools_.Pick(function->reset, ResetPool(event.function));
  environments_[row].invocation = event.invocation;
  Move(row, is_idle ? EnvironmentState::kIdle : EnvironmentState::kReset, EnvironmentState::kBusy);
  deadlines_.Cancel(row);
  Assign(row, now, actions);
}

void Scheduler::State::StartFor(InvocationId invocation, FunctionId function, NodeId node,
                                Instant now, Actions& actions) {
  const uint32_t row = environments_.Allocate();
  if (row == deadlines_.size()) {
    deadlines_.AddRow();
    lifetimes_.AddRow();
    pools_.AddRow();
  }
  const FunctionRow& function_row = functions_[function];
  EnvironmentRow& environment = environments_[row];
  environment.invocation = invocation;
  environment.incarnation = 0;
  environment.function = function;
  environment.revision = function_row.revision;
  environment.timeout_slot = function_row.timeout_slot;
  deadlines_.AddUser(environment.timeout_slot);
  environments_.placement(row) = {.node = node, .memory_mib = function_row.memory_mib};
  nodes_.Place(node, function_row.memory_mib);
  Move(row, EnvironmentState::kGone, EnvironmentState::kStarting);
  deadlines_.Start(start_limit_slot_, row, now);
  if (!options_.lifetime_max.is_infinite()) lifetimes_.Start(lifetime_slot_, row, now);
  actions.emplace_back(StartEnvironment{environments_.IdOf(row), function, node});
}

void Scheduler::State::Assign(uint32_t row, Instant now, Actions& actions) {
  const EnvironmentRow& environment = environments_[row];
  const Instant deadline = deadlines_.Start(environment.timeout_slot, row, now);
  actions.emplace_back(AssignInvocation{
      {row, environment.generation}, environment.invocation, deadline, environment.incarnation});
}

// --- Reports of environments

uint32_t Scheduler::State::FindReported(EnvironmentId environment) {
  const uint32_t row = environments_.Find(environment);
  if (row == kNoRow) [[unlikely]]
    ++stale_events_.environment_reports;
  return row;
}

void Scheduler::State::On(const InvocationFinished& event, Instant now, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  const EnvironmentRow& environment = environments_[row];
  if (environment.state != EnvironmentState::kBusy) {
    ++stale_events_.environment_reports;
    return;
  }
  if (environment.invocation != event.invocation) {
    ++stale_events_.invocation_reports;
    return;
  }
  if (const std::optional<StopReason> reason = RetiredBecause(row, now)) {
    Stop(row, *reason, actions);
    return;
  }
  deadlines_.Cancel(row);
  Move(row, EnvironmentState::kBusy, EnvironmentState::kIdle);
  deadlines_.Start(keep_alive_slot_, row, now);
  actions.emplace_back(FreezeEnvironment{event.environment});
}

void Scheduler::State::On(const EnvironmentStarted& event, Instant now, Actions&) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  if (environments_[row].state != EnvironmentState::kStarting) {
    ++stale_events_.environment_reports;
    return;
  }
  deadlines_.Cancel(row);
  Move(row, EnvironmentState::kStarting, EnvironmentState::kInitializing);
  deadlines_.Start(init_limit_slot_, row, now);
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
    actions.emplace_back(FailInvocation{environment.invocation, FailureCause::kStartFailed});
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
  deadlines_.Cancel(row);
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
      return RepeatInit(row, now, actions);
    case EnvironmentState::kBusy:
      return FailRunning(row, event.cause, now, actions);
    case EnvironmentState::kIdle:
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
  const EnvironmentRow& environment = environments_[row];
  if (IsInFlight(environment.state)) {
    actions.emplace_back(FailInvocation{environment.invocation, FailureCause::kRuntimeExited});
  }
  Forget(row);
}

// --- What happens to environments

void Scheduler::State::RepeatInit(uint32_t row, Instant now, Actions& actions) {
  deadlines_.Cancel(row);
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
  deadlines_.Cancel(row);
  Move(row, EnvironmentState::kBusy, EnvironmentState::kReset);
  deadlines_.Start(keep_alive_slot_, row, now);
  KillRuntime(row, actions);
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
}

void Scheduler::State::StopReusable(const FunctionRow& function, Actions& actions) {
  while (!function.idle.empty()) Stop(function.idle.head, StopReason::kFunctionChanged, actions);
  while (!function.reset.empty()) Stop(function.reset.head, StopReason::kFunctionChanged, actions);
}

void Scheduler::State::Forget(uint32_t row) {
  if (deadlines_.IsPending(row)) deadlines_.Cancel(row);
  if (lifetimes_.IsPending(row)) lifetimes_.Cancel(row);
  const EnvironmentPlacement& placement = environments_.placement(row);
  nodes_.Release(placement.node, placement.memory_mib);
  deadlines_.Release(environments_[row].timeout_slot);
  Move(row, environments_[row].state, EnvironmentState::kGone);
  environments_.Free(row);
}

inline void Scheduler::State::Move(uint32_t row, EnvironmentState from, EnvironmentState to) {
  EnvironmentRow& environment = environments_[row];
  DCHECK(environment.state == from);
  CHECK(IsAllowed(from, to));
  FunctionRow& function = functions_[environment.function];
  environment.state = to;
  Count(counts_, from, -1);
  Count(counts_, to, 1);
  Count(function.counts, from, -1);
  Count(function.counts, to, 1);
  if (IsInFlight(from) && !IsInFlight(to)) ledger_.End(function.claim);
  if (!IsInFlight(from) && IsInFlight(to)) ledger_.Begin(function.claim);
  const FunctionId id = environment.function;
  if (from == EnvironmentState::kIdle) pools_.Remove(function.idle, IdlePool(id), row);
  if (from == EnvironmentState::kReset) pools_.Remove(function.reset, ResetPool(id), row);
  if (to == EnvironmentState::kIdle) pools_.Add(function.idle, IdlePool(id), row);
  if (to == EnvironmentState::kReset) pools_.Add(function.reset, ResetPool(id), row);
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

// --- Deadlines

void Scheduler::State::ApplyDeadlines(Instant now, Actions& actions) {
  for (;;) {
    const Instant next = deadlines_.Next();
    const Instant next_lifetime = lifetimes_.Next();
    const Instant first = std::min(next, next_lifetime);
    if (first > now || first == Instant::InfiniteFuture()) return;
    // Of two deadlines for the same instant the longer one was made first; made at the same time,
    // the phase comes before the life.
    if (next_lifetime < next ||
        (next_lifetime == next && lifetimes_.PeekFirst().length > deadlines_.PeekFirst().length)) {
      ApplyLifetimeEnd(lifetimes_.PeekFirst().row, actions);
    } else {
      ApplyDeadline(deadlines_.PeekFirst().row, now, actions);
    }
  }
}

void Scheduler::State::ApplyDeadline(uint32_t row, Instant now, Actions& actions) {
  const EnvironmentRow& environment = environments_[row];
  switch (environment.state) {
    case EnvironmentState::kStarting:
      actions.emplace_back(FailInvocation{environment.invocation, FailureCause::kStartFailed});
      return Stop(row, StopReason::kStartTimedOut, actions);
    case EnvironmentState::kInitializing:
      return RepeatInit(row, now, actions);
    case EnvironmentState::kBusy:
      return FailRunning(row, FailureCause::kTimedOut, now, actions);
    case EnvironmentState::kIdle:
    case EnvironmentState::kReset:
      return Stop(row, StopReason::kIdleTooLong, actions);
    case EnvironmentState::kStopping:
    case EnvironmentState::kGone:
      break;
  }
  CHECK(false && "an environment that is going has no deadline");
}

void Scheduler::State::ApplyLifetimeEnd(uint32_t row, Actions& actions) {
  // One that holds an invocation is stopped when that is over.
  lifetimes_.Cancel(row);
  if (IsReusable(environments_[row].state)) Stop(row, StopReason::kLifetimeOver, actions);
}

// --- The public face

Scheduler::Scheduler(const SchedulerOptions& options, KeepAlivePolicy* policy)
    : state_(std::make_unique<State>(options, policy)) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

void Scheduler::Step(Instant now, const Event& event, Actions& actions) {
  state_->Step(now, event, actions);
}
void Scheduler::PrefetchArrival(FunctionId function) const {
  state_->PrefetchArrival(function);
}
uint32_t Scheduler::PrefetchReuse(FunctionId function) const {
  return state_->PrefetchReuse(function);
}
void Scheduler::PrefetchReport(uint32_t row) const {
  state_->PrefetchReport(row);
}
void Scheduler::PrefetchReportSoon(uint32_t row) const {
  state_->PrefetchReportSoon(row);
}
Instant Scheduler::NextDeadline() const {
  return state_->NextDeadline();
}
const SchedulerOptions& Scheduler::options() const {
  return state_->options();
}
const EnvironmentCounts& Scheduler::counts() const {
  return state_->counts();
}
EnvironmentCounts Scheduler::counts(FunctionId function) const {
  return state_->counts(function);
}
int64_t Scheduler::claimed_concurrency() const {
  return state_->claimed_concurrency();
}
ProvisionedUse Scheduler::provisioned(FunctionId function) const {
  return state_->provisioned(function);
}
const StaleEventCounts& Scheduler::stale_events() const {
  return state_->stale_events();
}
int64_t Scheduler::BytesPerEnvironment() {
  return State::kBytesPerEnvironment;
}
void Scheduler::CheckInvariants() const {
  state_->CheckInvariants();
}

ReservationCheck CheckReservation(const SchedulerOptions& options, int64_t reserved_by_others,
                                  int64_t concurrency_reserved) {
  const int64_t reservable =
      std::max<int64_t>(0, int64_t{options.account_concurrency} -
                               options.unreserved_concurrency_min - reserved_by_others);
  return {.allowed = concurrency_reserved <= reservable, .reservable = reservable};
}

}  // namespace floe
