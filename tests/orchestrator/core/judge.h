// Feeds the same events to the scheduler and to the naive one, and compares everything that can be
// seen.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_JUDGE_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_JUDGE_H_

#include <string>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "tests/orchestrator/core/naive_scheduler.h"

namespace floe {

class Judge {
 public:
  explicit Judge(const SchedulerOptions& options) : scheduler_(options), naive_(options) {}

  // Empty when both did the same, else what differs. Checks the scheduler's invariants too.
  std::string Step(Instant now, const Event& event);

  const Scheduler& scheduler() const { return scheduler_; }
  const NaiveScheduler& naive() const { return naive_; }
  // What the last step caused.
  const Actions& actions() const { return actions_; }

 private:
  Scheduler scheduler_;
  NaiveScheduler naive_;
  Actions actions_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_JUDGE_H_
