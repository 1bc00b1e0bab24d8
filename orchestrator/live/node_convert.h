// Between the language of node agents and the engine's events and actions: the only place that
// knows both.

#ifndef FLOE_ORCHESTRATOR_LIVE_NODE_CONVERT_H_
#define FLOE_ORCHESTRATOR_LIVE_NODE_CONVERT_H_

#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "google/protobuf/duration.pb.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/live/environment_variables.h"
#include "orchestrator/live/pending_invocation.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::live {

// Negative lengths become zero, lengths beyond a hundred days become a hundred days.
Duration FromProto(const google::protobuf::Duration& duration);
void ToProto(Duration duration, google::protobuf::Duration* proto);

// What the core is told by a report. None: nothing (responses, hellos, heartbeats).
std::optional<Event> ToEvent(const v1::SessionRequest& report);
// The environment that `event` reports on; none for events that no environment reports.
std::optional<EnvironmentId> ReportedEnvironment(const Event& event);
// What a failure report says to the caller. Null for other reports. Moves texts out of `report`.
std::unique_ptr<FailureDetails> TakeFailureDetails(v1::SessionRequest& report);

v1::SessionResponse ToCommand(const StartEnvironment& action, const FunctionSpec& spec,
                              const VariableFacts& facts);
// Moves the payload out of `invocation`: the core assigns an invocation once.
v1::SessionResponse ToCommand(const AssignInvocation& action, Duration time_left,
                              PendingInvocation& invocation);
// `last_invocation`: what the environment was given last.
v1::SessionResponse ToCommand(const FreezeEnvironment& action, InvocationId last_invocation);
v1::SessionResponse ToCommand(const ResetEnvironment& action);
v1::SessionResponse ToCommand(const StopEnvironment& action);

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_NODE_CONVERT_H_
