// A scheduler with one big node and short ways to talk to it.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_SCHEDULER_FIXTURE_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_SCHEDULER_FIXTURE_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <variant>

#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/core/scheduler_options.h"
#include "tests/orchestrator/core/print.h"

namespace floe {

inline constexpr FunctionId kThumbnailer{0};
inline constexpr FunctionId kMailer{1};
inline constexpr NodeId kNode{0};

inline Instant At(Duration since_start) {
  return Instant() + since_start;
}

class SchedulerTest : public testing::Test {
 protected:
  explicit SchedulerTest(const SchedulerOptions& options = {}) : scheduler_(options) {}

  // Starts again from nothing with these options and one node of 1 TiB.
  void Use(const SchedulerOptions& options) {
    scheduler_ = Scheduler(options);
    now_ = Instant();
    Step(NodeJoined{kNode, 1 << 20});
  }

  // What the event causes at the time reached so far.
  Actions Step(const Event& event) {
    Actions actions;
    scheduler_.Step(now_, event, actions);
    scheduler_.CheckInvariants();
    return actions;
  }
  Actions StepAt(Duration since_start, const Event& event) {
    now_ = At(since_start);
    return Step(event);
  }
  // The one action of this type among what the event causes.
  template <typename ActionType>
  ActionType Only(const Actions& actions) {
    EXPECT_EQ(actions.size(), 1u) << testing::PrintToString(actions);
    if (actions.empty() || !std::holds_alternative<ActionType>(actions[0])) {
      ADD_FAILURE() << "another action: " << testing::PrintToString(actions);
      return ActionType{};
    }
    return std::get<ActionType>(actions[0]);
  }

  void Deploy(FunctionId function, const FunctionConfig& config = {}) {
    Step(FunctionDeployed{function, config});
  }
  // An environment that was started for the invocation; its container is being made.
  EnvironmentId Start(InvocationId invocation, FunctionId function = kThumbnailer) {
    return Only<StartEnvironment>(Step(InvocationArrived{invocation, function})).environment;
  }
  // The same, in its init phase.
  EnvironmentId StartInit(InvocationId invocation, FunctionId function = kThumbnailer) {
    const EnvironmentId environment = Start(invocation, function);
    EXPECT_THAT(Step(EnvironmentStarted{environment}), testing::IsEmpty());
    return environment;
  }
  // The same, running the invocation.
  EnvironmentId StartBusy(InvocationId invocation, FunctionId function = kThumbnailer) {
    const EnvironmentId environment = StartInit(invocation, function);
    Only<AssignInvocation>(Step(EnvironmentReady{environment}));
    return environment;
  }
  // The same, frozen after the invocation.
  EnvironmentId StartIdle(InvocationId invocation, FunctionId function = kThumbnailer) {
    const EnvironmentId environment = StartBusy(invocation, function);
    Only<FreezeEnvironment>(Step(InvocationFinished{environment, invocation}));
    return environment;
  }

  Scheduler scheduler_;
  Instant now_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_SCHEDULER_FIXTURE_H_
