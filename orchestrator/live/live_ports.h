// The engine's three borders made real: events from the inbox, actions to nodes and callers, and
// the journal. All of it belongs to the thread that has the inbox's turn.

#ifndef FLOE_ORCHESTRATOR_LIVE_LIVE_PORTS_H_
#define FLOE_ORCHESTRATOR_LIVE_LIVE_PORTS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/live/environment_mirror.h"
#include "orchestrator/live/in_flight_table.h"
#include "orchestrator/live/inbox.h"
#include "orchestrator/live/watchers.h"

namespace floe::live {

// Counts since the start, written with the engine's turn and, where said, by reporting threads.
struct Counters {
  std::atomic<uint64_t> arrivals = 0;
  std::atomic<uint64_t> cold_starts = 0;
  std::atomic<uint64_t> function_errors = 0;  // Also by reporting threads.
  std::array<std::atomic<uint64_t>, kThrottleReasonCount> throttles = {};
  std::atomic<uint64_t> stale_events = 0;
  std::atomic<int64_t> claimed_concurrency = 0;
};

class LivePorts final : public EventSource, public ActionSink, public Recorder {
 public:
  // All outlive the ports. `journal` may be null.
  struct Parts {
    Inbox* inbox = nullptr;
    InFlightTable* in_flight = nullptr;
    EnvironmentMirror* environments = nullptr;
    Watchers* watchers = nullptr;
    Counters* counters = nullptr;
    const Scheduler* scheduler = nullptr;
    JournalWriter* journal = nullptr;
    std::string region;
  };

  explicit LivePorts(Parts parts) : parts_(std::move(parts)) {}

  std::optional<TimedEvent> Next(Instant deadline) override;
  void Record(const TimedEvent& event, const Actions& actions) override;
  void Execute(Instant now, const Action& action) override;

 private:
  // The time of this turn.
  Instant Now();
  // Takes note of what the live side must know of the item. False: it comes from a node that does
  // not hold the environment, and the core is not told.
  bool Admit(InboxItem& item, Instant now);
  void Note(const Event& event, Instant now);
  void FlushJournalIfDue(Instant now);

  void Do(const AssignInvocation& action, Instant now);
  void Do(const FreezeEnvironment& action, Instant now);
  void Do(const StartEnvironment& action, Instant now);
  void Do(const ResetEnvironment& action, Instant now);
  void Do(const StopEnvironment& action, Instant now);
  void Do(const ThrottleInvocation& action, Instant now);
  void Do(const FailInvocation& action, Instant now);

  void Send(NodeId node, v1::SessionResponse command);
  // One line to the watchers about an environment, or about anything.
  void Tell(const EnvironmentInfo& environment, std::string_view what);
  void Tell(std::string text);

  const Parts parts_;
  Instant now_;
  // What the events taken so far have deployed and admitted, by number.
  std::vector<DeployedFunctionPtr> functions_;
  std::vector<std::shared_ptr<Node>> nodes_;
  // Of the event of this turn: what it says to the caller, and the environment it is about.
  std::unique_ptr<FailureDetails> details_;
  EnvironmentMirror::Info reported_;
  // Set while the event of this turn is an arrival: environments started now are started for it.
  InvocationId arriving_;
  Instant journal_flushed_at_;
  bool journal_dirty_ = false;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_LIVE_PORTS_H_
