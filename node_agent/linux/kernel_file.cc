#include "node_agent/linux/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

namespace {

absl::Status WriteAtOnce(int fd, const std::string& path, absl::string_view value) {
  while (true) {
    const ssize_t written = pwrite(fd, value.data(), value.size(), 0);
    if (written == static_cast<ssize_t>(value.size())) return absl::OkStatus();
    if (written >= 0) return absl::InternalError(absl::StrCat("write ", path, ": cut short"));
    if (errno == EINTR) continue;
    return absl::ErrnoToStatus(errno, absl::StrCat("write \"", value, "\" to ", path));
  }
}

absl::StatusOr<int64_t> ToNumber(absl::string_view text, const std::string& path) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &number)) {
    return absl::OutOfRangeError(absl::StrCat("read ", path, ": not a number"));
  }
  return number;
}

}  // namespace

absl::Status WriteKernelFile(int directory_fd, const std::string& path, absl::string_view value) {
  const UniqueFd fd(openat(directory_fd, path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  return WriteAtOnce(fd.get(), path, value);
}

absl::StatusOr<std::string> ReadKernelFile(int directory_fd, const std::string& path) {
  const UniqueFd fd(openat(directory_fd, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
    if (got == 0) return text;
    if (got < 0) {
      if (errno == EINTR) continue;
      return absl::ErrnoToStatus(errno, absl::StrCat("read ", path));
    }
    text.append(buffer, static_cast<size_t>(got));
    if (static_cast<int64_t>(text.size()) > kKernelFileBytesMax) {
      return absl::ResourceExhaustedError(absl::StrCat("read ", path, ": too long"));
    }
  }
}

absl::StatusOr<int64_t> ReadKernelFileKey(int directory_fd, const std::string& path,
                                          absl::string_view key) {
  ASSIGN_OR_RETURN(const std::string text, ReadKernelFile(directory_fd, path));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t number = 0;
    if (parts.first == key && absl::SimpleAtoi(parts.second, &number)) return number;
  }
  return absl::NotFoundError(absl::StrCat("read ", path, ": no ", key));
}

absl::StatusOr<int64_t> ReadKernelFileNumber(int directory_fd, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadKernelFile(directory_fd, path));
  return ToNumber(text, path);
}

absl::Status KeptKernelFile::Open(int flags) {
  if (fd_.valid()) return absl::OkStatus();
  fd_.Reset(openat(directory_fd_, path_.c_str(), flags | O_CLOEXEC));
  if (fd_.valid()) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("open ", path_));
}

absl::Status KeptKernelFile::Write(absl::string_view value) {
  RETURN_IF_ERROR(Open(O_WRONLY));
  return WriteAtOnce(fd_.get(), path_, value);
}

absl::StatusOr<int64_t> KeptKernelFile::ReadNumber() {
  RETURN_IF_ERROR(Open(O_RDONLY));
  char text[32];
  ssize_t got = -1;
  do {
    got = pread(fd_.get(), text, sizeof(text), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return absl::ErrnoToStatus(errno, absl::StrCat("read ", path_));
  return ToNumber(absl::string_view(text, static_cast<size_t>(got)), path_);
}

}  // namespace floe::node_agent
