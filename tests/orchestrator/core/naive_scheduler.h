// The scheduler's rules once more, in the simplest form: maps, and everything recomputed from
// scratch. It judges the real one, step by step.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

class NaiveScheduler {
 public:
  enum class Phase { kStarting, kInitializing, kBusy, kIdle, kReset, kStopping };

  struct Environment {
    FunctionId function;
    NodeId node;
    int64_t memory_mib = 0;
    Duration timeout;
    int revision = 0;
    Phase phase = Phase::kStarting;
    InvocationId invocation;
    uint32_t incarnation = 0;
    uint64_t reusable_order = 0;
    Instant phase_due;
    Instant phase_made;
    uint64_t phase_order = 0;
    Instant life_due;
    Instant life_made;
    uint64_t life_order = 0;
    bool life_over = false;
  };

  explicit NaiveScheduler(const SchedulerOptions& options) : options_(options) {}

  // What the event must cause. `actual` is what it did cause: the handles of new environments are
  // taken from there, and the choice among idle ones when that is random.
  Actions Step(Instant now, const Event& event, const Actions& actual);

  Instant NextDeadline() const;
  EnvironmentCounts Counts(std::optional<FunctionId> function) const;
  int64_t ClaimedConcurrency() const;
  const StaleEventCounts& stale_events() const { return stale_events_; }
  const std::map<EnvironmentId, Environment>& environments() const { return environments_; }

 private:
  struct Function {
    FunctionConfig config;
    int revision = 0;
    bool is_deployed = false;
    std::vector<Instant> request_takes;
    std::vector<Instant> scaling_takes;
  };

  void On(const DeadlineReached&) {}
  void On(const InvocationArrived& event);
  void On(const InvocationFinished& event);
  void On(const EnvironmentStarted& event);
  void On(const EnvironmentStartFailed& event);
  void On(const EnvironmentReady& event);
  void On(const EnvironmentFailed& event);
  void On(const EnvironmentStopped& event);
  void On(const FunctionDeployed& event);
  void On(const ReservedConcurrencySet& event);
  void On(const ProvisionedConcurrencySet& event);
  void On(const FunctionRemoved& event);
  void On(const NodeJoined& event);
  void On(const NodeLost& event);

  void Expect(const Action& action) { expected_.push_back(action); }
  // The action that stands where the next expected one must stand.
  template <typename ActionType>
  const ActionType* ActualHere() const {
    if (expected_.size() >= actual_->size()) return nullptr;
    return std::get_if<ActionType>(&(*actual_)[expected_.size()]);
  }

  std::optional<ThrottleReason> Refusal(Function& function, FunctionId id) const;
  bool HasScalingToken(const Function& function) const;
  std::optional<NodeId> Place(int64_t memory_mib) const;
  std::optional<EnvironmentId> ChooseReusable(FunctionId function, Phase phase) const;
  std::vector<EnvironmentId> Reusable(FunctionId function, Phase phase) const;

  Environment* Reported(EnvironmentId id);
  void SetPhaseDeadline(Environment& environment, Duration length);
  void Assign(EnvironmentId id, Environment& environment);
  void Kill(EnvironmentId id, Environment& environment);
  void Fail(EnvironmentId id, Environment& environment, FailureCause cause);
  void Stop(EnvironmentId id, Environment& environment, StopReason reason);
  void StopReusable(FunctionId function);
  std::optional<StopReason> Retired(const Environment& environment) const;
  void Expire();

  SchedulerOptions options_;
  Instant now_;
  uint64_t order_ = 0;
  const Actions* actual_ = nullptr;
  Actions expected_;
  StaleEventCounts stale_events_;
  std::map<FunctionId, Function> functions_;
  std::map<NodeId, int64_t> nodes_;
  std::map<EnvironmentId, Environment> environments_;
  std::set<EnvironmentId> used_handles_;
  std::vector<Instant> account_takes_;
  std::vector<Instant> shared_scaling_takes_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_
