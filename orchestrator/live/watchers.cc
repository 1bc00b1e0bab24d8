#include "orchestrator/live/watchers.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace floe::live {

absl::StatusOr<uint64_t> Watchers::Add(std::function<void(const WatchEvent&)> on_event) {
  auto watcher = std::make_shared<Watcher>();
  watcher->on_event = std::move(on_event);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (static_cast<int64_t>(watchers_.size()) >= watchers_max_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("watch events: there are ", watchers_max_, " watchers, which is the limit"));
  }
  watcher->watch = ++last_watch_;
  watchers_.push_back(std::move(watcher));
  any_.store(true, std::memory_order_relaxed);
  return last_watch_;
}

void Watchers::Remove(uint64_t watch) {
  std::shared_ptr<Watcher> removed;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(watchers_.begin(), watchers_.end(),
                                    [&](const auto& watcher) { return watcher->watch == watch; });
    if (found == watchers_.end()) return;
    removed = std::move(*found);
    watchers_.erase(found);
    any_.store(!watchers_.empty(), std::memory_order_relaxed);
  }
  removed->gate.Close();
}

void Watchers::Tell(const WatchEvent& event) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    watchers = watchers_;
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) {
    if (!watcher->gate.Enter()) continue;
    watcher->on_event(event);
    watcher->gate.Leave();
  }
}

}  // namespace floe::live
