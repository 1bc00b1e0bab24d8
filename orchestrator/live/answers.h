// How an invocation ends for its caller: the one place that turns reports and failures into
// results.

#ifndef FLOE_ORCHESTRATOR_LIVE_ANSWERS_H_
#define FLOE_ORCHESTRATOR_LIVE_ANSWERS_H_

#include <string>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/live/invocation.h"
#include "orchestrator/live/pending_invocation.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::live {

// The runtime answered. Moves the payload out of `report`.
InvokeResult AnswerResponded(const PendingInvocation& invocation,
                             v1::InvocationRespondedReport& report);

// The invocation failed for `cause`. `details`: what the report that caused it says; may be null.
InvokeResult AnswerFailed(const PendingInvocation& invocation, FailureCause cause,
                          const FailureDetails* details, Instant now);

InvokeResult AnswerThrottled(const PendingInvocation& invocation, ThrottleReason reason);

// Floe itself could not run it.
InvokeResult AnswerServiceError(const PendingInvocation& invocation, std::string message);

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_ANSWERS_H_
