// Things that are slow to make, made ahead of need by a thread.

#ifndef FLOE_NODE_AGENT_LINUX_PREPARED_POOL_H_
#define FLOE_NODE_AGENT_LINUX_PREPARED_POOL_H_

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"

namespace floe::node_agent {

// Thread-safe. All things are made on the pool's own thread.
//
//   PreparedPool<NetworkNamespace> pool(32, MakeNetworkNamespace);
//   ASSIGN_OR_RETURN(NetworkNamespace one, pool.Take());
template <typename T>
class PreparedPool {
 public:
  using Make = std::function<absl::StatusOr<T>()>;

  // Keeps between half of `size` and `size` things ready. Making them in batches keeps the making,
  // which takes locks in the kernel, out of the way of most of those who take.
  PreparedPool(int size, Make make) : size_(size), make_(std::move(make)) {
    thread_ = std::thread([this] { Fill(); });
  }
  // REQUIRES: no Take is under way. What is ready is destroyed.
  ~PreparedPool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  PreparedPool(const PreparedPool&) = delete;
  PreparedPool& operator=(const PreparedPool&) = delete;

  // A ready thing, or, when none is ready, the next one made, or why it could not be made.
  absl::StatusOr<T> Take() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !ready_.empty(); });
    --waiting_;
    absl::StatusOr<T> thing = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return thing;
  }

  // Fills the pool up and waits until it is full or making fails.
  void WaitUntilFull() {
    std::unique_lock lock(mutex_);
    filling_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return resting_ || static_cast<int>(ready_.size()) >= size_; });
  }

 private:
  // REQUIRES: the lock is held.
  bool MustMake() {
    const int ready = static_cast<int>(ready_.size());
    if (2 * ready < size_) filling_ = true;
    if (ready >= size_) filling_ = false;
    return ready < waiting_ || (filling_ && !resting_);
  }

  void Fill() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || MustMake(); });
      if (stopping_) return;
      lock.unlock();
      absl::StatusOr<T> thing = make_();
      lock.lock();
      // After an error there is no point in trying again until somebody asks; who asks is told.
      resting_ = !thing.ok();
      if (thing.ok() || waiting_ > static_cast<int>(ready_.size())) {
        ready_.push_back(std::move(thing));
      }
      changed_.notify_all();
    }
  }

  const int size_;
  const Make make_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::deque<absl::StatusOr<T>> ready_;
  int waiting_ = 0;
  bool filling_ = true;   // On the way from half full to full.
  bool resting_ = false;  // Making went wrong; nothing more until somebody asks.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_PREPARED_POOL_H_
