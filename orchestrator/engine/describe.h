// Events and actions in words, one line each, for people.

#ifndef FLOE_ORCHESTRATOR_ENGINE_DESCRIBE_H_
#define FLOE_ORCHESTRATOR_ENGINE_DESCRIBE_H_

#include <string>
#include <string_view>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"

namespace floe {

// "invocation 7 of function 2 arrived".
std::string DescribeEvent(const Event& event);
// "start environment 3.1 of function 2 on node 0".
std::string DescribeAction(const Action& action);
// Row and generation: "3.1".
std::string DescribeEnvironment(EnvironmentId environment);
// Seconds with as many decimals as needed: "12.5 s"; "never" for infinity.
std::string DescribeDuration(Duration duration);
std::string DescribeInstant(Instant instant);

// Lower case words: "account concurrency", "timed out", "idle too long".
std::string_view ThrottleReasonName(ThrottleReason reason);
std::string_view FailureCauseName(FailureCause cause);
std::string_view StopReasonName(StopReason reason);
std::string_view StartPurposeName(StartPurpose purpose);

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_DESCRIBE_H_
