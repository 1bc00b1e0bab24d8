// One thread that waits for descriptors of many owners (epoll).

#ifndef FLOE_NODE_AGENT_LINUX_EVENT_LOOP_H_
#define FLOE_NODE_AGENT_LINUX_EVENT_LOOP_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// Thread-safe.
class EventLoop {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // On the loop's thread: the descriptor added with `tag` is readable, or was a moment ago.
    virtual void OnReadable(int tag) = 0;
  };
  using OwnerId = uint64_t;
  static constexpr int kTagMax = 3;

  static absl::StatusOr<std::unique_ptr<EventLoop>> Create();
  // REQUIRES: every owner has been removed.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  OwnerId AddOwner(Owner* owner);
  // Afterwards no call to the owner is under way or will come. REQUIRES: not called from
  // OnReadable.
  void RemoveOwner(OwnerId id);

  // Reports `fd` as long as it is readable. `tag` is 0 to kTagMax.
  absl::Status Watch(OwnerId id, int tag, int fd);
  // A call that is under way goes on. OK to repeat; must come before `fd` is closed.
  void Unwatch(int fd);

 private:
  EventLoop(UniqueFd epoll, UniqueFd stop);
  void Run();
  void Dispatch(uint64_t event_word);

  const UniqueFd epoll_;
  const UniqueFd stop_;  // An eventfd, readable when the loop must end.
  std::mutex mutex_;     // Guards what follows.
  std::condition_variable call_over_;
  std::unordered_map<OwnerId, Owner*> owners_;
  OwnerId next_id_ = 1;
  OwnerId calling_ = 0;  // Whose OnReadable runs; 0: nobody's.
  std::thread thread_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_EVENT_LOOP_H_
