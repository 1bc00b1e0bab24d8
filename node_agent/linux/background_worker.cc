#include "node_agent/linux/background_worker.h"

#include <utility>

namespace floe::node_agent {

BackgroundWorker::BackgroundWorker() : thread_([this] { Run(); }) {}

BackgroundWorker::~BackgroundWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BackgroundWorker::Do(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() < kBackgroundTasksMax) {
      tasks_.push_back(std::move(task));
      changed_.notify_all();
      return;
    }
  }
  task();
}

void BackgroundWorker::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace floe::node_agent
