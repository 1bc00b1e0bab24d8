#include "node_agent/worker_pool.h"

#include <utility>

namespace floe::node_agent {

WorkerPool::WorkerPool(int threads) {
  threads_.reserve(threads);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Post(Task task) {
  std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  // Under the lock: once it is free, the task may run and let the pool be destroyed.
  changed_.notify_one();
}

void WorkerPool::Run() {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

bool SerialQueue::Post(WorkerPool* pool, Task task) {
  std::unique_lock lock(mutex_);
  if (entries_.size() >= kTasksMax) return false;
  PushAndStart(std::move(lock), {pool, std::move(task)});
  return true;
}

void SerialQueue::PostAlways(WorkerPool* pool, Task task) {
  PushAndStart(std::unique_lock(mutex_), {pool, std::move(task)});
}

void SerialQueue::PushAndStart(std::unique_lock<std::mutex> lock, Entry entry) {
  WorkerPool* pool = entry.pool;
  entries_.push_back(std::move(entry));
  if (is_taken_) return;
  is_taken_ = true;
  // The pool calls back only after this entry's task, which keeps the queue alive, is in the queue.
  lock.unlock();
  pool->Post([this] { RunNext(); });
}

bool SerialQueue::TryEnter() {
  std::lock_guard lock(mutex_);
  if (is_taken_) return false;
  is_taken_ = true;
  return true;
}

void SerialQueue::Leave() {
  WorkerPool* next = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (entries_.empty()) {
      is_taken_ = false;
      return;
    }
    next = entries_.front().pool;
  }
  next->Post([this] { RunNext(); });
}

void SerialQueue::RunNext() {
  Entry entry;
  {
    std::lock_guard lock(mutex_);
    entry = std::move(entries_.front());
    entries_.pop_front();
  }
  entry.task();
  Leave();
  // `entry` goes last: the task may hold the last reference to whatever owns this queue.
}

}  // namespace floe::node_agent
