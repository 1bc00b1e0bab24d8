#include "tests/orchestrator/core/naive_scheduler.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

#include "orchestrator/core/keep_alive_rules.h"

namespace floe {
namespace {

using Phase = NaiveScheduler::Phase;

bool HoldsInvocation(Phase phase) {
  return phase == Phase::kStarting || phase == Phase::kInitializing || phase == Phase::kBusy;
}

}  // namespace

NaiveScheduler::NaiveScheduler(const SchedulerOptions& options)
    : options_(options), policy_(MakeKeepAlivePolicy(options)) {}

Actions NaiveScheduler::Step(Instant now, const Event& event, const Actions& actual) {
  now_ = now;
  actual_ = &actual;
  expected_.clear();
  Expire();
  std::visit([&](const auto& alternative) { On(alternative); }, event);
  return expected_;
}

Instant NaiveScheduler::NextDeadline() const {
  Instant next = Instant::InfiniteFuture();
  for (const auto& [id, environment] : environments_) {
    if (environment.phase == Phase::kStopping) continue;
    next = std::min(next, environment.phase_due);
    if (!environment.life_over) next = std::min(next, environment.life_due);
  }
  for (const auto& [id, function] : functions_) {
    next = std::min(next, function.provision_at.value_or(Instant::InfiniteFuture()));
    next = std::min(next, function.prewarm_at.value_or(Instant::InfiniteFuture()));
  }
  return next;
}

EnvironmentCounts NaiveScheduler::Counts(std::optional<FunctionId> function) const {
  EnvironmentCounts counts;
  for (const auto& [id, environment] : environments_) {
    if (function.has_value() && environment.function != *function) continue;
    const bool holds_none = environment.role != Role::kOnDemand &&
                            HoldsInvocation(environment.phase) && environment.phase != Phase::kBusy;
    counts.ahead += holds_none ? 1 : 0;
    switch (environment.phase) {
      case Phase::kStarting:
        ++counts.starting;
        break;
      case Phase::kInitializing:
        ++counts.initializing;
        break;
      case Phase::kBusy:
        ++counts.busy;
        break;
      case Phase::kIdle:
        ++counts.idle;
        break;
      case Phase::kReset:
        ++counts.reset;
        break;
      case Phase::kStopping:
        ++counts.stopping;
        break;
    }
  }
  for (const auto& [key, line] : waiting_) {
    if (!function.has_value() || key.first == *function) {
      counts.waiting += static_cast<int32_t>(line.size());
    }
  }
  return counts;
}

int64_t NaiveScheduler::ClaimedConcurrency() const {
  int64_t claimed = 0;
  for (const auto& [id, function] : functions_) {
    if (function.is_deployed && function.config.concurrency_reserved.has_value()) {
      claimed += std::max(0, *function.config.concurrency_reserved);
      continue;
    }
    claimed += OnDemand(id);
    if (function.is_deployed) claimed += std::max(0, function.config.concurrency_provisioned);
  }
  return claimed;
}

// --- Reports

NaiveScheduler::Environment* NaiveScheduler::Reported(EnvironmentId id) {
  const auto found = environments_.find(id);
  if (found != environments_.end()) return &found->second;
  ++stale_events_.environment_reports;
  return nullptr;
}

void NaiveScheduler::On(const InvocationFinished& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  if (environment->phase != Phase::kBusy) {
    ++stale_events_.environment_reports;
  } else if (environment->invocation != event.invocation) {
    ++stale_events_.invocation_reports;
  } else if (const auto reason = Retired(*environment)) {
    Stop(event.environment, *environment, *reason);
  } else if (!GiveWaiting(event.environment, *environment)) {
    environment->phase = Phase::kIdle;
    environment->joined_order = ++order_;
    KeepAlive(*environment, /*never_served=*/false);
    Expect(FreezeEnvironment{event.environment});
  }
}

void NaiveScheduler::On(const EnvironmentStarted& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  if (environment->phase != Phase::kStarting) {
    ++stale_events_.environment_reports;
    return;
  }
  environment->phase = Phase::kInitializing;
  if (environment->role == Role::kAllocating) {
    SetPhaseDeadline(*environment, std::max(Duration::Seconds(130), environment->timeout));
    environment->phase_is_single = true;
  } else {
    SetPhaseDeadline(*environment, options_.init_limit);
  }
}

void NaiveScheduler::On(const EnvironmentStartFailed& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  if (environment->phase == Phase::kStarting) {
    FailWhatItHolds(*environment, FailureCause::kStartFailed);
  } else if (environment->phase != Phase::kStopping) {
    ++stale_events_.environment_reports;
    return;
  }
  Forget(event.environment);
}

void NaiveScheduler::On(const EnvironmentReady& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  const bool is_current = environment->incarnation == event.incarnation;
  if (is_current && environment->phase == Phase::kInitializing) {
    functions_.at(environment->function).start_lengths.push_back(now_ - environment->born);
    std::deque<InvocationId>& waiting = Waiting(*environment);
    if (environment->role == Role::kAllocating) {
      RestProvisioned(event.environment, *environment);
    } else if (environment->role == Role::kAhead && waiting.empty()) {
      RestAhead(event.environment, *environment, Phase::kIdle);
    } else {
      if (environment->role == Role::kAhead) {
        environment->role = Role::kOnDemand;
        environment->invocation = waiting.front();
        waiting.pop_front();
      }
      Assign(event.environment, *environment);
    }
  } else if (!(is_current && environment->phase == Phase::kBusy && event.incarnation > 0)) {
    ++stale_events_.environment_reports;
  }
}

void NaiveScheduler::On(const EnvironmentFailed& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  const bool is_current = environment->incarnation == event.incarnation;
  if (is_current && environment->phase == Phase::kInitializing) {
    FailInit(event.environment, *environment);
  } else if (is_current && environment->phase == Phase::kBusy) {
    Fail(event.environment, *environment, event.cause);
  } else if (is_current && environment->phase == Phase::kIdle &&
             environment->role == Role::kAllocating) {
    Stop(event.environment, *environment, StopReason::kInitFailed);
  } else if (is_current && environment->phase == Phase::kIdle) {
    environment->phase = Phase::kReset;
    environment->joined_order = ++order_;
    Kill(event.environment, *environment);
  } else {
    ++stale_events_.environment_reports;
  }
}

void NaiveScheduler::On(const EnvironmentStopped& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  FailWhatItHolds(*environment, FailureCause::kRuntimeExited);
  Forget(event.environment);
}

// --- Functions and nodes

void NaiveScheduler::On(const FunctionDeployed& event) {
  if (event.function.value >= kFunctionsMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  Function& function = functions_[event.function];
  if (!function.is_deployed) {
    function.scaling_takes.clear();
    function.provision_takes.clear();
  }
  FunctionConfig config = event.config;
  config.timeout = std::max(config.timeout, Duration::Nanoseconds(1));
  const auto units = [](const std::optional<int32_t>& reserved) {
    return reserved.has_value() ? std::max(0, *reserved) : -1;
  };
  if (!function.is_deployed ||
      units(config.concurrency_reserved) != units(function.config.concurrency_reserved)) {
    function.request_takes.clear();
  }
  function.config = config;
  function.is_deployed = true;
  ++function.revision;
  Retire(event.function);
  Adjust(event.function);
}

void NaiveScheduler::On(const ReservedConcurrencySet& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    return;
  }
  std::optional<int32_t>& reserved = found->second.config.concurrency_reserved;
  std::optional<int32_t> wanted = event.concurrency_reserved;
  if (wanted.has_value()) wanted = std::max(0, *wanted);
  if (reserved.has_value()) reserved = std::max(0, *reserved);
  if (reserved != wanted) found->second.request_takes.clear();
  reserved = wanted;
  Adjust(event.function);
}

void NaiveScheduler::On(const ProvisionedConcurrencySet& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    return;
  }
  found->second.config.concurrency_provisioned = event.concurrency_provisioned;
  Adjust(event.function);
}

