#include "node_agent/linux/event_loop.h"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "gtest/gtest.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {
namespace {

// Reads a byte whenever it is called.
class ByteReader final : public EventLoop::Owner {
 public:
  explicit ByteReader(int fd) : fd_(fd) {}
  void OnReadable(int tag) override {
    char byte = 0;
    const ssize_t got = read(fd_, &byte, 1);
    const std::lock_guard lock(mutex_);
    if (got == 1) ++bytes_;
    last_tag_ = tag;
    changed_.notify_all();
  }
  int WaitForBytes(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [&] { return bytes_ >= count; });
    return bytes_;
  }
  int last_tag() {
    const std::lock_guard lock(mutex_);
    return last_tag_;
  }

 private:
  const int fd_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  int bytes_ = 0;
  int last_tag_ = -1;
};

class EventLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read_end_.Reset(ends[0]);
    write_end_.Reset(ends[1]);
    auto loop = EventLoop::Create();
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
  }
  UniqueFd read_end_;
  UniqueFd write_end_;
  std::unique_ptr<EventLoop> loop_;
};

TEST_F(EventLoopTest, ReportsReadableDescriptorsWithTheirTag) {
  ByteReader reader(read_end_.get());
  const EventLoop::OwnerId id = loop_->AddOwner(&reader);
  ASSERT_TRUE(loop_->Watch(id, EventLoop::kTagMax, read_end_.get()).ok());
  ASSERT_EQ(write(write_end_.get(), "abc", 3), 3);
  EXPECT_EQ(reader.WaitForBytes(3), 3);
  EXPECT_EQ(reader.last_tag(), EventLoop::kTagMax);
  loop_->RemoveOwner(id);
}

TEST_F(EventLoopTest, RemovedOwnerIsNotCalled) {
  ByteReader reader(read_end_.get());
  const EventLoop::OwnerId id = loop_->AddOwner(&reader);
  ASSERT_TRUE(loop_->Watch(id, 0, read_end_.get()).ok());
  loop_->Unwatch(read_end_.get());
  loop_->RemoveOwner(id);
  ASSERT_EQ(write(write_end_.get(), "a", 1), 1);
  char byte = 0;
  loop_.reset();
  EXPECT_EQ(read(read_end_.get(), &byte, 1), 1);
}

TEST_F(EventLoopTest, UnwatchingTwiceIsFine) {
  loop_->Unwatch(read_end_.get());
  loop_->Unwatch(read_end_.get());
}

}  // namespace
}  // namespace floe::node_agent
