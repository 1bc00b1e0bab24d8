// The mailbox of the engine thread: many threads put events in, one takes them out in order.
//
// Bounds. Arrivals are refused beyond `arrivals_max`. Reports are never dropped: a thread that
// brings one waits while `reports_max` items other than arrivals are queued, so that a node that
// reports faster than the engine can follow is slowed down by its own stream; an honest one has at
// most a handful under way for each of its environments. Orders (functions and nodes that come and
// go) are few and never wait, because they are given with locks held.
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
};

class Inbox {
 public:
  explicit Inbox(const InboxOptions& options) : options_(options) {}

  // False: full or closed, and nothing was put in.
  bool PutArrival(InvocationArrived arrival);
  // Waits while full, except on the thread that takes. Without effect once closed.
  void PutReport(InboxItem item);
  // Without effect once closed.
  void PutOrder(InboxItem item);
  bool closed() const;

  enum class Outcome { kItem, kDeadline, kClosed };
  // Waits for an item or `deadline`, whichever is first. One thread only, always the same.
  Outcome Take(Instant deadline, InboxItem& item);

  // From here on Take says kClosed and every waiting thread goes on.
  void Close();

 private:
  // REQUIRES: `lock` holds mutex_. Releases it.
  void Append(InboxItem item, std::unique_lock<std::mutex> lock);

  const InboxOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  // All guarded by mutex_.
  std::vector<InboxItem> queue_;
  size_t arrivals_ = 0;
  size_t waiting_to_put_ = 0;
  bool taker_waits_ = false;
  bool closed_ = false;
  std::thread::id taker_;
  // Of the taking thread alone: what it took at once, served one by one.
  std::vector<InboxItem> batch_;
  size_t next_ = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_INBOX_H_
