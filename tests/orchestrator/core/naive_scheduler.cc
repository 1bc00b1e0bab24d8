#include "tests/orchestrator/core/naive_scheduler.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace floe {
namespace {

using Wide = __int128;
using Phase = NaiveScheduler::Phase;

// Whether a bucket of `tokens` per `period`, full at first, has a token at `now` after these takes.
bool BucketHasToken(int64_t tokens, Duration period, const std::vector<Instant>& takes,
                    Instant now) {
  const Wide one = period.nanoseconds();
  const Wide full = Wide{tokens} * one;
  Wide level = full;
  Instant at;
  for (const Instant take : takes) {
    level = std::min(full, level + Wide{(take - at).nanoseconds()} * tokens) - one;
    at = take;
  }
  return std::min(full, level + Wide{(now - at).nanoseconds()} * tokens) >= one;
}

bool MinuteBudgetHasToken(int64_t initial, const std::vector<Instant>& takes, Instant now) {
  const auto minute = [](Instant t) {
    return t.nanoseconds() / Duration::Minutes(1).nanoseconds();
  };
  int64_t level = initial;
  int64_t at = 0;
  for (const Instant take : takes) {
    level = std::min(initial, level + 500 * (minute(take) - at)) - 1;
    at = minute(take);
  }
  return std::min(initial, level + 500 * (minute(now) - at)) > 0;
}

bool HoldsInvocation(Phase phase) {
  return phase == Phase::kStarting || phase == Phase::kInitializing || phase == Phase::kBusy;
}

}  // namespace

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
  return next;
}

