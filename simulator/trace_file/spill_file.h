// Bytes that are written once and then read: the first of them in memory, the others in a temporary
// file.
//
// Guarantees:
//  - memory stays below the limit plus kSpillBufferBytes, however much is written;
//  - the file has no name: it is gone when the process is, however that ends. (File systems without
//    O_TMPFILE give it a name for an instant.)
//
// The file is made in $TMPDIR, else in /var/tmp, else in /tmp. Writing is for one thread; reading
// after Finish is thread-safe.

#ifndef FLOE_SIMULATOR_TRACE_FILE_SPILL_FILE_H_
#define FLOE_SIMULATOR_TRACE_FILE_SPILL_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace floe {

inline constexpr size_t kSpillBufferBytes = size_t{256} * 1024;

class SpillFile {
 public:
  explicit SpillFile(size_t memory_bytes_max) : memory_bytes_max_(memory_bytes_max) {}
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  absl::Status Append(absl::string_view bytes);
  // Call once, after the last Append and before the first ReadAt.
  absl::Status Finish();

  uint64_t size() const { return size_; }
  // Whether there is a file at all.
  bool spilled() const { return fd_ >= 0; }

  // REQUIRES: offset + size <= size().
  absl::Status ReadAt(uint64_t offset, char* buffer, size_t size) const;

 private:
  absl::Status FlushBuffer();

  const size_t memory_bytes_max_;
  uint64_t size_ = 0;
  std::string memory_;
  // What comes after the memory, in the file or waiting for it.
  std::string buffer_;
  std::string directory_;
  int fd_ = -1;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_SPILL_FILE_H_
