// Reads and writes the small text files through which the kernel is told and asked things.

#ifndef FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_
#define FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

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

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_LINUX_KERNEL_FILE_H_
