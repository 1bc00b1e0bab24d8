// Where bytes of a journal go to and come from: a file, or memory.

#ifndef FLOE_ORCHESTRATOR_ENGINE_BYTE_STREAM_H_
#define FLOE_ORCHESTRATOR_ENGINE_BYTE_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace floe {

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all of `bytes`, or says why not; then some of them may have been taken.
  virtual absl::Status Append(std::string_view bytes) = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to `size` bytes into `buffer` and returns how many; 0 is the end. REQUIRES: size > 0.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;
};

// Creates the file, or empties it if it exists. Readable by its owner and group.
absl::StatusOr<std::unique_ptr<ByteSink>> OpenFileSink(const std::string& path);
absl::StatusOr<std::unique_ptr<ByteSource>> OpenFileSource(const std::string& path);

// Appends to a string that outlives it.
class StringSink final : public ByteSink {
 public:
  explicit StringSink(std::string* target) : target_(target) {}
  absl::Status Append(std::string_view bytes) override {
    target_->append(bytes);
    return absl::OkStatus();
  }

 private:
  std::string* target_;
};

// Reads bytes that outlive it.
class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string_view bytes) : rest_(bytes) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t count = rest_.copy(buffer, size);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_BYTE_STREAM_H_
