// A file descriptor that is closed when its owner goes.

#ifndef FLOE_NODE_AGENT_IMAGE_UNIQUE_FD_H_
#define FLOE_NODE_AGENT_IMAGE_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace floe::node_agent::image {

// Thread-compatible.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() {
    if (fd_ >= 0) close(fd_);
  }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_UNIQUE_FD_H_
