#include "node_agent/image/layer_unpacker.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace floe::node_agent::image {
namespace {

constexpr absl::string_view kWhiteoutPrefix = ".wh.";
constexpr absl::string_view kAufsPrefix = ".wh..wh.";
constexpr absl::string_view kOpaqueWhiteout = ".wh..wh..opq";
// Directories below a whiteout that are looked through; one descriptor each.
constexpr int kWhiteoutDepthMax = 256;

timespec ModificationTime(archive_entry* entry) {
  if (!archive_entry_mtime_is_set(entry)) return {.tv_sec = 0, .tv_nsec = 0};
  return {.tv_sec = archive_entry_mtime(entry), .tv_nsec = archive_entry_mtime_nsec(entry)};
}

// Times that the file system cannot store are left as they are: no reason to refuse an image.
void SetTime(int parent_fd, const std::string& name, timespec time) {
  const timespec times[2] = {time, time};
  static_cast<void>(utimensat(parent_fd, name.c_str(), times, AT_SYMLINK_NOFOLLOW));
}

absl::StatusOr<uint64_t> InodeOf(int fd) {
  struct stat status = {};
  if (fstat(fd, &status) != 0) return FileError(errno, "stat", "directory");
  return status.st_ino;
}

bool IsAufsPath(absl::string_view path) {
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (absl::StartsWith(part, kAufsPrefix) && part != kOpaqueWhiteout) return true;
  }
  return false;
}

absl::Status WriteAt(int fd, ArchiveInput::Block block, const std::string& path) {
  while (block.size > 0) {
    const ssize_t written = pwrite(fd, block.data, block.size, block.offset);
    if (written < 0) {
      if (errno == EINTR) continue;
      return FileError(errno, "write", path);
    }
    block.data += written;
    block.size -= static_cast<size_t>(written);
    block.offset += written;
  }
  return absl::OkStatus();
}

}  // namespace

struct LayerUnpacker::Place {
  UniqueFd parent;
  std::string name;
  std::string path;  // As the layer spells it.
};

absl::Status LayerUnpacker::Apply(ArchiveInput& layer) {
  brought_.clear();
  directory_times_.clear();
  while (true) {
    ASSIGN_OR_RETURN(archive_entry * entry, layer.Next());
    if (entry == nullptr) break;
    RETURN_IF_ERROR(Charge(entry));
    RETURN_IF_ERROR(ApplyEntry(layer, entry));
  }
  return RestoreDirectoryTimes();
}

// Counts every kind of entry: what is skipped still has to be decompressed.
absl::Status LayerUnpacker::Charge(archive_entry* entry) {
  if (budget_->entries_left <= 0) return absl::ResourceExhaustedError("too many files");
  --budget_->entries_left;
  const int64_t size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : 0;
  if (size < 0) return absl::InvalidArgumentError("file of negative size");
  if (size > budget_->bytes_left) {
    return absl::ResourceExhaustedError("larger than allowed when unpacked");
  }
  budget_->bytes_left -= size;
  return absl::OkStatus();
}

absl::Status LayerUnpacker::ApplyEntry(ArchiveInput& layer, archive_entry* entry) {
  const std::string path = EntryPath(entry);
  if (IsAufsPath(path)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const SplitPath split, SplitEntryPath(path));
  if (absl::StartsWith(split.name, kWhiteoutPrefix)) return ApplyWhiteout(split);

  const bool is_hard_link = !EntryHardLink(entry).empty();
  const mode_t type = archive_entry_filetype(entry);
  if (!is_hard_link && type != AE_IFREG && type != AE_IFDIR && type != AE_IFLNK) {
    return absl::OkStatus();  // Devices, pipes, sockets.
  }
  if (split.name.empty()) {
    if (type == AE_IFDIR && !is_hard_link) return absl::OkStatus();  // The root itself stays 0755.
    return absl::InvalidArgumentError(absl::StrCat("path '", path, "': names no file"));
  }
  Place place{.parent = {}, .name = split.name, .path = path};
  ASSIGN_OR_RETURN(place.parent, root_->MakeDirectories(split.parent));
  ASSIGN_OR_RETURN(const uint64_t parent_inode, InodeOf(place.parent.get()));
  brought_.emplace(parent_inode, split.name);
  if (is_hard_link) return ApplyHardLink(place, entry);
  if (type == AE_IFDIR) return ApplyDirectory(place, entry);
  if (type == AE_IFLNK) return ApplySymbolicLink(place, entry);
  return ApplyFile(place, entry, layer);
}

absl::Status LayerUnpacker::ApplyWhiteout(const SplitPath& path) {
  absl::StatusOr<UniqueFd> parent = root_->OpenDirectory(path.parent);
  if (absl::IsNotFound(parent.status())) return absl::OkStatus();
  if (!parent.ok()) return parent.status();
  if (path.name == kOpaqueWhiteout) return EmptyOfLower(parent->get(), 0).status();
  const std::string name(absl::StripPrefix(path.name, kWhiteoutPrefix));
  if (name.empty() || name == "." || name == "..") {
    return absl::InvalidArgumentError(absl::StrCat("whiteout ", path.name, ": names no file"));
  }
  return RemoveLower(parent->get(), name, 0);
}

