// Reads and writes the small text files through which the kernel is told and asked things.

#ifndef FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_
#define FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

inline constexpr int64_t kKernelFileBytesMax = 4 << 20;

// Writes `value` in one write to `path`, relative to the directory `directory_fd` (or AT_FDCWD).
// The status carries the errno of the open or write that went wrong.
absl::Status WriteKernelFile(int directory_fd, const std::string& path, absl::string_view value);

// The whole file. RESOURCE_EXHAUSTED over kKernelFileBytesMax.
absl::StatusOr<std::string> ReadKernelFile(int directory_fd, const std::string& path);

// The number after `key` in a file of lines "key number". NOT_FOUND if no line has the key.
absl::StatusOr<int64_t> ReadKernelFileKey(int directory_fd, const std::string& path,
                                          absl::string_view key);

// The number that is the whole content. OUT_OF_RANGE if it is none.
absl::StatusOr<int64_t> ReadKernelFileNumber(int directory_fd, const std::string& path);

// A file that is either written or read, again and again, and stays open from its first use.
// Thread-compatible.
class KeptKernelFile {
 public:
  KeptKernelFile(int directory_fd, std::string path)
      : directory_fd_(directory_fd), path_(std::move(path)) {}

  // As WriteKernelFile.
  absl::Status Write(absl::string_view value);
  // As ReadKernelFileNumber; what the file says now.
  absl::StatusOr<int64_t> ReadNumber();

 private:
  absl::Status Open(int flags);

  int directory_fd_;
  std::string path_;
  UniqueFd fd_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_
