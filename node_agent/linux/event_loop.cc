#include "node_agent/linux/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"

namespace floe::node_agent {
namespace {

constexpr int kEventsPerWait = 64;
constexpr uint64_t kStopWord = 0;  // Owner ids begin at 1.
constexpr int kTagBits = 2;
static_assert(EventLoop::kTagMax < (1 << kTagBits));

}  // namespace

EventLoop::EventLoop(UniqueFd epoll, UniqueFd stop)
    : epoll_(std::move(epoll)), stop_(std::move(stop)) {}

absl::StatusOr<std::unique_ptr<EventLoop>> EventLoop::Create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return absl::ErrnoToStatus(errno, "epoll_create1");
  UniqueFd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return absl::ErrnoToStatus(errno, "eventfd");
  epoll_event event = {.events = EPOLLIN, .data = {.u64 = kStopWord}};
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, stop.get(), &event) != 0) {
    return absl::ErrnoToStatus(errno, "epoll_ctl");
  }
  std::unique_ptr<EventLoop> loop(new EventLoop(std::move(epoll), std::move(stop)));
  loop->thread_ = std::thread([raw = loop.get()] { raw->Run(); });
  return loop;
}

EventLoop::~EventLoop() {
  const uint64_t one = 1;
  CHECK(write(stop_.get(), &one, sizeof(one)) == sizeof(one));
  thread_.join();
  CHECK(owners_.empty());
}

EventLoop::OwnerId EventLoop::AddOwner(Owner* owner) {
  const std::lock_guard lock(mutex_);
  const OwnerId id = next_id_++;
  owners_.emplace(id, owner);
  return id;
}

void EventLoop::RemoveOwner(OwnerId id) {
  CHECK(std::this_thread::get_id() != thread_.get_id());
  std::unique_lock lock(mutex_);
  owners_.erase(id);
  call_over_.wait(lock, [this, id] { return calling_ != id; });
}

absl::Status EventLoop::Watch(OwnerId id, int tag, int fd) {
  CHECK(tag >= 0 && tag <= kTagMax);
  epoll_event event = {.events = EPOLLIN,
                       .data = {.u64 = id << kTagBits | static_cast<uint64_t>(tag)}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return absl::ErrnoToStatus(errno, "epoll_ctl");
  }
  return absl::OkStatus();
}

void EventLoop::Unwatch(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::Run() {
  epoll_event events[kEventsPerWait];
  while (true) {
    const int count = epoll_wait(epoll_.get(), events, kEventsPerWait, -1);
    if (count < 0 && errno == EINTR) continue;
    CHECK(count >= 0);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kStopWord) return;
      Dispatch(events[i].data.u64);
    }
  }
}

void EventLoop::Dispatch(uint64_t event_word) {
  const OwnerId id = event_word >> kTagBits;
  Owner* owner = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = owners_.find(id);
    if (found == owners_.end()) return;
    owner = found->second;
    calling_ = id;
  }
  owner->OnReadable(static_cast<int>(event_word & kTagMax));
  const std::lock_guard lock(mutex_);
  calling_ = 0;
  call_over_.notify_all();
}

}  // namespace floe::node_agent
