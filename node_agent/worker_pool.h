// Threads that carry out tasks, and queues that keep the tasks of one subject in order on them.

#ifndef FLOE_NODE_AGENT_WORKER_POOL_H_
#define FLOE_NODE_AGENT_WORKER_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace floe::node_agent {

using Task = std::function<void()>;

// Thread-safe. Tasks start in the order of Post.
class WorkerPool {
 public:
  // REQUIRES: threads >= 1.
  explicit WorkerPool(int threads);
  // Runs what was posted, then returns.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Post(Task task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // Guarded by mutex_. One entry per SerialQueue at most.
  bool stopping_ = false;   // Guarded by mutex_.
  std::vector<std::thread> threads_;
};

// Runs its tasks one at a time in the order they came, each on the pool it was posted for. A task
// that can be done at once may instead run on the caller's thread, when nothing is before it.
//
// A posted task keeps the queue alive: it holds whatever owns the queue. Thread-safe.
class SerialQueue {
 public:
  // Tasks that wait. A peer that orders more than this for one subject does not wait for answers.
  static constexpr int kTasksMax = 256;

  // False when kTasksMax tasks wait.
  bool Post(WorkerPool* pool, Task task);
  // As Post, without the limit: for the last task of a subject.
  void PostAlways(WorkerPool* pool, Task task);

  // Takes the turn if nobody has it and nothing waits. True: the caller runs its task, then calls
  // Leave.
  bool TryEnter();
  void Leave();

 private:
  struct Entry {
    WorkerPool* pool = nullptr;
    Task task;
  };

  void PushAndStart(std::unique_lock<std::mutex> lock, Entry entry);
  void RunNext();

  std::mutex mutex_;
  std::deque<Entry> entries_;  // Guarded by mutex_.
  bool is_taken_ = false;      // Guarded by mutex_. Somebody runs a task, or is about to.
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_WORKER_POOL_H_
