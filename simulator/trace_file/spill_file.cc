#include "simulator/trace_file/spill_file.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe {
namespace {

// A file without a name in the directory, or a negative number.
int OpenUnnamed(const std::string& directory) {
  const int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  std::string name = directory + "/floe-trace-XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

}  // namespace

SpillFile::~SpillFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status SpillFile::Append(absl::string_view bytes) {
  size_ += bytes.size();
  const size_t kept = std::min(bytes.size(), memory_bytes_max_ - memory_.size());
  memory_.append(bytes.data(), kept);
  bytes.remove_prefix(kept);
  if (bytes.empty()) return absl::OkStatus();
  buffer_.append(bytes.data(), bytes.size());
  return buffer_.size() < kSpillBufferBytes ? absl::OkStatus() : FlushBuffer();
}

absl::Status SpillFile::Finish() {
  if (!buffer_.empty()) RETURN_IF_ERROR(FlushBuffer());
  buffer_ = std::string();
  memory_.shrink_to_fit();
  return absl::OkStatus();
}

absl::Status SpillFile::FlushBuffer() {
  if (fd_ < 0) {
    const char* const wanted = std::getenv("TMPDIR");
    for (const std::string& directory :
         std::vector<std::string>{wanted == nullptr ? "" : wanted, "/var/tmp", "/tmp"}) {
      if (directory.empty() || fd_ >= 0) continue;
      directory_ = directory;
      fd_ = OpenUnnamed(directory);
    }
  }
  if (fd_ < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("create a temporary file in ", directory_,
                                                   " (TMPDIR names another directory)"));
  }
  absl::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("write a temporary file in ", directory_,
                                                     " (TMPDIR names another directory)"));
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status SpillFile::ReadAt(uint64_t offset, char* buffer, size_t size) const {
  if (offset < memory_.size()) {
    const size_t count = memory_.copy(buffer, size, offset);
    offset += count;
    buffer += count;
    size -= count;
  }
  offset -= memory_.size();
  while (size > 0) {
    const ssize_t count = pread(fd_, buffer, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("read a temporary file in ", directory_));
    }
    if (count == 0) {
      return absl::DataLossError(
          absl::StrCat("read a temporary file in ", directory_, ": it has become shorter"));
    }
    offset += static_cast<uint64_t>(count);
    buffer += count;
    size -= static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace floe
