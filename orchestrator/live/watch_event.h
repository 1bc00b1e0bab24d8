// One change, as shown to whoever watches.

#ifndef FLOE_ORCHESTRATOR_LIVE_WATCH_EVENT_H_
#define FLOE_ORCHESTRATOR_LIVE_WATCH_EVENT_H_

#include <string>

#include "absl/time/time.h"
#include "orchestrator/core/scheduler.h"

namespace floe::live {

struct WatchEvent {
  absl::Time at;
  std::string text;  // One line in words.
  EnvironmentCounts environments;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_WATCH_EVENT_H_
