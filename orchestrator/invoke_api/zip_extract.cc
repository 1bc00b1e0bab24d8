#include "orchestrator/invoke_api/zip_extract.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace floe::invoke_api {
namespace {

constexpr size_t kPathBytesMax = 4'096;
constexpr size_t kPathDepthMax = 128;
constexpr size_t kLinkBytesMax = 4'096;

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct ArchiveReadFree {
  void operator()(archive* a) const { archive_read_free(a); }
};

absl::Status Unsafe(absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("zip entry '", name, "' ", why));
}

absl::Status SystemError(absl::string_view what, absl::string_view name) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", name));
}

absl::StatusOr<std::vector<std::string>> SafeComponents(absl::string_view name) {
  if (name.empty() || name.size() > kPathBytesMax) return Unsafe(name, "has no usable name");
  if (name[0] == '/') return Unsafe(name, "has an absolute name");
  std::vector<std::string> components;
  for (absl::string_view part : absl::StrSplit(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return Unsafe(name, "leaves the package");
    components.emplace_back(part);
  }
  if (components.size() > kPathDepthMax) return Unsafe(name, "is nested too deeply");
  return components;
}

// Opens the directory of `components` below `root`, making what is missing. Follows no link.
absl::StatusOr<OwnedFd> OpenDirectory(int root, const std::vector<std::string>& components,
                                      absl::string_view name) {
  OwnedFd fd(openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return SystemError("open the directory of", name);
  for (const std::string& part : components) {
    if (mkdirat(fd.get(), part.c_str(), 0755) == 0) {
      // mkdirat is subject to the umask; functions run as another user.
      if (fchmodat(fd.get(), part.c_str(), 0755, 0) != 0) return SystemError("chmod", name);
    } else if (errno != EEXIST) {
      return SystemError("make the directory of", name);
    }
    OwnedFd next(openat(fd.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) return Unsafe(name, "passes through something that is not a directory");
    fd = std::move(next);
  }
  return fd;
}

absl::Status WriteAll(int fd, const char* data, size_t size, absl::string_view name) {
  while (size > 0) {
    const ssize_t written = write(fd, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", name);
    data += written;
    size -= static_cast<size_t>(written);
  }
  return absl::OkStatus();
}

class Extraction {
 public:
  Extraction(archive* reader, int root, int64_t unpacked_bytes_max)
      : reader_(reader), root_(root), unpacked_bytes_max_(unpacked_bytes_max) {}

  absl::Status Extract(archive_entry* entry) {
    const char* const raw_name = archive_entry_pathname(entry);
    const std::string name = raw_name == nullptr ? "" : raw_name;
    ASSIGN_OR_RETURN(std::vector<std::string> components, SafeComponents(name));
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) return OpenDirectory(root_, components, name).status();
    if (components.empty()) return Unsafe(name, "has no usable name");
    const std::string file = std::move(components.back());
    components.pop_back();
    ASSIGN_OR_RETURN(const OwnedFd parent, OpenDirectory(root_, components, name));
    if (type == AE_IFLNK) return MakeLink(parent.get(), file, name, archive_entry_symlink(entry));
    if (type != AE_IFREG) return Unsafe(name, "is neither file nor directory nor symbolic link");
    return WriteFile(parent.get(), file, name, archive_entry_perm(entry) & 0777);
  }

 private:
  static absl::Status MakeLink(int parent, const std::string& file, const std::string& name,
                               const char* target) {
    if (target == nullptr || *target == '\0') return Unsafe(name, "is a link to nothing");
    if (std::string(target).size() > kLinkBytesMax) return Unsafe(name, "is a link too long");
    if (symlinkat(target, parent, file.c_str()) == 0) return absl::OkStatus();
    return errno == EEXIST ? Unsafe(name, "is there twice") : SystemError("link", name);
  }

  absl::Status WriteFile(int parent, const std::string& file, const std::string& name,
                         mode_t mode) {
    const OwnedFd out(
        openat(parent, file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out.valid()) {
      return errno == EEXIST ? Unsafe(name, "is there twice") : SystemError("create", name);
    }
    std::vector<char> buffer(64 * 1024);
    while (true) {
      const la_ssize_t got = archive_read_data(reader_, buffer.data(), buffer.size());
      if (got == 0) break;
      if (got < 0) return Unsafe(name, "cannot be unpacked: it is damaged or encrypted");
      // Counted as it comes: the sizes that an archive announces are only claims.
      unpacked_bytes_ += got;
      if (unpacked_bytes_ > unpacked_bytes_max_) {
        return absl::ResourceExhaustedError(
            absl::StrCat("Unzipped size must be smaller than ", unpacked_bytes_max_, " bytes"));
      }
      RETURN_IF_ERROR(WriteAll(out.get(), buffer.data(), static_cast<size_t>(got), name));
    }
    return fchmod(out.get(), mode) == 0 ? absl::OkStatus() : SystemError("chmod", name);
  }

  archive* const reader_;
  const int root_;
  const int64_t unpacked_bytes_max_;
  int64_t unpacked_bytes_ = 0;
};

}  // namespace

absl::Status ExtractZip(absl::string_view zip, const std::string& directory,
                        int64_t unpacked_bytes_max, int64_t entries_max) {
  const std::unique_ptr<archive, ArchiveReadFree> reader(archive_read_new());
  if (reader == nullptr) return absl::ResourceExhaustedError("no memory to read a zip file");
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), zip.data(), zip.size()) != ARCHIVE_OK) {
    return absl::InvalidArgumentError("this is not a zip file");
  }
  const OwnedFd root(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return SystemError("open", directory);

  Extraction extraction(reader.get(), root.get(), unpacked_bytes_max);
  for (int64_t entries = 0;; ++entries) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    if (result < ARCHIVE_WARN) return absl::InvalidArgumentError("this is not a valid zip file");
    if (entries >= entries_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a package may hold at most ", entries_max, " files"));
    }
    RETURN_IF_ERROR(extraction.Extract(entry));
  }
  return absl::OkStatus();
}

}  // namespace floe::invoke_api