EnvironmentCounts NaiveScheduler::Counts(std::optional<FunctionId> function) const {
  EnvironmentCounts counts;
  for (const auto& [id, environment] : environments_) {
    if (function.has_value() && environment.function != *function) continue;
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
  return counts;
}

int64_t NaiveScheduler::ClaimedConcurrency() const {
  int64_t claimed = 0;
  for (const auto& [id, function] : functions_) {
    if (function.is_deployed && function.config.concurrency_reserved.has_value()) {
      claimed += std::max(0, *function.config.concurrency_reserved);
      continue;
    }
    claimed += Counts(id).concurrency();
    if (function.is_deployed) claimed += std::max(0, function.config.concurrency_provisioned);
  }
  return claimed;
}

// --- Arrivals

std::optional<ThrottleReason> NaiveScheduler::Refusal(Function& function, FunctionId id) const {
  const int64_t per_unit = options_.requests_per_concurrency;
  if (function.config.concurrency_reserved.has_value()) {
    const int64_t reserved = std::max(0, *function.config.concurrency_reserved);
    if (reserved > 0 && per_unit > 0 &&
        !BucketHasToken(reserved * per_unit, Duration::Seconds(1), function.request_takes, now_)) {
      return ThrottleReason::kReservedRequestRate;
    }
    if (Counts(id).concurrency() >= reserved) return ThrottleReason::kReservedConcurrency;
    return std::nullopt;
  }
  const int64_t account = options_.account_concurrency;
  if (account > 0 && per_unit > 0 &&
      !BucketHasToken(account * per_unit, Duration::Seconds(1), account_takes_, now_)) {
    return ThrottleReason::kAccountRequestRate;
  }
  if (ClaimedConcurrency() >= account) return ThrottleReason::kAccountConcurrency;
  return std::nullopt;
}

bool NaiveScheduler::HasScalingToken(const Function& function) const {
  switch (options_.scaling_rule) {
    case ScalingRule::kUnlimited:
      return true;
    case ScalingRule::kCurrent:
      return BucketHasToken(1'000, Duration::Seconds(10), function.scaling_takes, now_);
    case ScalingRule::kLegacy3000:
      return MinuteBudgetHasToken(3'000, shared_scaling_takes_, now_);
    case ScalingRule::kLegacy1000:
      return MinuteBudgetHasToken(1'000, shared_scaling_takes_, now_);
    case ScalingRule::kLegacy500:
      return MinuteBudgetHasToken(500, shared_scaling_takes_, now_);
  }
  return true;
}

std::optional<NodeId> NaiveScheduler::Place(int64_t memory_mib) const {
  std::map<NodeId, int64_t> free = nodes_;
  for (const auto& [id, environment] : environments_)
    free[environment.node] -= environment.memory_mib;
  std::optional<NodeId> best;
  for (const auto& [node, free_mib] : free) {
    if (free_mib >= memory_mib && (!best.has_value() || free_mib > free[*best])) best = node;
  }
  return best;
}

std::vector<EnvironmentId> NaiveScheduler::Reusable(FunctionId function, Phase phase) const {
  std::vector<std::pair<uint64_t, EnvironmentId>> ordered;
  for (const auto& [id, environment] : environments_) {
    if (environment.function == function && environment.phase == phase) {
      ordered.emplace_back(environment.reusable_order, id);
    }
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<EnvironmentId> ids;
  for (const auto& [order, id] : ordered) ids.push_back(id);
  return ids;
}

std::optional<EnvironmentId> NaiveScheduler::ChooseReusable(FunctionId function,
                                                            Phase phase) const {
  const std::vector<EnvironmentId> candidates = Reusable(function, phase);
  if (candidates.empty()) return std::nullopt;
  switch (options_.reuse_order) {
    case ReuseOrder::kNewestFirst:
      return candidates.back();
    case ReuseOrder::kOldestFirst:
      return candidates.front();
    case ReuseOrder::kRandom:
      break;
  }
  const auto* assign = ActualHere<AssignInvocation>();
  const bool is_candidate = assign != nullptr && std::find(candidates.begin(), candidates.end(),
                                                           assign->environment) != candidates.end();
  return is_candidate ? assign->environment : candidates.front();
}

void NaiveScheduler::On(const InvocationArrived& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    Expect(FailInvocation{event.invocation, FailureCause::kStartFailed});
    return;
  }
  Function& function = found->second;
  std::optional<ThrottleReason> refusal = Refusal(function, event.function);
  std::optional<EnvironmentId> reused;
  std::optional<NodeId> node;
  if (!refusal.has_value()) {
    reused = ChooseReusable(event.function, Phase::kIdle);
    if (!reused.has_value()) reused = ChooseReusable(event.function, Phase::kReset);
    if (!reused.has_value()) {
      node = Place(std::max(0, function.config.memory_mib));
      if (!HasScalingToken(function)) {
        refusal = ThrottleReason::kScalingRate;
      } else if (!node.has_value()) {
        refusal = ThrottleReason::kNoCapacity;
      }
    }
  }
  if (refusal.has_value()) {
    Expect(ThrottleInvocation{event.invocation, *refusal});
    return;
  }
  const bool is_reserved = function.config.concurrency_reserved.has_value();
  (is_reserved ? function.request_takes : account_takes_).push_back(now_);
  if (reused.has_value()) {
    Environment& environment = environments_.at(*reused);
    environment.invocation = event.invocation;
    Assign(*reused, environment);
    return;
  }
  function.scaling_takes.push_back(now_);
  shared_scaling_takes_.push_back(now_);
  const auto* start = ActualHere<StartEnvironment>();
  // A handle that was given out before is a defect: it then differs from the one expected.
  EnvironmentId id = start == nullptr ? EnvironmentId{} : start->environment;
  if (!used_handles_.insert(id).second) id = EnvironmentId{};
  Environment environment{.function = event.function,
                          .node = *node,
                          .memory_mib = std::max(0, function.config.memory_mib),
                          .timeout = function.config.timeout,
                          .revision = function.revision,
                          .invocation = event.invocation};
  environment.life_made = now_;
  environment.life_due = now_ + options_.lifetime_max;
  environment.life_order = ++order_;
  SetPhaseDeadline(environment, options_.start_limit);
  environments_[id] = environment;
  Expect(StartEnvironment{id, event.function, *node});
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
  } else {
    environment->phase = Phase::kIdle;
    environment->reusable_order = ++order_;
    SetPhaseDeadline(*environment, options_.keep_alive);
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
  SetPhaseDeadline(*environment, options_.init_limit);
}

void NaiveScheduler::On(const EnvironmentStartFailed& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  if (environment->phase == Phase::kStarting) {
    Expect(FailInvocation{environment->invocation, FailureCause::kStartFailed});
  } else if (environment->phase != Phase::kStopping) {
    ++stale_events_.environment_reports;
    return;
  }
  environments_.erase(event.environment);
}

void NaiveScheduler::On(const EnvironmentReady& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  const bool is_current = environment->incarnation == event.incarnation;
  if (is_current && environment->phase == Phase::kInitializing) {
    Assign(event.environment, *environment);
  } else if (!(is_current && environment->phase == Phase::kBusy && event.incarnation > 0)) {
    ++stale_events_.environment_reports;
  }
}

void NaiveScheduler::On(const EnvironmentFailed& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  const bool is_current = environment->incarnation == event.incarnation;
  if (is_current && environment->phase == Phase::kInitializing) {
    Kill(event.environment, *environment);
    Assign(event.environment, *environment);
  } else if (is_current && environment->phase == Phase::kBusy) {
    Fail(event.environment, *environment, event.cause);
  } else if (is_current && environment->phase == Phase::kIdle) {
    environment->phase = Phase::kReset;
    environment->reusable_order = ++order_;
    Kill(event.environment, *environment);
  } else {
    ++stale_events_.environment_reports;
  }
}

void NaiveScheduler::On(const EnvironmentStopped& event) {
  Environment* environment = Reported(event.environment);
  if (environment == nullptr) return;
  if (HoldsInvocation(environment->phase)) {
    Expect(FailInvocation{environment->invocation, FailureCause::kRuntimeExited});
  }
  environments_.erase(event.environment);
}

// --- Functions and nodes

void NaiveScheduler::On(const FunctionDeployed& event) {
  if (event.function.value >= kFunctionsMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  Function& function = functions_[event.function];
  if (!function.is_deployed) function.scaling_takes.clear();
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
  StopReusable(event.function);
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
}

void NaiveScheduler::On(const ProvisionedConcurrencySet& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    return;
  }
  found->second.config.concurrency_provisioned = event.concurrency_provisioned;
}

void NaiveScheduler::On(const FunctionRemoved& event) {
  const auto found = functions_.find(event.function);
  if (found == functions_.end() || !found->second.is_deployed) {
    ++stale_events_.unknown_functions;
    return;
  }
  found->second.is_deployed = false;
  ++found->second.revision;
  StopReusable(event.function);
}

void NaiveScheduler::On(const NodeJoined& event) {
  if (event.node.value >= kNodesMax) {
    ++stale_events_.unknown_functions;
    return;
  }
  nodes_[event.node] = std::max<int64_t>(0, event.memory_mib);
}

void NaiveScheduler::On(const NodeLost& event) {
  if (nodes_.erase(event.node) == 0) {
    ++stale_events_.unknown_functions;
    return;
  }
  // Handles are ordered by row.
  for (auto i = environments_.begin(); i != environments_.end();) {
    if (i->second.node != event.node) {
      ++i;
      continue;
    }
    if (HoldsInvocation(i->second.phase)) {
      Expect(FailInvocation{i->second.invocation, FailureCause::kNodeLost});
    }
    i = environments_.erase(i);
  }
}

// --- What happens to environments

void NaiveScheduler::SetPhaseDeadline(Environment& environment, Duration length) {
  environment.phase_made = now_;
  environment.phase_due = now_ + length;
  environment.phase_order = ++order_;
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
  environment.phase = Phase::kReset;
  environment.reusable_order = ++order_;
  SetPhaseDeadline(environment, options_.keep_alive);
  Kill(id, environment);
}

void NaiveScheduler::Stop(EnvironmentId id, Environment& environment, StopReason reason) {
  environment.phase = Phase::kStopping;
  Expect(StopEnvironment{id, reason});
}

void NaiveScheduler::StopReusable(FunctionId function) {
  for (const Phase phase : {Phase::kIdle, Phase::kReset}) {
    for (const EnvironmentId id : Reusable(function, phase)) {
      Stop(id, environments_.at(id), StopReason::kFunctionChanged);
    }
  }
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
  for (;;) {
    // Due, made, whether it is the end of the life, and in which order: the least comes first.
    using Key = std::tuple<Instant, Instant, bool, uint64_t>;
    std::optional<Key> first;
    EnvironmentId first_id;
    for (const auto& [id, environment] : environments_) {
      if (environment.phase == Phase::kStopping) continue;
      const Key phase{environment.phase_due, environment.phase_made, false,
                      environment.phase_order};
      const Key life{environment.life_due, environment.life_made, true, environment.life_order};
      if (!first.has_value() || phase < *first) std::tie(first, first_id) = std::pair(phase, id);
      if (!environment.life_over && life < *first) {
        std::tie(first, first_id) = std::pair(life, id);
      }
    }
    if (!first.has_value() || std::get<0>(*first) > now_) return;
    if (std::get<0>(*first) == Instant::InfiniteFuture()) return;
    Environment& environment = environments_.at(first_id);
    const bool is_reusable =
        environment.phase == Phase::kIdle || environment.phase == Phase::kReset;
    if (std::get<2>(*first)) {
      environment.life_over = true;
      if (is_reusable) Stop(first_id, environment, StopReason::kLifetimeOver);
    } else if (is_reusable) {
      Stop(first_id, environment, StopReason::kIdleTooLong);
    } else if (environment.phase == Phase::kStarting) {
      Expect(FailInvocation{environment.invocation, FailureCause::kStartFailed});
      Stop(first_id, environment, StopReason::kStartTimedOut);
    } else if (environment.phase == Phase::kInitializing) {
      Kill(first_id, environment);
      Assign(first_id, environment);
    } else {
      Fail(first_id, environment, FailureCause::kTimedOut);
    }
  }
}

}  // namespace floe
