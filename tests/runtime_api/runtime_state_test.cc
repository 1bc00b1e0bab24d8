#include "runtime_api/runtime_state.h"

#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace floe::runtime_api {
namespace {

using State = RuntimeState;
using Step = RuntimeStep;

constexpr std::array<State, kRuntimeStateCount> kStates = {
    State::kStarted,      State::kInitError,          State::kReady,
    State::kRunning,      State::kInvocationResponse, State::kInvocationErrorResponse,
    State::kResponseSent,
};
constexpr std::array<Step, kRuntimeStepCount> kSteps = {
    Step::kNext, Step::kInitError, Step::kDelivery, Step::kResponse, Step::kError, Step::kBodyRead,
};

struct Allowed {
  State from;
  Step step;
  State to;
};

TEST(RuntimeStateTest, AllowsExactlyTheseSteps) {
  constexpr std::array<Allowed, 10> kAllowed = {{
      {State::kStarted, Step::kNext, State::kReady},
      {State::kStarted, Step::kInitError, State::kInitError},
      {State::kReady, Step::kNext, State::kReady},
      {State::kReady, Step::kDelivery, State::kRunning},
      {State::kRunning, Step::kNext, State::kRunning},
      {State::kRunning, Step::kResponse, State::kInvocationResponse},
      {State::kRunning, Step::kError, State::kInvocationErrorResponse},
      {State::kInvocationResponse, Step::kBodyRead, State::kResponseSent},
      {State::kInvocationErrorResponse, Step::kBodyRead, State::kResponseSent},
      {State::kResponseSent, Step::kNext, State::kReady},
  }};
  for (const State from : kStates) {
    for (const Step step : kSteps) {
      std::optional<State> expected;
      for (const Allowed& allowed : kAllowed) {
        if (allowed.from == from && allowed.step == step) expected = allowed.to;
      }
      EXPECT_EQ(StateAfter(from, step), expected)
          << StateName(from) << " step " << static_cast<int>(step);
    }
  }
}

TEST(RuntimeStateTest, NamesEveryState) {
  std::set<std::string> names;
  for (const State state : kStates) names.emplace(StateName(state));
  EXPECT_EQ(names,
            (std::set<std::string>{"Started", "InitError", "Ready", "Running", "InvocationResponse",
                                   "InvocationErrorResponse", "RuntimeResponseSentState"}));
}

TEST(RuntimeStateTest, SaysWhichStateARefusedCallAskedFor) {
  EXPECT_EQ(RefusalText(State::kResponseSent, Step::kResponse),
            "State transition from RuntimeResponseSentState to InvocationResponse failed for "
            "runtime. Error: State transition is not allowed");
  EXPECT_EQ(RefusalText(State::kResponseSent, Step::kError),
            "State transition from RuntimeResponseSentState to InvocationErrorResponse failed for "
            "runtime. Error: State transition is not allowed");
  EXPECT_EQ(RefusalText(State::kReady, Step::kInitError),
            "State transition from Ready to InitError failed for runtime. Error: State transition "
            "is not allowed");
  EXPECT_EQ(RefusalText(State::kInitError, Step::kNext),
            "State transition from InitError to Ready failed for runtime. Error: State transition "
            "is not allowed");
}

}  // namespace
}  // namespace floe::runtime_api
