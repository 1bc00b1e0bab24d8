// One revision of a deployed function, shared and never changed, and what all its revisions share.

#ifndef FLOE_ORCHESTRATOR_LIVE_DEPLOYED_FUNCTION_H_
#define FLOE_ORCHESTRATOR_LIVE_DEPLOYED_FUNCTION_H_

#include <memory>
#include <string>

#include "orchestrator/core/scheduler.h"
#include "orchestrator/live/function_spec.h"

namespace floe::live {

// The function from its creation to its removal. A later function of the same name or number has
// another one, so environments that outlive their function are not counted to its successor.
struct FunctionLife {
  FunctionId id;
  std::string name;
  // Guarded by the mutex of the EnvironmentMirror, its only user.
  EnvironmentCounts counts;
};

struct DeployedFunction {
  FunctionRecord record;
  std::string arn;  // Unqualified.
  std::shared_ptr<FunctionLife> life;
};

using DeployedFunctionPtr = std::shared_ptr<const DeployedFunction>;

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_DEPLOYED_FUNCTION_H_
