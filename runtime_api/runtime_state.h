// The states of a runtime as the Runtime API sees it, and which call is allowed in which. Pure.
//
//   Started --next--> Ready --delivery--> Running --response--> InvocationResponse
//      |                ^                   |                          | body read
//      | init/error     |                   +--error--> InvocationErrorResponse
//      v                |                                              | body read
//   InitError           +------------next------------ RuntimeResponseSentState

#ifndef FLOE_RUNTIME_API_RUNTIME_STATE_H_
#define FLOE_RUNTIME_API_RUNTIME_STATE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace floe::runtime_api {

enum class RuntimeState {
  kStarted,                  // Nothing has been asked yet.
  kInitError,                // Initialisation has been reported as failed. No way out.
  kReady,                    // Idle: waits, or may wait, for an invocation.
  kRunning,                  // Has been handed an invocation.
  kInvocationResponse,       // A response is being read.
  kInvocationErrorResponse,  // An error is being read.
  kResponseSent,             // The invocation is answered; next ends it.
};
inline constexpr int kRuntimeStateCount = 7;

enum class RuntimeStep {
  kNext,       // GET .../invocation/next
  kInitError,  // POST .../init/error
  kDelivery,   // An invocation goes out as the answer to a next.
  kResponse,   // POST .../response
  kError,      // POST .../error
  kBodyRead,   // All of a response or error has come.
};
inline constexpr int kRuntimeStepCount = 6;

// The state after `step`, or none when `state` does not allow it.
std::optional<RuntimeState> StateAfter(RuntimeState state, RuntimeStep step);

// As the Runtime API prints it: "Started", "RuntimeResponseSentState" and so on.
absl::string_view StateName(RuntimeState state);

// What a client is told whose call is not allowed.
// REQUIRES: `step` is a call of the runtime: kNext, kInitError, kResponse or kError.
std::string RefusalText(RuntimeState state, RuntimeStep step);

}  // namespace floe::runtime_api

#endif  // FLOE_RUNTIME_API_RUNTIME_STATE_H_
