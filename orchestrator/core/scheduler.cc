#include "orchestrator/core/scheduler.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "base/check.h"
#include "orchestrator/core/keep_alive_rules.h"
#include "orchestrator/core/scheduler_state.h"

namespace floe {

Scheduler::State::State(const SchedulerOptions& options, KeepAlivePolicy* policy)
    : options_(options),
      own_policy_(policy == nullptr ? MakeKeepAlivePolicy(options) : nullptr),
      policy_(policy == nullptr ? own_policy_.get() : policy),
      keeps_simply_(policy_ == nullptr && options.eviction_rule == EvictionRule::kNone),
      ledger_(options.account_concurrency),
      scaling_(options.scaling_rule),
      provisioning_(options.scaling_rule),
      account_request_rate_(
          RequestRate(options.account_concurrency, options.requests_per_concurrency)),
      account_requests_(account_request_rate_),
      pools_(options.reuse_order, options.seed),
      tenant_environments_max_(int64_t{options.account_concurrency} *
                               kTenantEnvironmentsPerThousand / 1'000),
      evictions_(options.eviction_rule, &environments_),
      keep_alive_slot_(deadlines_.Acquire(options.keep_alive_rule == KeepAliveRule::kUntilEvicted
                                              ? Duration::Infinite()
                                              : options.keep_alive)),
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

std::optional<ThrottleReason> Scheduler::State::RefusalByLimits(const FunctionRow& function,
                                                                Instant now) const {
  if (function.claim.is_reserved()) {
    if (!function.requests.HasToken(function.request_rate, now)) {
      return ThrottleReason::kReservedRequestRate;
    }
    if (OnDemand(function) >= function.claim.reserved - ProvisionedTarget(function.claim)) {
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

Scheduler::State::Pools Scheduler::State::PoolsOf(FunctionId id, FunctionRow& function,
                                                  TenantId tenant) {
  if (tenant == TenantId{}) [[likely]] {
    return {.idle = &function.idle,
            .reset = &function.reset,
            .late = &function.late,
            .idle_number = FunctionPool(id)};
  }
  const uint32_t row = tenants_.Find(id, tenant);
  if (row == kNoRow) return {};
  return {.idle = &tenants_[row].idle,
          .reset = &tenants_[row].reset,
          .late = &tenants_[row].late,
          .idle_number = TenantPool(row)};
}

Scheduler::State::ArrivalDecision Scheduler::State::DecideArrival(const FunctionRow& function,
                                                                  const Pools& pools,
                                                                  const InvocationArrived& event,
                                                                  Instant now) {
  if (function.claim.provisioned > 0 && event.tenant == TenantId{} &&
      CanUseProvisioned(function, now)) {
    return {.choice = ArrivalChoice::kUseProvisioned};
  }
  if (const std::optional<ThrottleReason> refusal = RefusalByLimits(function, now)) {
    return {.choice = ArrivalChoice::kThrottle, .reason = *refusal};
  }
  if (pools.idle != nullptr) [[likely]] {
    if (!pools.idle->empty()) return {.choice = ArrivalChoice::kReuseIdle};
    if (!pools.reset->empty()) return {.choice = ArrivalChoice::kReuseReset};
    if (pools.late->ahead_count > 0 && options_.binding_rule == BindingRule::kEarly) {
      return {.choice = ArrivalChoice::kTakeAhead};
    }
  }
  return DecideStart(function, event.tenant, now);
}

Scheduler::State::ArrivalDecision Scheduler::State::DecideStart(const FunctionRow& function,
                                                                TenantId tenant, Instant now) {
  const auto throttle = [](ThrottleReason reason) {
    return ArrivalDecision{.choice = ArrivalChoice::kThrottle, .reason = reason};
  };
  if (!scaling_.HasToken(function.scaling, now)) return throttle(ThrottleReason::kScalingRate);
  if (tenant != TenantId{} && tenant_environments_ >= tenant_environments_max_) {
    return throttle(ThrottleReason::kTenantEnvironments);
  }
  if (environments_.IsFull()) return throttle(ThrottleReason::kNoCapacity);
  if (options_.binding_rule == BindingRule::kLate && waiting_.IsFull()) {
    return throttle(ThrottleReason::kNoCapacity);
  }
  const std::optional<NodeId> node = FindRoom(function.memory_mib, /*may_evict=*/true);
  if (!node.has_value()) return throttle(ThrottleReason::kNoCapacity);
  return {.choice = ArrivalChoice::kStart, .node = *node};
}

void Scheduler::State::On(const InvocationArrived& event, Instant now, Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  const bool is_simple = keeps_simply_ && function != nullptr && !function->idle.empty() &&
                         function->claim.provisioned == 0 && event.tenant == TenantId{};
  if (!is_simple) [[unlikely]] {
    return OnOtherArrival(event, now, actions);
  }
  if (const std::optional<ThrottleReason> refusal = RefusalByLimits(*function, now)) {
    actions.emplace_back(ThrottleInvocation{event.invocation, *refusal});
    return;
  }
  TakeRequest(*function, now);
  const uint32_t row = pools_.Pick(function->idle, FunctionPool(event.function));
  EnvironmentRow& environment = environments_[row];
  MoveOnDemand(row, environment, *function, EnvironmentState::kIdle, EnvironmentState::kBusy);
  environment.invocation = event.invocation;
  deadlines_.Cancel(row);
  Assign(row, now, actions);
}

void Scheduler::State::OnOtherArrival(const InvocationArrived& event, Instant now,
                                      Actions& actions) {
  FunctionRow* function = functions_.FindDeployed(event.function);
  if (function == nullptr) {
    ++stale_events_.unknown_functions;
    actions.emplace_back(FailInvocation{event.invocation, FailureCause::kStartFailed});
    return;
  }
  if (policy_ != nullptr) [[unlikely]] {
    CancelWake(PrewarmWake(event.function));
    policy_->OnArrival(event.function, function->counts.concurrency(), now);
  }
  const Pools pools = PoolsOf(event.function, *function, event.tenant);
  const ArrivalDecision decision = DecideArrival(*function, pools, event, now);
  if (decision.choice == ArrivalChoice::kThrottle) {
    actions.emplace_back(ThrottleInvocation{event.invocation, decision.reason});
    return;
  }
  if (decision.choice == ArrivalChoice::kUseProvisioned) [[unlikely]] {
    UseProvisioned(event, now, actions);
  } else {
    TakeRequest(*function, now);
  }
  if (decision.choice == ArrivalChoice::kReuseIdle || decision.choice == ArrivalChoice::kReuseReset)
      [[likely]] {
    const bool is_idle = decision.choice == ArrivalChoice::kReuseIdle;
    const uint32_t row = is_idle ? pools_.Pick(*pools.idle, pools.idle_number)
                                 : pools_.Pick(*pools.reset, pools.idle_number + 1);
    Move(row, is_idle ? EnvironmentState::kIdle : EnvironmentState::kReset,
         EnvironmentState::kBusy);
    environments_[row].invocation = event.invocation;
    deadlines_.Cancel(row);
    Assign(row, now, actions);
  } else if (decision.choice == ArrivalChoice::kTakeAhead) {
    Bind(pools.late->ahead.head, event.invocation);
  } else if (decision.choice == ArrivalChoice::kStart) {
    scaling_.Take(function->scaling, now);
    StartFor(event, decision.node, now, actions);
  }
  if (evictions_.is_active()) evictions_.NoteInvocation(event.function);
}

void Scheduler::State::StartFor(const InvocationArrived& event, NodeId node, Instant now,
                                Actions& actions) {
  if (!evicted_.empty()) Evict(actions);
  NewEnvironment what{.function = event.function, .node = node, .tenant = event.tenant};
  if (options_.binding_rule == BindingRule::kEarly) {
    what.invocation = event.invocation;
    Start(what, now, actions);
    return;
  }
  what.role = EnvironmentRole::kAhead;
  const uint32_t row = Start(what, now, actions);
  PushWaiting(functions_[event.function], *PoolsOfRow(row).late, event.invocation);
}

uint32_t Scheduler::State::Start(const NewEnvironment& what, Instant now, Actions& actions) {
  const uint32_t row = environments_.Allocate();
  if (row == deadlines_.size()) {
    deadlines_.AddRow();
    lifetimes_.AddRow();
    pools_.AddRow();
    if (evictions_.is_active()) evictions_.AddRow();
  }
  FunctionRow& function = functions_[what.function];
  EnvironmentRow& environment = environments_[row];
  environment.invocation = what.invocation;
  environment.incarnation = 0;
  environment.function = what.function;
  environment.revision = function.revision;
  environment.timeout_slot = function.timeout_slot;
  environment.role = what.role;
  environment.has_tenant = what.tenant != TenantId{};
  deadlines_.AddUser(environment.timeout_slot);
  environments_.placement(row) = {.node = what.node, .memory_mib = function.memory_mib};
  if (environment.has_tenant) {
    const uint32_t tenant = tenants_.AddEnvironment(function.tenants, what.function, what.tenant);
    environments_.placement(row).tenant_row = tenant;
    pools_.AddPools(TenantPool(tenants_.size()));
  }
  nodes_.Place(what.node, function.memory_mib);
  if (evictions_.is_active()) {
    evictions_.NoteStart(row, what.function, function.counts.live() == 0, now);
  }
  Move(row, EnvironmentState::kGone, EnvironmentState::kStarting);
  deadlines_.Start(start_limit_slot_, row, now);
  if (!options_.lifetime_max.is_infinite()) lifetimes_.Start(lifetime_slot_, row, now);
  actions.emplace_back(
      StartEnvironment{environments_.IdOf(row), what.function, what.node, what.purpose});
  return row;
}

void Scheduler::State::On(const InvocationFinished& event, Instant now, Actions& actions) {
  const uint32_t row = FindReported(event.environment);
  if (row == kNoRow) return;
  EnvironmentRow& environment = environments_[row];
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
  if (waiting_.size() != 0 && GiveWaiting(row, now, actions)) return;
  deadlines_.Cancel(row);
  if (keeps_simply_ && environment.role == EnvironmentRole::kOnDemand && !environment.has_tenant)
      [[likely]] {
    MoveOnDemand(row, environment, functions_[environment.function], EnvironmentState::kBusy,
                 EnvironmentState::kIdle);
    deadlines_.Start(keep_alive_slot_, row, now);
  } else {
    Move(row, EnvironmentState::kBusy, EnvironmentState::kIdle);
    StartKeepAlive(row, /*never_served=*/false, now);
  }
  actions.emplace_back(FreezeEnvironment{event.environment});
}

// --- Deadlines

void Scheduler::State::ApplyDeadlines(Instant now, Actions& actions) {
  for (;;) {
    const Instant next = deadlines_.Next();
    const Instant next_lifetime = lifetimes_.Next();
    const Instant first = NextDeadline();
    if (first > now || first == Instant::InfiniteFuture()) return;
    if (next != first && next_lifetime != first) {
      ApplyWake(wakes_.PeekFirst().row, now, actions);
      continue;
    }
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
  switch (environments_[row].state) {
    case EnvironmentState::kStarting:
      FailWhatItHolds(row, FailureCause::kStartFailed, actions);
      return Stop(row, StopReason::kStartTimedOut, actions);
    case EnvironmentState::kInitializing:
      return FailInit(row, now, actions);
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

void Scheduler::State::Wake(uint32_t wake, Instant at) {
  while (wakes_.size() <= wake) wakes_.AddRow();
  CancelWake(wake);
  wakes_.StartSingle(wake, at);
  next_wake_ = wakes_.Next();
}

void Scheduler::State::ApplyWake(uint32_t wake, Instant now, Actions& actions) {
  CancelWake(wake);
  const FunctionId function{wake / 2};
  if (wake == PrewarmWake(function)) {
    Prewarm(function, now, actions);
  } else {
    StartProvisioned(function, now, actions);
  }
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