// Removes `name` except for what this layer brought below it.
absl::Status LayerUnpacker::RemoveLower(int parent_fd, const std::string& name, int depth) {
  ASSIGN_OR_RETURN(const uint64_t parent_inode, InodeOf(parent_fd));
  const bool is_brought = brought_.contains(std::make_pair(parent_inode, name));
  const UniqueFd directory(
      openat(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (directory.valid()) {
    ASSIGN_OR_RETURN(const bool is_empty, EmptyOfLower(directory.get(), depth + 1));
    if (!is_empty) return absl::OkStatus();
  } else if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT) {
    return FileError(errno, "whiteout: open", name);
  }
  return is_brought ? absl::OkStatus() : RemoveTree(parent_fd, name);
}

// Removes what lower layers brought into the directory. True when nothing is left in it.
absl::StatusOr<bool> LayerUnpacker::EmptyOfLower(int directory_fd, int depth) {
  if (depth > kWhiteoutDepthMax) {
    return absl::InvalidArgumentError("whiteout: directories too deep below it");
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNames(directory_fd));
  for (const std::string& name : names) RETURN_IF_ERROR(RemoveLower(directory_fd, name, depth));
  ASSIGN_OR_RETURN(const std::vector<std::string> left, ListNames(directory_fd));
  return left.empty();
}

absl::Status LayerUnpacker::ClearPlace(const Place& place) const {
  return RemoveTree(place.parent.get(), place.name);
}

absl::Status LayerUnpacker::ApplyDirectory(const Place& place, archive_entry* entry) {
  const char* name = place.name.c_str();
  if (mkdirat(place.parent.get(), name, 0700) != 0) {
    if (errno != EEXIST) return FileError(errno, "mkdir", place.path);
    struct stat status = {};
    if (fstatat(place.parent.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return FileError(errno, "stat", place.path);
    }
    if (!S_ISDIR(status.st_mode)) {
      RETURN_IF_ERROR(ClearPlace(place));
      if (mkdirat(place.parent.get(), name, 0700) != 0) {
        return FileError(errno, "mkdir", place.path);
      }
    }
  }
  // The owner keeps access, so that unpacking and removing need no privileges.
  const mode_t mode = (archive_entry_mode(entry) & 01777) | 0700;
  if (fchmodat(place.parent.get(), name, mode, 0) != 0) {
    return FileError(errno, "chmod", place.path);
  }
  directory_times_.emplace_back(place.path, ModificationTime(entry));
  return absl::OkStatus();
}

absl::Status LayerUnpacker::ApplyFile(const Place& place, archive_entry* entry,
                                      ArchiveInput& layer) const {
  RETURN_IF_ERROR(ClearPlace(place));
  const UniqueFd file(openat(place.parent.get(), place.name.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return FileError(errno, "create", place.path);
  const int64_t size = archive_entry_size(entry);
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<ArchiveInput::Block> block, layer.NextBlock());
    if (!block.has_value()) break;
    const bool fits = block->offset >= 0 && block->offset <= size &&
                      block->size <= static_cast<uint64_t>(size - block->offset);
    if (!fits) {
      return absl::InvalidArgumentError(absl::StrCat("file ", place.path, ": more data than told"));
    }
    RETURN_IF_ERROR(WriteAt(file.get(), *block, place.path));
  }
  // A hole at the end leaves no block behind.
  if (ftruncate(file.get(), size) != 0) return FileError(errno, "truncate", place.path);
  if (fchmod(file.get(), archive_entry_mode(entry) & 0777) != 0) {
    return FileError(errno, "chmod", place.path);
  }
  SetTime(place.parent.get(), place.name, ModificationTime(entry));
  return absl::OkStatus();
}

absl::Status LayerUnpacker::ApplySymbolicLink(const Place& place, archive_entry* entry) const {
  RETURN_IF_ERROR(ClearPlace(place));
  const std::string target = EntrySymbolicLink(entry);
  if (symlinkat(target.c_str(), place.parent.get(), place.name.c_str()) != 0) {
    return FileError(errno, "symlink", place.path);
  }
  SetTime(place.parent.get(), place.name, ModificationTime(entry));
  return absl::OkStatus();
}

absl::Status LayerUnpacker::ApplyHardLink(const Place& place, archive_entry* entry) const {
  ASSIGN_OR_RETURN(const SplitPath target, SplitEntryPath(EntryHardLink(entry)));
  const absl::StatusOr<UniqueFd> directory = root_->OpenDirectory(target.parent);
  if (!directory.ok() || target.name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("link ", place.path, ": its target is not in the image"));
  }
  struct stat from = {};
  if (fstatat(directory->get(), target.name.c_str(), &from, AT_SYMLINK_NOFOLLOW) != 0) {
    return FileError(errno, absl::StrCat("link ", place.path, " to"), EntryHardLink(entry));
  }
  struct stat to = {};
  const bool is_there =
      fstatat(place.parent.get(), place.name.c_str(), &to, AT_SYMLINK_NOFOLLOW) == 0 &&
      to.st_ino == from.st_ino;
  if (is_there) return absl::OkStatus();
  RETURN_IF_ERROR(ClearPlace(place));
  if (linkat(directory->get(), target.name.c_str(), place.parent.get(), place.name.c_str(), 0) !=
      0) {
    return FileError(errno, "link", place.path);
  }
  return absl::OkStatus();
}

absl::Status LayerUnpacker::RestoreDirectoryTimes() {
  for (const auto& [path, time] : directory_times_) {
    ASSIGN_OR_RETURN(const SplitPath split, SplitEntryPath(path));
    const absl::StatusOr<UniqueFd> parent = root_->OpenDirectory(split.parent);
    // A later entry of the layer may have put something else there.
    if (parent.ok()) SetTime(parent->get(), split.name, time);
  }
  return absl::OkStatus();
}

}  // namespace floe::node_agent::image
