// What gRPC has done, brought to whoever asked for it, if possible on a thread that is awake.
//
// Of a session over the network, one thread waits for what gRPC has done. Of a session inside the
// process there is nothing to wait for: whatever gRPC does, it does while some thread asks it for
// something. So that thread says Poke after asking, and looks for the outcome as soon as it holds
// no lock, at the end of its Shift; then the other end's part runs without waking a thread. For
// threads without a shift the queue's own thread looks.
//
//   Completions completions(std::make_unique<grpc::CompletionQueue>(),
//                           Completions::Origin::kInProcess);
//   {
//     Completions::Shift shift;
//     stream->Write(message, &write_);   // Operation write_ = OperationOf<&Me::OnWritten>(this);
//     completions.Poke();
//   }                                    // Here OnWritten runs, and the reader's OnRead.
//
// Thread-safe.

#ifndef FLOE_PROTO_SESSION_COMPLETIONS_H_
#define FLOE_PROTO_SESSION_COMPLETIONS_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "grpcpp/completion_queue.h"

namespace floe::session {

// Something that gRPC is asked to do; its address is the tag. May be gone before `on_done` returns.
struct Operation {
  void* owner = nullptr;
  void (*on_done)(void* owner, bool ok) = nullptr;
};

// Calls `Method` of `owner`.
template <auto Method, typename Owner>
Operation OperationOf(Owner* owner) {
  return {owner, [](void* who, bool ok) { (static_cast<Owner*>(who)->*Method)(ok); }};
}

class Completions : public std::enable_shared_from_this<Completions> {
 public:
  enum class Origin { kNetwork, kInProcess };

  // Outcomes handled at the end of one shift at most; the rest is left to the queue's thread.
  static constexpr int kOutcomesPerShift = 64;

  // Held by a thread whose calls may lead to Poke: the outcomes are handled at its end, with no
  // lock held. Shifts inside of shifts do nothing. Whoever holds one must not block.
  class Shift {
   public:
    Shift();
    ~Shift();
    Shift(const Shift&) = delete;
    Shift& operator=(const Shift&) = delete;

   private:
    friend class Completions;
    std::vector<std::shared_ptr<Completions>> poked_;  // Each once.
    int outcomes_left_ = kOutcomesPerShift;
  };

  // Owned by shared_ptr. Every tag of `queue` is an Operation.
  Completions(std::unique_ptr<grpc::CompletionQueue> queue, Origin origin);
  // After ShutDown.
  ~Completions();
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;

  grpc::CompletionQueue* queue() { return queue_.get(); }

  // gRPC has been asked for something on the queue, or to cancel it. Any locks may be held.
  void Poke();
  // From here on the queue's thread waits for what gRPC does unasked, such as cancelling calls when
  // their server shuts down.
  void AwaitUnasked();
  // Returns when everything that was asked for has been handled. REQUIRES: gRPC is asked for
  // nothing more on the queue. May be repeated.
  void ShutDown();

 private:
  void Run();
  // Handles what is done already, up to `outcomes_left`, which it counts down.
  void HandleDone(int& outcomes_left);
  // Has the queue's thread look.
  void Call();

  const std::unique_ptr<grpc::CompletionQueue> queue_;
  const Origin origin_;

  std::mutex mutex_;
  std::condition_variable called_;
  bool is_called_ = false;       // Guarded by mutex_.
  bool awaits_unasked_ = false;  // Guarded by mutex_.

  std::mutex shut_down_mutex_;
  bool is_shut_down_ = false;  // Guarded by shut_down_mutex_.
  std::thread thread_;
};

}  // namespace floe::session

#endif  // FLOE_PROTO_SESSION_COMPLETIONS_H_
