// What the naive scheduler does with an arrival.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "tests/orchestrator/core/naive_scheduler.h"

namespace floe {
namespace {

using Wide = __int128;

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

}  // namespace

std::optional<ThrottleReason> NaiveScheduler::Refusal(Function& function, FunctionId id) const {
  const int64_t per_unit = options_.requests_per_concurrency;
  if (function.config.concurrency_reserved.has_value()) {
    const int64_t reserved = std::max(0, *function.config.concurrency_reserved);
    if (reserved > 0 && per_unit > 0 &&
        !BucketHasToken(reserved * per_unit, Duration::Seconds(1), function.request_takes, now_)) {
      return ThrottleReason::kReservedRequestRate;
    }
    const int64_t provisioned =
        std::clamp<int64_t>(function.config.concurrency_provisioned, 0, reserved);
    if (OnDemand(id) >= reserved - provisioned) return ThrottleReason::kReservedConcurrency;
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

bool NaiveScheduler::HasToken(const std::vector<Instant>& own,
                              const std::vector<Instant>& shared) const {
  switch (options_.scaling_rule) {
    case ScalingRule::kUnlimited:
      return true;
    case ScalingRule::kCurrent:
      return BucketHasToken(1'000, Duration::Seconds(10), own, now_);
    case ScalingRule::kLegacy3000:
      return MinuteBudgetHasToken(3'000, shared, now_);
    case ScalingRule::kLegacy1000:
      return MinuteBudgetHasToken(1'000, shared, now_);
    case ScalingRule::kLegacy500:
      return MinuteBudgetHasToken(500, shared, now_);
  }
  return true;
}

bool NaiveScheduler::HasScalingToken(const Function& function) const {
  return HasToken(function.scaling_takes, shared_scaling_takes_);
}

std::optional<NodeId> NaiveScheduler::Place(int64_t memory_mib) const {
  std::map<NodeId, int64_t> free = nodes_;
  for (const auto& [id, environment] : environments_)
    free[environment.node] -= environment.memory_mib;
  std::optional<NodeId> best;
  for (const auto& [node, free_mib] : free) {
    if (free_mib < memory_mib) continue;
    const bool is_better = !best.has_value() || (options_.placement_rule == PlacementRule::kMostFree
                                                     ? free_mib > free[*best]
                                                     : free_mib < free[*best]);
    if (is_better) best = node;
  }
  return best;
}

std::vector<EnvironmentId> NaiveScheduler::Joined(FunctionId function, TenantId tenant, Role role,
                                                  Phase phase) const {
  std::vector<std::pair<uint64_t, EnvironmentId>> ordered;
  for (const auto& [id, environment] : environments_) {
    if (environment.function == function && environment.tenant == tenant &&
        environment.role == role && environment.phase == phase) {
      ordered.emplace_back(environment.joined_order, id);
    }
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<EnvironmentId> ids;
  for (const auto& [order, id] : ordered) ids.push_back(id);
  return ids;
}

std::optional<EnvironmentId> NaiveScheduler::Choose(FunctionId function, TenantId tenant, Role role,
                                                    Phase phase) const {
  const std::vector<EnvironmentId> candidates = Joined(function, tenant, role, phase);
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
  if (policy_ != nullptr) {
    function.prewarm_at.reset();
    policy_->OnArrival(event.function, Counts(event.function).concurrency(), now_);
  }
  if (const std::optional<EnvironmentId> id = ChooseProvisioned(event)) {
    function.provisioned_request_takes.push_back(now_);
    ++function.invocations;
    environments_.at(*id).joined_order = ++order_;
    environments_.at(*id).invocation = event.invocation;
    Assign(*id, environments_.at(*id));
    return;
  }
  std::optional<ThrottleReason> refusal = Refusal(function, event.function);
  std::optional<EnvironmentId> reused;
  std::optional<EnvironmentId> ahead;
  std::optional<Room> room;
  if (!refusal.has_value()) {
    reused = Choose(event.function, event.tenant, Role::kOnDemand, Phase::kIdle);
    if (!reused.has_value()) {
      reused = Choose(event.function, event.tenant, Role::kOnDemand, Phase::kReset);
    }
    const auto under_way = Born(event.function, event.tenant, Role::kAhead);
    const bool is_early = options_.binding_rule == BindingRule::kEarly;
    if (is_early && !under_way.empty()) ahead = under_way.front();
    if (!reused.has_value() && !ahead.has_value()) refusal = DecideStart(event, function, room);
  }
  if (refusal.has_value()) {
    Expect(ThrottleInvocation{event.invocation, *refusal});
    return;
  }
  const bool is_reserved = function.config.concurrency_reserved.has_value();
  (is_reserved ? function.request_takes : account_takes_).push_back(now_);
  if (reused.has_value() || ahead.has_value()) {
    ++function.invocations;
    Environment& environment = environments_.at(reused.has_value() ? *reused : *ahead);
    environment.invocation = event.invocation;
    environment.role = Role::kOnDemand;
    if (reused.has_value()) Assign(*reused, environment);
    return;
  }
  function.scaling_takes.push_back(now_);
  shared_scaling_takes_.push_back(now_);
  if (options_.binding_rule == BindingRule::kEarly) {
    Start(event.function, event.tenant, *room, Role::kOnDemand, event.invocation,
          StartPurpose::kInvocation);
  } else {
    Start(event.function, event.tenant, *room, Role::kAhead, {}, StartPurpose::kInvocation);
    waiting_[{event.function, event.tenant}].push_back(event.invocation);
  }
  ++function.invocations;
}

std::optional<EnvironmentId> NaiveScheduler::ChooseProvisioned(const InvocationArrived& event) {
  const Function& function = functions_.at(event.function);
  if (event.tenant != TenantId{}) return std::nullopt;
  const int64_t rate =
      int64_t{function.request_units} * std::max(0, options_.requests_per_concurrency);
  if (rate > 0 &&
      !BucketHasToken(rate, Duration::Seconds(1), function.provisioned_request_takes, now_)) {
    return std::nullopt;
  }
  const auto idle = Choose(event.function, {}, Role::kProvisioned, Phase::kIdle);
  return idle.has_value() ? idle : Choose(event.function, {}, Role::kProvisioned, Phase::kReset);
}

std::optional<ThrottleReason> NaiveScheduler::DecideStart(const InvocationArrived& event,
                                                          const Function& function,
                                                          std::optional<Room>& room) const {
  if (!HasScalingToken(function)) return ThrottleReason::kScalingRate;
  int64_t of_tenants = 0;
  for (const auto& [id, environment] : environments_) {
    const bool is_live = environment.phase != Phase::kStopping;
    if (is_live && environment.tenant != TenantId{}) ++of_tenants;
  }
  if (event.tenant != TenantId{} && of_tenants >= int64_t{options_.account_concurrency} * 5 / 2) {
    return ThrottleReason::kTenantEnvironments;
  }
  room = FindRoom(std::max(0, function.config.memory_mib), /*may_evict=*/true);
  if (!room.has_value()) return ThrottleReason::kNoCapacity;
  return std::nullopt;
}

EnvironmentId NaiveScheduler::Start(FunctionId function_id, TenantId tenant, const Room& room,
                                    Role role, InvocationId invocation, StartPurpose purpose) {
  for (const EnvironmentId id : room.evicted) {
    Environment& evicted = environments_.at(id);
    clock_ = std::max(clock_, evicted.weight);
    Stop(id, evicted, StopReason::kEvicted);
    evicted.memory_mib = 0;
  }
  Function& function = functions_.at(function_id);
  if (Counts(function_id).live() == 0) function.invocations = 0;
  const auto* start = ActualHere<StartEnvironment>();
  // A handle that was given out before is a defect: it then differs from the one expected.
  EnvironmentId id = start == nullptr ? EnvironmentId{} : start->environment;
  if (!used_handles_.insert(id).second) id = EnvironmentId{};
  Environment environment{.function = function_id,
                          .tenant = tenant,
                          .role = role,
                          .node = room.node,
                          .memory_mib = std::max(0, function.config.memory_mib),
                          .timeout = function.config.timeout,
                          .revision = function.revision,
                          .invocation = invocation};
  environment.born = now_;
  environment.born_order = ++order_;
  environment.life_made = now_;
  environment.life_due = now_ + options_.lifetime_max;
  environment.life_order = ++order_;
  SetPhaseDeadline(environment, options_.start_limit);
  environments_[id] = environment;
  if (tenant != TenantId{}) tenants_.try_emplace({function_id, tenant}, ++order_);
  Expect(StartEnvironment{id, function_id, room.node, purpose});
  return id;
}

}  // namespace floe
