#include "net/byte_buffer.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"

namespace floe::net {

char* ByteBuffer::Prepare(size_t bytes) {
  if (empty()) begin_ = end_ = 0;
  if (capacity_ - end_ >= bytes) return memory_.get() + end_;
  const size_t held = size();
  if (capacity_ - held >= bytes && held <= capacity_ / 2) {
    std::memmove(memory_.get(), memory_.get() + begin_, held);
  } else {
    // Doubling keeps the copying linear in what arrives.
    const size_t capacity = std::max(capacity_ * 2, held + bytes);
    std::unique_ptr<char[]> memory(
        new char[capacity]);  // Not zeroed: it is written before it is read.
    if (held > 0) std::memcpy(memory.get(), memory_.get() + begin_, held);
    memory_ = std::move(memory);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
  return memory_.get() + end_;
}

void ByteBuffer::Commit(size_t bytes) {
  CHECK(bytes <= room());
  end_ += bytes;
}

void ByteBuffer::Consume(size_t bytes) {
  CHECK(bytes <= size());
  begin_ += bytes;
}

void ByteBuffer::Clear() {
  memory_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace floe::net
