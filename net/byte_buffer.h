// A queue of bytes in one piece of memory: filled at the end by a socket, eaten at the front by a
// parser.

#ifndef FLOE_NET_BYTE_BUFFER_H_
#define FLOE_NET_BYTE_BUFFER_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"

namespace floe::net {

// Thread-compatible. Memory grows on Prepare and is given back by Clear.
class ByteBuffer {
 public:
  absl::string_view bytes() const { return {memory_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }

  // Room for at least `bytes` more at the end; see room(). May move the memory, so no one else may
  // be writing to it.
  char* Prepare(size_t bytes);
  // What Prepare left free at the end, at least what was asked for.
  size_t room() const { return capacity_ - end_; }
  // Adds the first `bytes` of what Prepare returned. REQUIRES: bytes <= room().
  void Commit(size_t bytes);
  // Drops `bytes` at the front. Never moves memory. REQUIRES: bytes <= size().
  void Consume(size_t bytes);
  // Drops everything, the memory too.
  void Clear();

 private:
  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace floe::net

#endif  // FLOE_NET_BYTE_BUFFER_H_
