#include "node_agent/image/image_layout.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/image/archive_input.h"
#include "node_agent/image/root_directory.h"

namespace floe::node_agent::image {
namespace {

// What an archive may hold in JSON files, as a multiple of the limit for one.
constexpr int64_t kJsonFilesMax = 64;
// What an entry costs besides its content, so that empty ones are not without end either.
constexpr int64_t kBytesPerEntry = 1'024;

absl::Status Missing(absl::string_view file, absl::string_view layout) {
  return absl::InvalidArgumentError(absl::StrCat("image ", layout, ": ", file, " is missing"));
}

absl::Status TooLarge(absl::string_view file, int64_t bytes_max) {
  return absl::ResourceExhaustedError(
      absl::StrCat("image: ", file, " is larger than ", bytes_max, " bytes"));
}

absl::StatusOr<std::string> ReadAll(int fd, absl::string_view file, int64_t bytes_max) {
  std::string text;
  char buffer[16 << 10];
  while (true) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FileError(errno, "read", file);
    if (size == 0) return text;
    text.append(buffer, static_cast<size_t>(size));
    if (static_cast<int64_t>(text.size()) > bytes_max) return TooLarge(file, bytes_max);
  }
}

class DirectoryLayout : public ImageLayout {
 public:
  DirectoryLayout(UniqueFd directory, std::string path, const ImageLimits& limits)
      : directory_(std::move(directory)), path_(std::move(path)), limits_(limits) {}

  absl::StatusOr<std::string> ReadText(const std::string& file) override {
    ASSIGN_OR_RETURN(const UniqueFd fd, OpenFile(file));
    return ReadAll(fd.get(), file, limits_.json_bytes_max);
  }

  absl::StatusOr<std::vector<UniqueFd>> OpenLayers(const std::vector<Descriptor>& layers) override {
    std::vector<UniqueFd> files;
    files.reserve(layers.size());
    for (const Descriptor& layer : layers) {
      ASSIGN_OR_RETURN(UniqueFd file, OpenFile(BlobFile(layer.digest)));
      files.push_back(std::move(file));
    }
    return files;
  }

 private:
  absl::StatusOr<UniqueFd> OpenFile(const std::string& file) {
    // O_NONBLOCK: opening a pipe would wait for its other end.
    UniqueFd fd(openat(directory_.get(), file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) {
      if (errno == ENOENT || errno == ENOTDIR) return Missing(file, path_);
      return FileError(errno, "open", absl::StrCat(path_, "/", file));
    }
    struct stat status = {};
    if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
      return absl::InvalidArgumentError(absl::StrCat("image ", path_, ": ", file, " is no file"));
    }
    return fd;
  }

  const UniqueFd directory_;
  const std::string path_;
  const ImageLimits limits_;
};

// Reads the archive twice at most: once for all JSON files, which stay in memory, and once for the
// layers, which go to nameless files on disk.
class ArchiveLayout : public ImageLayout {
 public:
  ArchiveLayout(UniqueFd archive, std::string path, std::string scratch_directory,
                const ImageLimits& limits)
      : archive_(std::move(archive)),
        path_(std::move(path)),
        scratch_directory_(std::move(scratch_directory)),
        limits_(limits) {}

