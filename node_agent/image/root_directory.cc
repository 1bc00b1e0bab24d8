#include "node_agent/image/root_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace floe::node_agent::image {
namespace {

// The kernel answers EAGAIN when a rename anywhere races with a path that has "..".
constexpr int kOpenAttemptsMax = 128;

// Opens `path` as if `root_fd` were "/"; -1 and errno as openat.
int OpenInRoot(int root_fd, const char* path, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  int fd = -1;
  for (int attempt = 0; attempt < kOpenAttemptsMax; ++attempt) {
    fd = static_cast<int>(syscall(SYS_openat2, root_fd, path, &how, sizeof(how)));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

UniqueFd OpenDirectoryAt(int parent_fd, const std::string& name) {
  return UniqueFd(openat(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Moves directory `name` from `from_fd` to a name in `to_fd` that is free. `next_name` counts
// names.
absl::Status MoveAside(int from_fd, const std::string& name, int to_fd, int64_t& next_name) {
  while (true) {
    const std::string aside = absl::StrCat(next_name++);
    if (renameat2(from_fd, name.c_str(), to_fd, aside.c_str(), RENAME_NOREPLACE) == 0) {
      return absl::OkStatus();
    }
    if (errno != EEXIST) return FileError(errno, "remove", name);
  }
}

bool UnlinkFile(int parent_fd, const std::string& name) {
  return unlinkat(parent_fd, name.c_str(), 0) == 0 || errno == ENOENT;
}

// Removes the directory `name` in `doomed_fd` with its files; its subdirectories move to
// `doomed_fd`.
absl::Status RemoveLevel(int doomed_fd, const std::string& name, int64_t& next_name) {
  const UniqueFd level = OpenDirectoryAt(doomed_fd, name);
  if (!level.valid()) return FileError(errno, "open", name);
  ASSIGN_OR_RETURN(const std::vector<std::string> children, ListNames(level.get()));
  for (const std::string& child : children) {
    if (UnlinkFile(level.get(), child)) continue;
    if (errno != EISDIR) return FileError(errno, "remove", child);
    RETURN_IF_ERROR(MoveAside(level.get(), child, doomed_fd, next_name));
  }
  if (unlinkat(doomed_fd, name.c_str(), AT_REMOVEDIR) == 0) return absl::OkStatus();
  return FileError(errno, "remove", name);
}

}  // namespace

absl::Status FileError(int error, absl::string_view operation, absl::string_view subject) {
  const std::string text = absl::StrCat(operation, " ", subject);
  const absl::Status status = absl::ErrnoToStatus(error, text);
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EMLINK:
      return absl::ResourceExhaustedError(status.message());
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ELOOP:
    case EXDEV:
    case EINVAL:
    case EPERM:
    case ENOTEMPTY:
    case ENAMETOOLONG:
      return absl::InvalidArgumentError(status.message());
    default:
      return absl::InternalError(status.message());
  }
}

absl::StatusOr<SplitPath> SplitEntryPath(absl::string_view path) {
  std::vector<absl::string_view> parts;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (part == ".") continue;
    if (part == "..") return absl::InvalidArgumentError(absl::StrCat("path ", path, ": has '..'"));
    parts.push_back(part);
  }
  SplitPath split;
  if (parts.empty()) return split;
  split.name = std::string(parts.back());
  parts.pop_back();
  split.parent = absl::StrJoin(parts, "/");
  return split;
}

absl::StatusOr<RootDirectory> RootDirectory::Open(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) return RootDirectory(std::move(fd));
  if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("open ", path, ": does not exist"));
  return FileError(errno, "open", path);
}

absl::StatusOr<UniqueFd> RootDirectory::OpenDirectory(const std::string& path) const {
  UniqueFd fd(OpenInRoot(fd_.get(), path.empty() ? "." : path.c_str(), O_PATH | O_DIRECTORY));
  if (fd.valid()) return fd;
  if (errno == ENOENT) return absl::NotFoundError(absl::StrCat("open ", path, ": does not exist"));
  return FileError(errno, "open", path);
}

absl::StatusOr<UniqueFd> RootDirectory::MakeDirectories(const std::string& path) const {
  absl::StatusOr<UniqueFd> whole = OpenDirectory(path);
  if (!absl::IsNotFound(whole.status())) return whole;
  ASSIGN_OR_RETURN(UniqueFd at, OpenDirectory(""));
  std::string prefix;
  for (absl::string_view part : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    absl::StrAppend(&prefix, prefix.empty() ? "" : "/", part);
    absl::StatusOr<UniqueFd> next = OpenDirectory(prefix);
    if (absl::IsNotFound(next.status())) {
      // EEXIST here is a symbolic link that leads nowhere.
      const std::string name(part);
      if (mkdirat(at.get(), name.c_str(), 0755) != 0) return FileError(errno, "mkdir", prefix);
      if (fchmodat(at.get(), name.c_str(), 0755, 0) != 0) return FileError(errno, "chmod", prefix);
      next = OpenDirectory(prefix);
    }
    if (!next.ok()) return next.status();
    at = *std::move(next);
  }
  return at;
}

absl::Status RootDirectory::MakeMountPoint(const std::string& path, mode_t mode) const {
  ASSIGN_OR_RETURN(const SplitPath split, SplitEntryPath(path));
  if (split.name.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const UniqueFd parent, MakeDirectories(split.parent));
  const char* name = split.name.c_str();
  struct stat status = {};
  if (fstatat(parent.get(), name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(status.st_mode)) return absl::OkStatus();
    RETURN_IF_ERROR(RemoveTree(parent.get(), split.name));
  }
  if (mkdirat(parent.get(), name, mode) != 0) return FileError(errno, "mkdir", path);
  if (fchmodat(parent.get(), name, mode, 0) != 0) return FileError(errno, "chmod", path);
  return absl::OkStatus();
}

absl::Status RemoveTree(int parent_fd, const std::string& name) {
  if (UnlinkFile(parent_fd, name)) return absl::OkStatus();
  if (errno != EISDIR) return FileError(errno, "remove", name);
  const UniqueFd doomed = OpenDirectoryAt(parent_fd, name);
  if (!doomed.valid()) return FileError(errno, "open", name);
  int64_t next_name = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<std::string> children, ListNames(doomed.get()));
    if (children.empty()) break;
    for (const std::string& child : children) {
      if (UnlinkFile(doomed.get(), child)) continue;
      if (errno != EISDIR) return FileError(errno, "remove", child);
      RETURN_IF_ERROR(RemoveLevel(doomed.get(), child, next_name));
    }
  }
  if (unlinkat(parent_fd, name.c_str(), AT_REMOVEDIR) == 0) return absl::OkStatus();
  return FileError(errno, "remove", name);
}

absl::StatusOr<std::vector<std::string>> ListNames(int directory_fd) {
  // A second description: the position of `directory_fd` stays, and an O_PATH handle will do.
  UniqueFd own(openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.valid()) return FileError(errno, "open", "directory");
  const auto close_directory = [](DIR* directory) { closedir(directory); };
  const std::unique_ptr<DIR, decltype(close_directory)> directory(fdopendir(own.get()),
                                                                  close_directory);
  if (directory == nullptr) return FileError(errno, "list", "directory");
  own.Release();
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr) break;
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return FileError(errno, "list", "directory");
  return names;
}

}  // namespace floe::node_agent::image
