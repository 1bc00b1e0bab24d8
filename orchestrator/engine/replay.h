// Feeds a journal's events to a new scheduler and compares what it orders with what was recorded.

#ifndef FLOE_ORCHESTRATOR_ENGINE_REPLAY_H_
#define FLOE_ORCHESTRATOR_ENGINE_REPLAY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/engine/journal.h"

namespace floe {

struct ReplayOutcome {
  // Steps replayed, the differing one included.
  uint64_t records = 0;
  // Of the first and the last step.
  Instant first;
  Instant last;
  // In several lines of text: the record, its time and event, the first action that differs as
  // recorded and as decided now. None: every action is the same.
  std::optional<std::string> difference;
  // Bytes of an incomplete last record, which were left out.
  uint64_t torn_bytes = 0;
};

// Stops at the first differing action. `observe`, if not null, sees every record before it is
// replayed. `policy`, if not null, is one like the recorded run's own, and new. Errors are the
// reader's.
absl::StatusOr<ReplayOutcome> Replay(JournalReader& reader,
                                     const std::function<void(const JournalRecord&)>& observe,
                                     KeepAlivePolicy* policy = nullptr);

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_REPLAY_H_
