// The rules beyond early binding and a fixed keep-alive, in the naive form.

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/orchestrator/core/naive_scheduler.h"

namespace floe {
namespace {

using Phase = NaiveScheduler::Phase;
using Role = NaiveScheduler::Role;

constexpr uint64_t kWeightMax = uint64_t{1} << 62;

bool IsUnfinished(Phase phase) {
  return phase == Phase::kStarting || phase == Phase::kInitializing;
}
bool IsProvisioned(Role role) {
  return role == Role::kAllocating || role == Role::kProvisioned;
}

}  // namespace

std::vector<EnvironmentId> NaiveScheduler::Born(FunctionId function, TenantId tenant,
                                                Role role) const {
  std::vector<std::pair<uint64_t, EnvironmentId>> ordered;
  for (const auto& [id, environment] : environments_) {
    if (environment.function == function && environment.tenant == tenant &&
        environment.role == role && environment.phase != Phase::kStopping) {
      ordered.emplace_back(environment.born_order, id);
    }
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<EnvironmentId> ids;
  for (const auto& [order, id] : ordered) ids.push_back(id);
  return ids;
}

int32_t NaiveScheduler::CountRole(FunctionId function, Role role) const {
  return static_cast<int32_t>(Born(function, {}, role).size());
}

int32_t NaiveScheduler::OnDemand(FunctionId function) const {
  const auto busy = Joined(function, {}, Role::kProvisioned, Phase::kBusy).size();
  return Counts(function).concurrency() - static_cast<int32_t>(busy);
}

ProvisionedUse NaiveScheduler::Provisioned(FunctionId id) const {
  const auto found = functions_.find(id);
  if (found == functions_.end() || !found->second.is_deployed) return {};
  const auto busy = Joined(id, {}, Role::kProvisioned, Phase::kBusy).size();
  return {.requested = std::max(0, found->second.config.concurrency_provisioned),
          .available = CountRole(id, Role::kProvisioned),
          .busy = static_cast<int32_t>(busy)};
}

// --- Eviction

std::optional<NaiveScheduler::Room> NaiveScheduler::FindRoom(int64_t memory_mib,
                                                             bool may_evict) const {
  if (const std::optional<NodeId> node = Place(memory_mib)) return Room{*node, {}};
  if (!may_evict || options_.eviction_rule == EvictionRule::kNone) return std::nullopt;
  std::vector<std::tuple<uint64_t, InvocationId, EnvironmentId>> ordered;
  std::map<NodeId, int64_t> free = nodes_;
  for (const auto& [id, environment] : environments_) {
    free[environment.node] -= environment.memory_mib;
    const bool is_idle = environment.phase == Phase::kIdle || environment.phase == Phase::kReset;
    if (is_idle && environment.role == Role::kOnDemand) {
      ordered.emplace_back(environment.weight, environment.invocation, id);
    }
  }
  std::sort(ordered.begin(), ordered.end());
  std::map<NodeId, std::vector<EnvironmentId>> evicted;
  for (const auto& [weight, invocation, id] : ordered) {
    const Environment& environment = environments_.at(id);
    evicted[environment.node].push_back(id);
    free[environment.node] += environment.memory_mib;
    if (free[environment.node] >= memory_mib) {
      return Room{environment.node, evicted[environment.node]};
    }
  }
  return std::nullopt;
}

uint64_t NaiveScheduler::Weigh(const Environment& environment) {
  const Function& function = functions_.at(environment.function);
  const auto memory = static_cast<unsigned __int128>(std::max<int64_t>(1, environment.memory_mib));
  unsigned __int128 sum = 0;
  for (const Duration length : function.start_lengths) {
    sum += static_cast<uint64_t>(length.nanoseconds());
  }
  const unsigned __int128 cost = sum / std::max<size_t>(1, function.start_lengths.size());
  switch (options_.eviction_rule) {
    case EvictionRule::kNone:
      return 0;
    case EvictionRule::kLeastRecentlyUsed:
      return ++order_;
    case EvictionRule::kGreedyDual:
      return clock_ + static_cast<uint64_t>(function.invocations * cost / memory);
    case EvictionRule::kLandlord:
      return clock_ + static_cast<uint64_t>(cost / memory);
    case EvictionRule::kFrequency:
      return function.invocations;
    case EvictionRule::kSize:
      return kWeightMax - static_cast<uint64_t>(memory);
  }
  return 0;
}

// --- Keep-alive

void NaiveScheduler::KeepAlive(Environment& environment, bool never_served) {
  if (IsProvisioned(environment.role)) {
    environment.phase_due = Instant::InfiniteFuture();
    environment.phase_is_single = true;
    return;
  }
  const IdleEnvironment facts{.function = environment.function,
                              .tenant = environment.tenant,
                              .memory_mib = static_cast<int32_t>(environment.memory_mib),
                              .never_served = never_served,
                              .in_flight = Counts(environment.function).concurrency()};
  if (policy_ != nullptr) {
    SetPhaseDeadline(environment, std::max(Duration(), policy_->KeepFor(facts, now_)));
    environment.phase_is_single = true;
    if (!never_served && environment.tenant == TenantId{}) {
      std::optional<Instant>& prewarm_at = functions_.at(environment.function).prewarm_at;
      prewarm_at.reset();
      if (const auto after = policy_->PrewarmAfter(facts, now_)) prewarm_at = now_ + *after;
    }
  } else if (options_.keep_alive_rule == KeepAliveRule::kUntilEvicted) {
    SetPhaseDeadline(environment, Duration::Infinite());
  } else {
    SetPhaseDeadline(environment, options_.keep_alive);
  }
  if (options_.eviction_rule == EvictionRule::kNone) return;
  environment.weight = Weigh(environment);
  RetryStarved();
}

void NaiveScheduler::Prewarm(FunctionId id) {
  Function& function = functions_.at(id);
  const bool has_one = !Joined(id, {}, Role::kOnDemand, Phase::kIdle).empty() ||
                       !Joined(id, {}, Role::kOnDemand, Phase::kReset).empty() ||
                       !Joined(id, {}, Role::kProvisioned, Phase::kIdle).empty() ||
                       !Born(id, {}, Role::kAhead).empty();
  if (has_one || !HasScalingToken(function)) return;
  const auto room = FindRoom(std::max(0, function.config.memory_mib), /*may_evict=*/false);
  if (!room.has_value()) return;
  function.scaling_takes.push_back(now_);
  shared_scaling_takes_.push_back(now_);
  Start(id, {}, *room, Role::kAhead, {}, StartPurpose::kPrewarm);
}

// --- Waiting and being there ahead

bool NaiveScheduler::GiveWaiting(EnvironmentId id, Environment& environment) {
  std::deque<InvocationId>& waiting = Waiting(environment);
  if (waiting.empty()) return false;
  environment.invocation = waiting.front();
  waiting.pop_front();
  Assign(id, environment);
  return true;
}

void NaiveScheduler::RestAhead(EnvironmentId id, Environment& environment, Phase phase) {
  environment.role = Role::kOnDemand;
  environment.invocation = {};
  if (const auto reason = Retired(environment)) {
    Stop(id, environment, *reason);
    return;
  }
  environment.phase = phase;
  environment.joined_order = ++order_;
  KeepAlive(environment, /*never_served=*/true);
  if (phase == Phase::kReset) {
    Kill(id, environment);
  } else {
    Expect(FreezeEnvironment{id});
  }
}

void NaiveScheduler::FailWhatItHolds(const Environment& environment, FailureCause cause) {
  const bool holds = environment.phase == Phase::kBusy ||
                     (environment.role == Role::kOnDemand && IsUnfinished(environment.phase));
  if (holds) Expect(FailInvocation{environment.invocation, cause});
  if (environment.role != Role::kAhead || !IsUnfinished(environment.phase)) return;
  std::deque<InvocationId>& waiting = Waiting(environment);
  if (waiting.size() < Born(environment.function, environment.tenant, Role::kAhead).size()) return;
  Expect(FailInvocation{waiting.back(), cause});
  waiting.pop_back();
}

void NaiveScheduler::FailInit(EnvironmentId id, Environment& environment) {
  if (environment.role == Role::kAllocating) {
    Stop(id, environment, StopReason::kInitFailed);
    return;
  }
  if (environment.role == Role::kAhead) {
    std::deque<InvocationId>& waiting = Waiting(environment);
    if (waiting.empty()) return RestAhead(id, environment, Phase::kReset);
    environment.role = Role::kOnDemand;
    environment.invocation = waiting.front();
    waiting.pop_front();
  }
  Kill(id, environment);
  Assign(id, environment);
}

void NaiveScheduler::Forget(EnvironmentId id) {
  const Environment gone = environments_.at(id);
  environments_.erase(id);
  bool is_last = true;
  for (const auto& [other, environment] : environments_) {
    const bool is_same = environment.function == gone.function && environment.tenant == gone.tenant;
    is_last = is_last && !is_same;
  }
  if (is_last) tenants_.erase({gone.function, gone.tenant});
  if (IsProvisioned(gone.role) && gone.phase != Phase::kStopping) Replace(gone.function);
  RetryStarved();
}

void NaiveScheduler::Retire(FunctionId id) {
  Function& function = functions_.at(id);
  function.prewarm_at.reset();
  const auto stop = [&](const std::vector<EnvironmentId>& ids) {
    for (const EnvironmentId one : ids) {
      Stop(one, environments_.at(one), StopReason::kFunctionChanged);
    }
  };
  const auto retire = [&](TenantId tenant) {
    stop(Joined(id, tenant, Role::kOnDemand, Phase::kIdle));
    stop(Joined(id, tenant, Role::kOnDemand, Phase::kReset));
    std::deque<InvocationId>& waiting = waiting_[{id, tenant}];
    for (const EnvironmentId one : Born(id, tenant, Role::kAhead)) {
      Environment& environment = environments_.at(one);
      if (waiting.empty()) {
        Stop(one, environment, StopReason::kFunctionChanged);
        continue;
      }
      environment.role = Role::kOnDemand;
      environment.invocation = waiting.front();
      waiting.pop_front();
    }
  };
  retire({});
  std::vector<std::pair<uint64_t, TenantId>> tenants;
  for (const auto& [key, order] : tenants_) {
    if (key.first == id) tenants.emplace_back(order, key.second);
  }
  std::sort(tenants.rbegin(), tenants.rend());
  for (const auto& [order, tenant] : tenants) retire(tenant);

  function.target = 0;
  stop(Joined(id, {}, Role::kProvisioned, Phase::kIdle));
  stop(Joined(id, {}, Role::kProvisioned, Phase::kReset));
  stop(Born(id, {}, Role::kAllocating));
  for (const EnvironmentId one : Born(id, {}, Role::kProvisioned)) {
    environments_.at(one).role = Role::kOnDemand;
  }
  function.provision_at.reset();
  function.is_starved = false;
}

// --- Provisioned concurrency

void NaiveScheduler::Adjust(FunctionId id) {
  Function& function = functions_.at(id);
  int32_t target = std::max(0, function.config.concurrency_provisioned);
  if (function.config.concurrency_reserved.has_value()) {
    target = std::min(target, std::max(0, *function.config.concurrency_reserved));
  }
  if (!function.had_any && target == 0) return;
  function.had_any = true;
  if (target != function.request_units) function.provisioned_request_takes.clear();
  function.request_units = target;
  if (target > function.target) function.is_allocated = false;
  function.target = target;
  const auto count = [&] {
    return CountRole(id, Role::kAllocating) + CountRole(id, Role::kProvisioned);
  };
  while (count() > target) {
    const auto allocating = Born(id, {}, Role::kAllocating);
    const auto reset = Joined(id, {}, Role::kProvisioned, Phase::kReset);
    const auto idle = Joined(id, {}, Role::kProvisioned, Phase::kIdle);
    const auto busy = Joined(id, {}, Role::kProvisioned, Phase::kBusy);
    if (allocating.empty() && reset.empty() && idle.empty()) {
      environments_.at(busy.front()).role = Role::kOnDemand;
      continue;
    }
    const EnvironmentId one = !allocating.empty() ? allocating.back()
                              : !reset.empty()    ? reset.front()
                                                  : idle.front();
    Stop(one, environments_.at(one), StopReason::kProvisionedLess);
  }
  Commit(id);
  if (count() == target) {
    function.provision_at.reset();
    function.is_starved = false;
  } else if (!function.provision_at.has_value() && !function.is_starved) {
    function.provision_at = now_ + options_.provisioning_delay;
  }
}

void NaiveScheduler::Replace(FunctionId id) {
  Function& function = functions_.at(id);
  if (CountRole(id, Role::kAllocating) + CountRole(id, Role::kProvisioned) >= function.target) {
    return;
  }
  if (function.provision_at.has_value() || function.is_starved) return;
  function.provision_at = now_ + std::max(Duration::Seconds(1), options_.provisioning_delay);
}

void NaiveScheduler::Provision(FunctionId id) {
  Function& function = functions_.at(id);
  while (CountRole(id, Role::kAllocating) + CountRole(id, Role::kProvisioned) < function.target) {
    if (!HasToken(function.provision_takes, shared_provision_takes_)) {
      function.provision_at = NextToken(function.provision_takes);
      return;
    }
    const auto room = FindRoom(std::max(0, function.config.memory_mib), /*may_evict=*/true);
    if (!room.has_value()) {
      function.is_starved = true;
      return;
    }
    function.provision_takes.push_back(now_);
    shared_provision_takes_.push_back(now_);
    Start(id, {}, *room, Role::kAllocating, {}, StartPurpose::kProvisioned);
  }
}

Instant NaiveScheduler::NextToken(const std::vector<Instant>& takes) {
  // Whole steps of what one token needs, from the last one taken; or the next minute.
  const Instant now = now_;
  const bool is_shared = options_.scaling_rule != ScalingRule::kCurrent;
  const Duration step = is_shared ? Duration::Minutes(1) : Duration::Milliseconds(10);
  const int64_t phase = is_shared ? 0 : takes.front().nanoseconds() % step.nanoseconds();
  int64_t at = now.nanoseconds() - (now.nanoseconds() - phase) % step.nanoseconds();
  while (at <= now.nanoseconds()) at += step.nanoseconds();
  return Instant::FromNanoseconds(at);
}

void NaiveScheduler::RestProvisioned(EnvironmentId id, Environment& environment) {
  if (const auto reason = Retired(environment)) {
    Stop(id, environment, *reason);
    return;
  }
  environment.phase = Phase::kIdle;
  KeepAlive(environment, /*never_served=*/true);
  Expect(FreezeEnvironment{id});
  Commit(environment.function);
}

void NaiveScheduler::Commit(FunctionId id) {
  Function& function = functions_.at(id);
  const auto ready = Joined(id, {}, Role::kAllocating, Phase::kIdle);
  const auto wanted = static_cast<size_t>(function.target - CountRole(id, Role::kProvisioned));
  if (ready.size() == wanted) function.is_allocated = true;
  if (!function.is_allocated) return;
  for (const EnvironmentId one : Born(id, {}, Role::kAllocating)) {
    Environment& environment = environments_.at(one);
    if (environment.phase != Phase::kIdle) continue;
    environment.role = Role::kProvisioned;
    environment.joined_order = ++order_;
    if (Waiting(environment).empty()) continue;
    environment.joined_order = ++order_;
    GiveWaiting(one, environment);
  }
}

void NaiveScheduler::RetryStarved() {
  for (auto& [id, function] : functions_) {
    if (!function.is_starved) continue;
    function.is_starved = false;
    function.provision_at = now_;
  }
}

}  // namespace floe
