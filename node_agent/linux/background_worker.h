// A thread that does, in order, what need not be waited for.

#ifndef FLOE_NODE_AGENT_LINUX_BACKGROUND_WORKER_H_
#define FLOE_NODE_AGENT_LINUX_BACKGROUND_WORKER_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace floe::node_agent {

inline constexpr size_t kBackgroundTasksMax = 4'096;

// Thread-safe.
class BackgroundWorker {
 public:
  BackgroundWorker();
  // Finishes everything first.
  ~BackgroundWorker();
  BackgroundWorker(const BackgroundWorker&) = delete;
  BackgroundWorker& operator=(const BackgroundWorker&) = delete;

  // Runs `task` later; at once and on the caller's thread when kBackgroundTasksMax are waiting.
  void Do(std::function<void()> task);

 private:
  void Run();

  std::mutex mutex_;  // Guards tasks_ and stopping_.
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_BACKGROUND_WORKER_H_
