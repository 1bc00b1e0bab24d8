// Lets one thread call something that any other thread may take away.
//
// Enter and Leave surround each call; Close returns only when no call is under way, and none begins
// afterwards. Close from inside a call does not wait for that call. Thread-safe; at most one thread
// is inside at a time.

#ifndef FLOE_ORCHESTRATOR_LIVE_CALL_GATE_H_
#define FLOE_ORCHESTRATOR_LIVE_CALL_GATE_H_

#include <condition_variable>
#include <mutex>
#include <thread>

namespace floe::live {

class CallGate {
 public:
  // False when closed: the call must not be made.
  bool Enter() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return false;
    inside_ = true;
    caller_ = std::this_thread::get_id();
    return true;
  }

  void Leave() {
    bool wake = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      inside_ = false;
      wake = closed_;
    }
    // The closer owns whatever holds this gate through a shared pointer, so it is still there.
    if (wake) left_.notify_all();
  }

  void Close() {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_ = true;
    if (inside_ && caller_ == std::this_thread::get_id()) return;
    left_.wait(lock, [this] { return !inside_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  // Guarded by mutex_.
  bool closed_ = false;
  bool inside_ = false;
  std::thread::id caller_;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_CALL_GATE_H_