void NaiveScheduler::On(const FunctionRemoved& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    return;
  }
  found->second.is_deployed = false;
  ++found->second.revision;
  Retire(event.function);
  if (policy_ != nullptr) policy_->OnRemoved(event.function);
}

void NaiveScheduler::On(const NodeJoined& event) {
  if (event.node.value >= kNodesMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  nodes_[event.node] = std::max<int64_t>(0, event.memory_mib);
  RetryStarved();
}

void NaiveScheduler::On(const NodeLost& event) {
  if (nodes_.erase(event.node) == 0) {
    ++stale_events_.unknown_functions;
    return;
  }
  // Handles are ordered by row.
  for (auto i = environments_.begin(); i != environments_.end();) {
    const auto [id, environment] = *i++;
    if (environment.node != event.node) continue;
    FailWhatItHolds(environment, FailureCause::kNodeLost);
    Forget(id);
  }
}

// --- What happens to environments

void NaiveScheduler::SetPhaseDeadline(Environment& environment, Duration length) {
  environment.phase_made = now_;
  environment.phase_due = now_ + length;
  environment.phase_order = ++order_;
  environment.phase_is_single = false;
}

void NaiveScheduler::Assign(EnvironmentId id, Environment& environment) {
  environment.phase = Phase::kBusy;
  SetPhaseDeadline(environment, environment.timeout);
  Expect(
      AssignInvocation{id, environment.invocation, environment.phase_due, environment.incarnation});
}

void NaiveScheduler::Kill(EnvironmentId id, Environment& environment) {
  ++environment.incarnation;
  Expect(ResetEnvironment{id, environment.incarnation});
}

void NaiveScheduler::Fail(EnvironmentId id, Environment& environment, FailureCause cause) {
  Expect(FailInvocation{environment.invocation, cause});
  if (const auto reason = Retired(environment)) {
    Stop(id, environment, *reason);
    return;
  }
  if (!Waiting(environment).empty()) {
    Kill(id, environment);
    GiveWaiting(id, environment);
    return;
  }
  environment.phase = Phase::kReset;
  environment.joined_order = ++order_;
  KeepAlive(environment, /*never_served=*/false);
  Kill(id, environment);
}

void NaiveScheduler::Stop(EnvironmentId id, Environment& environment, StopReason reason) {
  environment.phase = Phase::kStopping;
  Expect(StopEnvironment{id, reason});
  const bool is_provisioned =
      environment.role == Role::kAllocating || environment.role == Role::kProvisioned;
  if (is_provisioned) Replace(environment.function);
}

std::optional<StopReason> NaiveScheduler::Retired(const Environment& environment) const {
  if (functions_.at(environment.function).revision != environment.revision) {
    return StopReason::kFunctionChanged;
  }
  if (!options_.lifetime_max.is_infinite() && environment.life_due <= now_) {
    return StopReason::kLifetimeOver;
  }
  return std::nullopt;
}

void NaiveScheduler::Expire() {
  // At one instant: what has one of the few fixed lengths, by when it was made; single deadlines,
  // by row; those of functions, by number. The life comes after the phase.
  using Key = std::tuple<Instant, int, Instant, bool, uint64_t>;
  for (;;) {
    std::optional<Key> first;
    EnvironmentId first_id;
    for (const auto& [id, environment] : environments_) {
      if (environment.phase == Phase::kStopping) continue;
      Key phase{environment.phase_due, 0, environment.phase_made, false, environment.phase_order};
      if (environment.phase_is_single) phase = {environment.phase_due, 1, Instant(), false, id.row};
      const Key life{environment.life_due, 0, environment.life_made, true, environment.life_order};
      if (!first.has_value() || phase < *first) std::tie(first, first_id) = std::pair(phase, id);
      if (!environment.life_over && life < *first) {
        std::tie(first, first_id) = std::pair(life, id);
      }
    }
    std::optional<std::pair<Instant, FunctionId>> wake;
    bool wake_provisions = false;
    for (const auto& [id, function] : functions_) {
      for (const bool provisions : {true, false}) {
        const auto& at = provisions ? function.provision_at : function.prewarm_at;
        if (!at.has_value() || (wake.has_value() && wake->first <= *at)) continue;
        wake = {*at, id};
        wake_provisions = provisions;
      }
    }
    const Instant due =
        std::min(first.has_value() ? std::get<0>(*first) : Instant::InfiniteFuture(),
                 wake.has_value() ? wake->first : Instant::InfiniteFuture());
    if (due > now_ || due == Instant::InfiniteFuture()) return;
    if (!first.has_value() || std::get<0>(*first) != due) {
      Function& function = functions_.at(wake->second);
      (wake_provisions ? function.provision_at : function.prewarm_at).reset();
      wake_provisions ? Provision(wake->second) : Prewarm(wake->second);
      continue;
    }
    EndPhase(first_id, /*is_life=*/std::get<3>(*first));
  }
}

void NaiveScheduler::EndPhase(EnvironmentId id, bool is_life) {
  Environment& environment = environments_.at(id);
  const bool is_reusable = environment.phase == Phase::kIdle || environment.phase == Phase::kReset;
  if (is_life) {
    environment.life_over = true;
    if (is_reusable) Stop(id, environment, StopReason::kLifetimeOver);
  } else if (is_reusable) {
    Stop(id, environment, StopReason::kIdleTooLong);
  } else if (environment.phase == Phase::kStarting) {
    FailWhatItHolds(environment, FailureCause::kStartFailed);
    Stop(id, environment, StopReason::kStartTimedOut);
  } else if (environment.phase == Phase::kInitializing) {
    FailInit(id, environment);
  } else {
    Fail(id, environment, FailureCause::kTimedOut);
  }
}

}  // namespace floe
