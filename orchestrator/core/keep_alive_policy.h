// How long idle environments are kept, as a rule of one's own.
//
//   class HalfHour final : public KeepAlivePolicy {
//    public:
//     Duration KeepFor(const IdleEnvironment&, Instant) override { return Duration::Minutes(30); }
//   };
//   HalfHour policy;
//   Scheduler scheduler(options, &policy);
//
// A policy is as pure as the scheduler: its answers depend on what it was told and on seeds given
// to it, and on nothing else. Otherwise runs do not repeat and replays differ. It is asked in the
// order of the scheduler's steps, and never twice for one fact.

#ifndef FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_POLICY_H_
#define FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_POLICY_H_

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "orchestrator/core/ids.h"

namespace floe {

// An environment that has just become idle. Those of provisioned concurrency do not come here.
struct IdleEnvironment {
  FunctionId function;
  TenantId tenant;
  int32_t memory_mib = 0;
  // It was started ahead of an invocation and none has come yet.
  bool never_served = false;
  // Other invocations of the function in flight.
  int32_t in_flight = 0;
};

class KeepAlivePolicy {
 public:
  virtual ~KeepAlivePolicy() = default;

  // An invocation of the function has arrived, while `in_flight` others were under way. It may yet
  // be throttled.
  virtual void OnArrival(FunctionId /*function*/, int32_t /*in_flight*/, Instant /*now*/) {}

  // How long the environment waits for an invocation before it is stopped. Infinite: until it is
  // evicted.
  virtual Duration KeepFor(const IdleEnvironment& environment, Instant now) = 0;

  // How long from `now` until an environment is started ahead of the function's next invocation, if
  // the function then has none that is idle or on its way. Asked after KeepFor, unless the
  // environment has a tenant or never served; the answer replaces the one before, and the
  // function's next arrival voids it. None: no such start.
  virtual std::optional<Duration> PrewarmAfter(const IdleEnvironment& /*environment*/,
                                               Instant /*now*/) {
    return std::nullopt;
  }

  // Idle environments with the least priority are evicted first; among equals the one whose last
  // invocation has the lowest number. Asked after KeepFor, where an eviction rule is in force.
  // None: the rule's own weight; all or no answers must be none.
  virtual std::optional<uint64_t> EvictionPriority(const IdleEnvironment& /*environment*/,
                                                   Instant /*now*/) {
    return std::nullopt;
  }

  // The function is gone; its number may be given to another one.
  virtual void OnRemoved(FunctionId /*function*/) {}
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_POLICY_H_
