// A ContainerObserver that remembers, and lets a test wait for what it expects.

#ifndef FLOE_TESTS_NODE_AGENT_TESTING_RECORDING_OBSERVER_H_
#define FLOE_TESTS_NODE_AGENT_TESTING_RECORDING_OBSERVER_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node_agent/container/container_runtime.h"

namespace floe::node_agent {

// Thread-safe.
class RecordingObserver final : public ContainerObserver {
 public:
  struct Exit {
    uint64_t run = 0;
    ProcessExit exit;
  };

  void OnExit(uint64_t run, ProcessExit exit) override {
    const std::lock_guard lock(mutex_);
    exits_.push_back({.run = run, .exit = exit});
    changed_.notify_all();
  }
  void OnOutput(absl::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    output_.append(bytes.data(), bytes.size());
    changed_.notify_all();
  }

  std::string output() const {
    const std::lock_guard lock(mutex_);
    return output_;
  }
  std::vector<Exit> exits() const {
    const std::lock_guard lock(mutex_);
    return exits_;
  }
  // The end of `run`; nothing when it has not come within 30 s.
  std::optional<ProcessExit> WaitForExit(uint64_t run) const {
    std::optional<ProcessExit> found;
    WaitUntil([&] {
      for (const Exit& exit : exits_) {
        if (exit.run == run) found = exit.exit;
      }
      return found.has_value();
    });
    return found;
  }
  // Whether the output came to contain `text` within 30 s.
  bool WaitForOutput(const std::string& text) const {
    return WaitUntil([&] { return output_.find(text) != std::string::npos; });
  }

 private:
  bool WaitUntil(const std::function<bool()>& condition) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, std::chrono::steady_clock::now() + std::chrono::seconds(30),
                               condition);
  }

  mutable std::mutex mutex_;  // Guards what follows.
  mutable std::condition_variable changed_;
  std::string output_;
  std::vector<Exit> exits_;
};

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_TESTING_RECORDING_OBSERVER_H_
