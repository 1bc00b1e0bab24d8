// The scheduler's rules once more, in the simplest form: maps, and everything recomputed from
// scratch. It judges the real one, step by step.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

class NaiveScheduler {
 public:
  enum class Role { kOnDemand, kAhead, kAllocating, kProvisioned };
  enum class Phase { kStarting, kInitializing, kBusy, kIdle, kReset, kStopping };

  struct Environment {
    FunctionId function;
    TenantId tenant;
    Role role = Role::kOnDemand;
    NodeId node;
    int64_t memory_mib = 0;
    Duration timeout;
    int revision = 0;
    Phase phase = Phase::kStarting;
    InvocationId invocation;
    uint32_t incarnation = 0;
    uint64_t born_order = 0;
    Instant born;
    // When it joined those in the same role and phase.
    uint64_t joined_order = 0;
    uint64_t weight = 0;  // For its eviction.
    Instant phase_due;
    Instant phase_made;
    uint64_t phase_order = 0;
    bool phase_is_single = false;  // Its end comes after others of the same instant.
    Instant life_due;
    Instant life_made;
    uint64_t life_order = 0;
    bool life_over = false;
  };

  explicit NaiveScheduler(const SchedulerOptions& options);

  // What the event must cause. `actual` is what it did cause: the handles of new environments are
  // taken from there, and the choice among idle ones when that is random.
  Actions Step(Instant now, const Event& event, const Actions& actual);

  Instant NextDeadline() const;
  EnvironmentCounts Counts(std::optional<FunctionId> function) const;
  int64_t ClaimedConcurrency() const;
  ProvisionedUse Provisioned(FunctionId function) const;
  const StaleEventCounts& stale_events() const { return stale_events_; }
  const std::map<EnvironmentId, Environment>& environments() const { return environments_; }

 private:
  struct Function {
    FunctionConfig config;
    int revision = 0;
    bool is_deployed = false;
    std::vector<Instant> request_takes;
    std::vector<Instant> scaling_takes;
    // Provisioned concurrency.
    bool had_any = false;
    int32_t target = 0;
    int32_t request_units = 0;
    bool is_allocated = false;
    bool is_starved = false;
    std::optional<Instant> provision_at;
    std::vector<Instant> provision_takes;
    std::vector<Instant> provisioned_request_takes;
    std::optional<Instant> prewarm_at;
    // For evictions.
    uint64_t invocations = 0;
    std::vector<Duration> start_lengths;
  };
  struct Room {
    NodeId node;
    std::vector<EnvironmentId> evicted;
  };
  using TenantKey = std::pair<FunctionId, TenantId>;

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
  bool HasToken(const std::vector<Instant>& own, const std::vector<Instant>& shared) const;
  bool HasScalingToken(const Function& function) const;
  std::optional<EnvironmentId> ChooseProvisioned(const InvocationArrived& event);
  // Why no environment can be started, or where.
  std::optional<ThrottleReason> DecideStart(const InvocationArrived& event,
                                            const Function& function,
                                            std::optional<Room>& room) const;
  std::optional<NodeId> Place(int64_t memory_mib) const;
  std::optional<Room> FindRoom(int64_t memory_mib, bool may_evict) const;
  std::optional<EnvironmentId> Choose(FunctionId function, TenantId tenant, Role role,
                                      Phase phase) const;
  // In the order in which they joined, respectively were started.
  std::vector<EnvironmentId> Joined(FunctionId function, TenantId tenant, Role role,
                                    Phase phase) const;
  std::vector<EnvironmentId> Born(FunctionId function, TenantId tenant, Role role) const;
  EnvironmentId Start(FunctionId function, TenantId tenant, const Room& room, Role role,
                      InvocationId invocation, StartPurpose purpose);
  int32_t OnDemand(FunctionId function) const;
  int32_t CountRole(FunctionId function, Role role) const;

  Environment* Reported(EnvironmentId id);
  void SetPhaseDeadline(Environment& environment, Duration length);
  void Assign(EnvironmentId id, Environment& environment);
  void Kill(EnvironmentId id, Environment& environment);
  void Fail(EnvironmentId id, Environment& environment, FailureCause cause);
  void Stop(EnvironmentId id, Environment& environment, StopReason reason);
  void Forget(EnvironmentId id);
  void FailWhatItHolds(const Environment& environment, FailureCause cause);
  void FailInit(EnvironmentId id, Environment& environment);
  std::optional<StopReason> Retired(const Environment& environment) const;
  void Expire();
  void EndPhase(EnvironmentId id, bool is_life);

  std::deque<InvocationId>& Waiting(const Environment& environment) {
    return waiting_[{environment.function, environment.tenant}];
  }
  bool GiveWaiting(EnvironmentId id, Environment& environment);
  void RestAhead(EnvironmentId id, Environment& environment, Phase phase);
  void KeepAlive(Environment& environment, bool never_served);
  uint64_t Weigh(const Environment& environment);
  void Prewarm(FunctionId id);

  void Retire(FunctionId id);
  void Adjust(FunctionId id);
  void Replace(FunctionId id);
  void Provision(FunctionId id);
  // When there is a token for provisioned concurrency again.
  Instant NextToken(const std::vector<Instant>& takes);
  void RestProvisioned(EnvironmentId id, Environment& environment);
  void Commit(FunctionId id);
  void RetryStarved();

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
  std::vector<Instant> shared_provision_takes_;
  std::unique_ptr<KeepAlivePolicy> policy_;
  std::map<TenantKey, std::deque<InvocationId>> waiting_;
  // Tenants with environments, and in which order they came.
  std::map<TenantKey, uint64_t> tenants_;
  uint64_t clock_ = 0;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_NAIVE_SCHEDULER_H_
