#include "runtime_api/runtime_state.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace floe::runtime_api {
namespace {

using State = RuntimeState;
using Row = std::array<std::optional<State>, kRuntimeStepCount>;

constexpr std::optional<State> kNo = std::nullopt;

// One row per state, one column per step; everything else is refused.
// clang-format off
constexpr std::array<Row, kRuntimeStateCount> kTable = {{
    //                     next             init/error          delivery         response                     error                             body read
    /* Started         */ {State::kReady,   State::kInitError,  kNo,             kNo,                         kNo,                              kNo},
    /* InitError       */ {kNo,             kNo,                kNo,             kNo,                         kNo,                              kNo},
    /* Ready           */ {State::kReady,   kNo,                State::kRunning, kNo,                         kNo,                              kNo},
    /* Running         */ {State::kRunning, kNo,                kNo,             State::kInvocationResponse,  State::kInvocationErrorResponse,  kNo},
    /* Response        */ {kNo,             kNo,                kNo,             kNo,                         kNo,                              State::kResponseSent},
    /* ErrorResponse   */ {kNo,             kNo,                kNo,             kNo,                         kNo,                              State::kResponseSent},
    /* ResponseSent    */ {State::kReady,   kNo,                kNo,             kNo,                         kNo,                              kNo},
}};
// clang-format on

constexpr std::optional<State> At(State state, RuntimeStep step) {
  return kTable[static_cast<size_t>(state)][static_cast<size_t>(step)];
}

constexpr bool HasNoWayOut(State state) {
  for (const std::optional<State>& next : kTable[static_cast<size_t>(state)]) {
    if (next.has_value()) return false;
  }
  return true;
}

static_assert(HasNoWayOut(State::kInitError));
static_assert(At(State::kRunning, RuntimeStep::kNext) == State::kRunning);
static_assert(!At(State::kResponseSent, RuntimeStep::kResponse).has_value());

// The state that a call of the runtime asks for.
State Goal(RuntimeStep step) {
  switch (step) {
    case RuntimeStep::kNext:
      return State::kReady;
    case RuntimeStep::kInitError:
      return State::kInitError;
    case RuntimeStep::kDelivery:
      return State::kRunning;
    case RuntimeStep::kResponse:
      return State::kInvocationResponse;
    case RuntimeStep::kError:
      return State::kInvocationErrorResponse;
    case RuntimeStep::kBodyRead:
      return State::kResponseSent;
  }
  return State::kReady;
}

}  // namespace

std::optional<RuntimeState> StateAfter(RuntimeState state, RuntimeStep step) {
  return At(state, step);
}

absl::string_view StateName(RuntimeState state) {
  switch (state) {
    case State::kStarted:
      return "Started";
    case State::kInitError:
      return "InitError";
    case State::kReady:
      return "Ready";
    case State::kRunning:
      return "Running";
    case State::kInvocationResponse:
      return "InvocationResponse";
    case State::kInvocationErrorResponse:
      return "InvocationErrorResponse";
    case State::kResponseSent:
      return "RuntimeResponseSentState";
  }
  return "";
}

std::string RefusalText(RuntimeState state, RuntimeStep step) {
  return absl::StrCat("State transition from ", StateName(state), " to ", StateName(Goal(step)),
                      " failed for runtime. Error: State transition is not allowed");
}

}  // namespace floe::runtime_api