  absl::Status ReadTexts() {
    ASSIGN_OR_RETURN(const std::unique_ptr<ArchiveInput> input, Rewind());
    int64_t stream_bytes_left = StreamBytesMax();
    int64_t text_bytes_left = kJsonFilesMax * limits_.json_bytes_max;
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<Entry> entry, NextFile(*input, stream_bytes_left));
      if (!entry.has_value()) return absl::OkStatus();
      const bool is_index = entry->file == kIndexFile;
      if (!is_index && !absl::StartsWith(entry->file, "blobs/sha256/")) continue;
      if (entry->size > limits_.json_bytes_max) {
        if (is_index) return TooLarge(entry->file, limits_.json_bytes_max);
        continue;  // A layer; a manifest of this size is reported as missing.
      }
      ASSIGN_OR_RETURN(std::string text, ReadJson(*input));
      if (text.empty()) continue;
      text_bytes_left -= static_cast<int64_t>(text.size());
      if (text_bytes_left < 0) return TooLarge("all JSON", kJsonFilesMax * limits_.json_bytes_max);
      texts_.insert_or_assign(entry->file, std::move(text));
    }
  }

  absl::StatusOr<std::string> ReadText(const std::string& file) override {
    const auto found = texts_.find(file);
    if (found == texts_.end()) return Missing(file, path_);
    return found->second;
  }

  absl::StatusOr<std::vector<UniqueFd>> OpenLayers(const std::vector<Descriptor>& layers) override {
    absl::flat_hash_map<std::string, UniqueFd> files;
    for (const Descriptor& layer : layers) files.try_emplace(BlobFile(layer.digest));
    RETURN_IF_ERROR(CopyFiles(files));
    std::vector<UniqueFd> opened;
    opened.reserve(layers.size());
    for (const Descriptor& layer : layers) {
      const UniqueFd& file = files[BlobFile(layer.digest)];
      if (!file.valid()) return Missing(BlobFile(layer.digest), path_);
      // Opened anew, because an image may name a layer twice and each needs a position of its own.
      const std::string link = absl::StrCat("/proc/self/fd/", file.get());
      opened.emplace_back(open(link.c_str(), O_RDONLY | O_CLOEXEC));
      if (!opened.back().valid()) return FileError(errno, "open", link);
    }
    return opened;
  }

 private:
  struct Entry {
    std::string file;  // "index.json", "blobs/sha256/...".
    int64_t size = 0;
  };

  int64_t StreamBytesMax() const {
    return TarBytesMax(limits_) + kJsonFilesMax * limits_.json_bytes_max;
  }

  absl::StatusOr<std::unique_ptr<ArchiveInput>> Rewind() {
    if (lseek(archive_.get(), 0, SEEK_SET) != 0) return FileError(errno, "seek", path_);
    return ArchiveInput::OpenSeekable(archive_.get(), path_);
  }

  // The next regular file, or nothing at the end. Every entry is charged, for it is decompressed.
  absl::StatusOr<std::optional<Entry>> NextFile(ArchiveInput& input, int64_t& bytes_left) {
    while (true) {
      ASSIGN_OR_RETURN(archive_entry * entry, input.Next());
      if (entry == nullptr) return std::nullopt;
      const int64_t size = archive_entry_size(entry);
      if (size < 0 || size > bytes_left - kBytesPerEntry) {
        return absl::ResourceExhaustedError(absl::StrCat("image ", path_, ": archive too large"));
      }
      bytes_left -= size + kBytesPerEntry;
      if (archive_entry_filetype(entry) != AE_IFREG || !EntryHardLink(entry).empty()) continue;
      const absl::StatusOr<SplitPath> split = SplitEntryPath(EntryPath(entry));
      if (!split.ok()) continue;
      return Entry{.file = split->parent.empty() ? split->name
                                                 : absl::StrCat(split->parent, "/", split->name),
                   .size = size};
    }
  }

  // The current entry's content, or "" if it does not begin like a JSON object.
  static absl::StatusOr<std::string> ReadJson(ArchiveInput& input) {
    std::string text;
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<ArchiveInput::Block> block, input.NextBlock());
      if (!block.has_value()) return text;
      if (static_cast<int64_t>(text.size()) != block->offset) return std::string();  // Has holes.
      text.append(block->data, block->size);
      const size_t first = text.find_first_not_of(" \t\r\n");
      if (first != std::string::npos && text[first] != '{') return std::string();
    }
  }

  absl::Status CopyFiles(absl::flat_hash_map<std::string, UniqueFd>& files) {
    ASSIGN_OR_RETURN(const std::unique_ptr<ArchiveInput> input, Rewind());
    int64_t stream_bytes_left = StreamBytesMax();
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<Entry> entry, NextFile(*input, stream_bytes_left));
      if (!entry.has_value()) return absl::OkStatus();
      const auto found = files.find(entry->file);
      if (found == files.end() || found->second.valid()) continue;
      ASSIGN_OR_RETURN(found->second, CopyFile(*input, entry->file));
    }
  }

  absl::StatusOr<UniqueFd> CopyFile(ArchiveInput& input, const std::string& file) const {
    UniqueFd copy(open(scratch_directory_.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
    if (!copy.valid()) return FileError(errno, "create file in", scratch_directory_);
    while (true) {
      ASSIGN_OR_RETURN(std::optional<ArchiveInput::Block> block, input.NextBlock());
      if (!block.has_value()) return copy;
      while (block->size > 0) {
        const ssize_t written = pwrite(copy.get(), block->data, block->size, block->offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return FileError(errno, "write", file);
        block->data += written;
        block->size -= static_cast<size_t>(written);
        block->offset += written;
      }
    }
  }

  const UniqueFd archive_;
  const std::string path_;
  const std::string scratch_directory_;
  const ImageLimits limits_;
  absl::flat_hash_map<std::string, std::string> texts_;
};

}  // namespace

std::string BlobFile(const std::string& digest) {
  return absl::StrCat("blobs/sha256/", digest.substr(digest.find(':') + 1));
}

absl::StatusOr<std::unique_ptr<ImageLayout>> ImageLayout::Open(const std::string& path,
                                                               const std::string& scratch_directory,
                                                               const ImageLimits& limits) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno != ENOENT) return FileError(errno, "open image", path);
    return absl::NotFoundError(absl::StrCat("open image ", path, ": does not exist"));
  }
  struct stat status = {};
  if (fstat(fd.get(), &status) != 0) return FileError(errno, "stat", path);
  if (S_ISDIR(status.st_mode)) {
    return std::make_unique<DirectoryLayout>(std::move(fd), path, limits);
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("image ", path, ": neither a directory nor a file"));
  }
  auto layout = std::make_unique<ArchiveLayout>(std::move(fd), path, scratch_directory, limits);
  RETURN_IF_ERROR(layout->ReadTexts());
  return layout;
}

}  // namespace floe::node_agent::image
