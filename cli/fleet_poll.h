// Looks at a daemon's fleet at a steady rate, on a thread of its own, and shows it.

#ifndef FLOE_CLI_FLEET_POLL_H_
#define FLOE_CLI_FLEET_POLL_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "cli/live_view.h"
#include "orchestrator/core/scheduler.h"

namespace floe::cli {

// The counts now. UNAVAILABLE when no daemon answers at `control_address`.
absl::StatusOr<EnvironmentCounts> PollFleet(const std::string& control_address);

class FleetWatcher {
 public:
  // Starts showing at once; `out` outlives the watcher.
  FleetWatcher(std::string control_address, ViewStyle style, std::ostream& out);
  // Shows the last state and stops.
  ~FleetWatcher();
  FleetWatcher(const FleetWatcher&) = delete;
  FleetWatcher& operator=(const FleetWatcher&) = delete;

 private:
  void Run();
  // Waits for the next look, or less when the watcher is to stop.
  void Pause() const;

  const std::string control_address_;
  const ViewStyle style_;
  LiveView view_;  // Owned by thread_ once that runs.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace floe::cli

#endif  // FLOE_CLI_FLEET_POLL_H_
