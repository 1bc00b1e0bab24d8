// The mailbox of the engine: many threads put events in, and one at a time takes them out in order.
//
// The thread that takes them out has the turn. Whoever has put an event in visits: it takes the
// turn if nobody has it, so that an event is worked off without waking another thread. If somebody
// has it, that thread finds the event before it gives the turn back. One thread, the resident, sees
// to everything else: orders, deadlines, and what visitors leave behind.
//
// Bounds. Arrivals are refused beyond `arrivals_max`. Reports are never dropped: a thread that
// brings one waits while `reports_max` items other than arrivals are queued, so that a node that
// reports faster than the engine can follow is slowed down by its own stream; an honest one has at
// most a handful under way for each of its environments. Orders (functions and nodes that come and
// go) are few and never wait, because they are given with locks held. A visit is over after
// `items_per_visit`, so that nobody works for the others for long.
//
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_LIVE_INBOX_H_
#define FLOE_ORCHESTRATOR_LIVE_INBOX_H_

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/live/deployed_function.h"
#include "orchestrator/live/node.h"
#include "orchestrator/live/pending_invocation.h"

namespace floe::live {

// What travels beside an event, for the live side only.
using Attachment = std::variant<std::monostate, DeployedFunctionPtr, std::shared_ptr<Node>,
                                std::unique_ptr<FailureDetails>>;

struct InboxItem {
  Event event;
  Attachment attachment;
  // Of reports: the node that brings it.
  NodeId node;
};

struct InboxOptions {
  size_t arrivals_max = 100'000;
  size_t reports_max = 65'536;
  size_t items_per_visit = 64;
};

class Inbox {
 public:
  explicit Inbox(const InboxOptions& options) : options_(options) {}

  // False: full or closed, and nothing was put in. Who put something in calls BeginVisit, as soon
  // as it holds no lock.
  bool PutArrival(InvocationArrived arrival);
  // As PutArrival. Waits while full, except on the thread that has the turn. Without effect once
  // closed.
  void PutReport(InboxItem item);
  // For the resident: needs no visit. Without effect once closed.
  void PutOrder(InboxItem item);
  bool closed() const;

  // True: the caller has the turn and calls Take until it is over.
  bool BeginVisit();
  // The resident, always the same thread, waits for a turn. False: closed.
  bool AwaitTurn();

  enum class Outcome { kItem, kDeadline, kTurnOver };
  // The next item; without one kDeadline if `deadline` has come; else the turn is over, and the
  // resident gets one at `deadline` at the latest. REQUIRES: the caller has the turn.
  Outcome Take(Instant deadline, InboxItem& item);

  // Every waiting thread goes on, and no turn begins any more. Waits for the end of the present
  // turn. REQUIRES: the caller does not have it.
  void Close();

 private:
  using Lock = std::unique_lock<std::mutex>;

  // All of these REQUIRE mutex_ held.
  void BeginTurn(size_t items_max);
  void EndTurn(Instant resident_due);
  // Has the resident take a turn at `at` at the latest.
  void CallResident(Instant at);
  bool HasItems() const { return next_ < batch_.size() || !queue_.empty(); }

  const InboxOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable resident_called_;
  std::condition_variable not_full_;
  std::condition_variable turn_over_;
  // All guarded by mutex_.
  std::vector<InboxItem> queue_;
  size_t arrivals_ = 0;
  size_t waiting_to_put_ = 0;
  bool closed_ = false;
  bool turn_taken_ = false;
  std::thread::id taker_;  // With turn_taken_.
  Instant resident_due_ = Instant::InfiniteFuture();
  Instant resident_sleeps_until_;  // kAtOnce: it is awake.
  // Of the thread that has the turn: what it took at once, to be served one by one, and how many it
  // may yet serve. Changes hands with mutex_ held.
  std::vector<InboxItem> batch_;
  size_t next_ = 0;
  size_t items_left_ = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_INBOX_H_
