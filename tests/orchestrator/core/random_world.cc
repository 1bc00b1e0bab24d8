#include "tests/orchestrator/core/random_world.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <variant>

namespace floe {
namespace {

constexpr uint32_t kFunctions = 5;
constexpr uint32_t kNodes = 3;
constexpr size_t kKnownMax = 12;

Duration AnyLength(Dice& dice) {
  static constexpr std::array<int64_t, 5> kSeconds = {1, 2, 3, 5, 10};
  return Duration::Seconds(kSeconds[dice.Below(kSeconds.size())]);
}

// Now and then none at all, or without end.
Duration AnyLimit(Dice& dice) {
  switch (dice.Below(12)) {
    case 0:
      return Duration();
    case 1:
      return Duration::Infinite();
    case 2:
      return Duration::Nanoseconds(1);
    default:
      return AnyLength(dice);
  }
}

}  // namespace

SchedulerOptions RandomOptions(Dice& dice) {
  static constexpr std::array<int32_t, 4> kRequests = {0, 1, 2, 10};
  SchedulerOptions options;
  options.account_concurrency = static_cast<int32_t>(dice.Below(12));
  options.requests_per_concurrency = kRequests[dice.Below(kRequests.size())];
  options.scaling_rule = static_cast<ScalingRule>(dice.Below(5));
  options.reuse_order = static_cast<ReuseOrder>(dice.Below(3));
  options.seed = dice.Below(1'000);
  options.keep_alive = AnyLimit(dice);
  options.lifetime_max = dice.Below(2) == 0 ? Duration::Infinite() : AnyLimit(dice);
  options.init_limit = AnyLimit(dice);
  options.start_limit = AnyLimit(dice);
  // The rules that came later, each in some of the runs.
  if (dice.Below(2) == 0) options.keep_alive_rule = static_cast<KeepAliveRule>(dice.Below(4));
  options.keep_alive_min = AnyLimit(dice);
  options.hybrid = {.bin = Duration::Milliseconds(500),
                    .bins = static_cast<int32_t>(1 + dice.Below(8)),
                    .head_percentile = 5.0 * dice.Below(8),
                    .tail_percentile = 99,
                    .margin = 0.1,
                    .representative_cv = dice.Below(2) * 0.5,
                    .samples_min = static_cast<int32_t>(dice.Below(4))};
  if (dice.Below(2) == 0) options.eviction_rule = static_cast<EvictionRule>(dice.Below(6));
  if (dice.Below(2) == 0) options.binding_rule = BindingRule::kLate;
  if (dice.Below(3) == 0) options.placement_rule = PlacementRule::kBestFit;
  options.provisioning_delay = AnyLimit(dice);
  return options;
}

Instant RandomWorld::NextTime(Instant deadline) {
  switch (dice_.Below(8)) {
    case 0:
      now_ = now_ + Duration::Seconds(1);
      break;
    case 1:
      now_ = now_ + Duration::Milliseconds(100 * dice_.Below(10));
      break;
    case 2:
      now_ = now_ + Duration::Nanoseconds(1);
      break;
    case 3:
      if (deadline != Instant::InfiniteFuture()) now_ = std::max(now_, deadline);
      break;
    case 4:
      if (dice_.Below(8) == 0) now_ = now_ + Duration::Seconds(dice_.Below(40));
      break;
    default:
      break;  // Several events at one time.
  }
  return now_;
}

FunctionId RandomWorld::AnyFunction() {
  if (dice_.Below(40) == 0) return FunctionId{kFunctionsMax + dice_.Below(3)};
  return FunctionId{dice_.Below(kFunctions)};
}

FunctionConfig RandomWorld::AnyConfig() {
  FunctionConfig config{.memory_mib = static_cast<int32_t>(64 * dice_.Below(6)),
                        .timeout = AnyLength(dice_)};
  if (dice_.Below(3) == 0) {
    config.concurrency_reserved = static_cast<int32_t>(dice_.Below(5)) - 1;
  }
  if (dice_.Below(5) == 0) {
    config.concurrency_provisioned = static_cast<int32_t>(dice_.Below(4)) - 1;
  }
  if (dice_.Below(30) == 0) config.timeout = Duration::Seconds(-1);
  if (dice_.Below(30) == 0) config.memory_mib = -5;
  return config;
}

Event RandomWorld::NextEvent() {
  const uint32_t kind = dice_.Below(20);
  // An orderly world has fewer arrivals, so that functions fall idle.
  if (kind < (disorder_ < 4 ? 4u : 7u)) {
    const TenantId tenant{dice_.Below(4) == 0 ? 1 + dice_.Below(2) : 0};
    return InvocationArrived{InvocationId{next_invocation_++}, AnyFunction(), tenant};
  }
  if (kind < 17 && !known_.empty()) {
    return EnvironmentEvent(known_[dice_.Below(static_cast<uint32_t>(known_.size()))]);
  }
  if (kind < 18) return DeadlineReached{};
  return FleetEvent();
}

Event RandomWorld::NextReport(Known& known) {
  switch (known.next) {
    case Next::kStarted:
      known.next = Next::kReady;
      return EnvironmentStarted{known.id};
    case Next::kReady:
      known.next = Next::kNothing;
      return EnvironmentReady{known.id, known.incarnation};
    case Next::kFinished:
      known.next = Next::kNothing;
      return InvocationFinished{known.id, known.invocation};
    case Next::kStopped:
      return EnvironmentStopped{known.id};
    case Next::kNothing:
      break;
  }
  return DeadlineReached{};
}

Event RandomWorld::EnvironmentEvent(Known& known) {
  if (dice_.Below(10) >= disorder_) return NextReport(known);
  EnvironmentId id = known.id;
  uint32_t incarnation = known.incarnation;
  InvocationId invocation = known.invocation;
  switch (dice_.Below(30)) {
    case 0:
      id.row += dice_.Below(3);
      break;
    case 1:
      id.generation += 1 + dice_.Below(3);
      break;
    case 2:
      id = EnvironmentId{};
      break;
    case 3:
      incarnation += dice_.Below(3) - 1;
      break;
    case 4:
      invocation.value += 1;
      break;
    default:
      break;
  }
  switch (dice_.Below(12)) {
    case 0:
    case 1:
      return EnvironmentStarted{id};
    case 2:
    case 3:
      return EnvironmentReady{id, incarnation};
    case 4:
      return EnvironmentStartFailed{id};
    case 5:
      return EnvironmentFailed{id, incarnation, static_cast<FailureCause>(dice_.Below(3))};
    case 6:
    case 7:
      return EnvironmentStopped{id};
    default:
      return InvocationFinished{id, invocation};
  }
}

Event RandomWorld::FleetEvent() {
  // Now and then a node that no number stands for.
  const NodeId node{dice_.Below(20) == 0 ? kNodesMax + dice_.Below(2) : dice_.Below(kNodes)};
  switch (dice_.Below(12)) {
    case 10:
    case 11:
      return ProvisionedConcurrencySet{AnyFunction(), static_cast<int32_t>(dice_.Below(6)) - 1};
    case 0:
      return ReservedConcurrencySet{AnyFunction(), static_cast<int32_t>(dice_.Below(5)) - 1};
    case 1:
      return ReservedConcurrencySet{AnyFunction(), {}};
    case 2:
      return FunctionRemoved{AnyFunction()};
    case 3:
      return NodeLost{node};
    case 4:
    case 5:
    case 6:
      return NodeJoined{node, 64 * static_cast<int64_t>(dice_.Below(30)) - 1};
    default:
      return FunctionDeployed{AnyFunction(), AnyConfig()};
  }
}

void RandomWorld::Observe(const Actions& actions) {
  const auto find = [&](EnvironmentId id) -> Known& {
    for (Known& known : known_) {
      if (known.id == id) return known;
    }
    if (known_.size() == kKnownMax) known_.pop_front();
    return known_.emplace_back(Known{.id = id});
  };
  for (const Action& action : actions) {
    if (const auto* start = std::get_if<StartEnvironment>(&action)) find(start->environment);
    if (const auto* assign = std::get_if<AssignInvocation>(&action)) {
      Known& known = find(assign->environment);
      known.invocation = assign->invocation;
      known.next = Next::kFinished;
      known.incarnation = assign->incarnation;
    }
    if (const auto* stop = std::get_if<StopEnvironment>(&action)) {
      find(stop->environment).next = Next::kStopped;
    }
    if (const auto* reset = std::get_if<ResetEnvironment>(&action)) {
      find(reset->environment).incarnation = reset->incarnation;
    }
  }
}

}  // namespace floe
