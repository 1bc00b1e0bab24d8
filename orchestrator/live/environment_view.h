// An environment as shown to people.

#ifndef FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VIEW_H_
#define FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VIEW_H_

#include <string>

#include "base/time.h"
#include "orchestrator/core/ids.h"

namespace floe::live {

enum class EnvironmentPhase { kStarting, kInitializing, kBusy, kIdle, kReset, kStopping };

struct EnvironmentView {
  EnvironmentId id;
  std::string function_name;
  std::string node_name;
  EnvironmentPhase phase = EnvironmentPhase::kStarting;
  Duration in_phase;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VIEW_H_
