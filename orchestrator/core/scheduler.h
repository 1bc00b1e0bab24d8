// The scheduler: a value that eats events and emits actions.
//
// It reads no clock, does no I/O, holds no lock, and never asks whether it is simulated. The same
// object decides for real containers, for the simulator and for replays of either.
//
//   Scheduler scheduler({.keep_alive = Duration::Minutes(10)});
//   Actions actions;
//   scheduler.Step(now, InvocationArrived{invocation, function}, actions);
//   for (const Action& action : actions) ...
//
// Thread-compatible: one thread at a time.

#ifndef FLOE_ORCHESTRATOR_CORE_SCHEDULER_H_
#define FLOE_ORCHESTRATOR_CORE_SCHEDULER_H_

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/environment_counts.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// Events that did not fit the state they met, by kind; see docs/ARCHITECTURE.md, "late, twice,
// never".
struct StaleEventCounts {
  uint64_t environment_reports = 0;  // Unknown environment, wrong state, or an earlier incarnation.
  uint64_t invocation_reports = 0;   // Not the invocation that the environment runs.
  uint64_t unknown_functions = 0;    // An event names a function or node that is not there.
};

// What a function has of its provisioned concurrency.
struct ProvisionedUse {
  int32_t requested = 0;
  int32_t available = 0;  // Ready to serve or serving.
  int32_t busy = 0;       // Of those: serving.
  friend bool operator==(const ProvisionedUse&, const ProvisionedUse&) = default;
};

class Scheduler {
 public:
  // `policy`, which outlives this, decides in place of options.keep_alive_rule unless it is null.
  explicit Scheduler(const SchedulerOptions& options, KeepAlivePolicy* policy = nullptr);
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;

  // Applies `event` as of `now` and appends, in order, what must be done to `actions`. Deadlines
  // that have come by `now` are applied first, in the order of their times. An event at the very
  // instant of a deadline comes after it: an environment idle for exactly keep_alive is stopped and
  // not reused. REQUIRES: `now` never goes backwards between calls.
  void Step(Instant now, const Event& event, Actions& actions);

  // Hints of events to come, so that what they need is on its way from memory when they do. They
  // change nothing, a wrong one only wastes a little time, and each takes what it can from the one
  // before it without waiting: give them some steps ahead, in this order.
  //
  // An invocation of the function will arrive.
  void PrefetchArrival(FunctionId function) const;
  // It arrives soon. The row of the environment that would serve it now, or 0.
  uint32_t PrefetchReuse(FunctionId function) const;
  // The environment with this row will report. It reports soon.
  void PrefetchReport(uint32_t row) const;
  void PrefetchReportSoon(uint32_t row) const;

  // When Step must next be called with DeadlineReached, or Instant::InfiniteFuture().
  Instant NextDeadline() const;

  const SchedulerOptions& options() const;
  const EnvironmentCounts& counts() const;
  // All zero for a function that was never deployed.
  EnvironmentCounts counts(FunctionId function) const;
  // The concurrency that on-demand invocations of functions without reservation can no longer use:
  // in flight without reservation, plus all reservations, plus provisioned concurrency of functions
  // without reservation. Source: AWS "Monitoring concurrency", ClaimedAccountConcurrency.
  int64_t claimed_concurrency() const;
  // All zero for a function that was never deployed.
  ProvisionedUse provisioned(FunctionId function) const;
  const StaleEventCounts& stale_events() const;
  // Bytes of memory held per row of the environment table, for the documented bound of 128.
  static int64_t BytesPerEnvironment();

  // Aborts when the tables contradict each other. For tests; costs time linear in the environments.
  void CheckInvariants() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// OK when the function may reserve `concurrency_reserved` (>= 0) given what the others hold, else
// how many the account could still reserve. Pure arithmetic, shared by every control surface.
struct ReservationCheck {
  bool allowed = true;
  int64_t reservable = 0;
};
ReservationCheck CheckReservation(const SchedulerOptions& options, int64_t reserved_by_others,
                                  int64_t concurrency_reserved);

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_SCHEDULER_H_
