// A file descriptor that closes itself.

#ifndef FLOE_NODE_AGENT_LINUX_UNIQUE_FD_H_
#define FLOE_NODE_AGENT_LINUX_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace floe::node_agent {

// Owns one descriptor, or none (-1). Thread-compatible.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(-1); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // Gives up ownership.
  int Release() { return std::exchange(fd_, -1); }
  // Closes what is held and takes `fd`.
  void Reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_UNIQUE_FD_H_
