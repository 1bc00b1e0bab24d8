#include "node_agent/image/archive_input.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe::node_agent::image {
namespace {

constexpr size_t kReadBytes = 256 << 10;

static_assert(std::is_same_v<la_ssize_t, long>);  // NOLINT(google-runtime-int)

std::string FirstOf(const char* bytes, const char* utf8) {
  if (bytes != nullptr) return bytes;
  return utf8 == nullptr ? "" : utf8;
}

}  // namespace

std::string EntryPath(archive_entry* entry) {
  return FirstOf(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
}

std::string EntryHardLink(archive_entry* entry) {
  return FirstOf(archive_entry_hardlink(entry), archive_entry_hardlink_utf8(entry));
}

std::string EntrySymbolicLink(archive_entry* entry) {
  return FirstOf(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
}

void ArchiveInput::Free::operator()(archive* reader) const {
  archive_read_free(reader);
}

ArchiveInput::ArchiveInput(absl::string_view name) : name_(name), archive_(archive_read_new()) {}

ArchiveInput::~ArchiveInput() = default;

absl::StatusOr<std::unique_ptr<ArchiveInput>> ArchiveInput::OpenFd(int fd, absl::string_view name) {
  std::unique_ptr<ArchiveInput> input(new ArchiveInput(name));
  RETURN_IF_ERROR(input->Prepare());
  input->fd_ = fd;
  input->buffer_.resize(kReadBytes);
  if (archive_read_open(input->archive_.get(), input.get(), nullptr, &ArchiveInput::ReadCallback,
                        nullptr) != ARCHIVE_OK) {
    // Told by Next, so that the caller can ask for the checksum, which says more.
    input->open_error_ = input->ErrorOf("open");
  }
  return input;
}

absl::StatusOr<std::unique_ptr<ArchiveInput>> ArchiveInput::OpenSeekable(int fd,
                                                                         absl::string_view name) {
  std::unique_ptr<ArchiveInput> input(new ArchiveInput(name));
  RETURN_IF_ERROR(input->Prepare());
  if (archive_read_open_fd(input->archive_.get(), fd, kReadBytes) != ARCHIVE_OK) {
    return input->ErrorOf("open");
  }
  return input;
}

absl::StatusOr<std::unique_ptr<ArchiveInput>> ArchiveInput::OpenMemory(absl::string_view bytes,
                                                                       absl::string_view name) {
  std::unique_ptr<ArchiveInput> input(new ArchiveInput(name));
  RETURN_IF_ERROR(input->Prepare());
  if (archive_read_open_memory(input->archive_.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    return input->ErrorOf("open");
  }
  return input;
}

absl::Status ArchiveInput::Prepare() {
  archive* reader = archive_.get();
  if (reader == nullptr) return absl::ResourceExhaustedError("open archive: out of memory");
  const bool complete = archive_read_support_filter_gzip(reader) == ARCHIVE_OK &&
                        archive_read_support_format_tar(reader) == ARCHIVE_OK &&
                        archive_read_support_format_empty(reader) == ARCHIVE_OK;
  if (!complete) return ErrorOf("open");
  // A libarchive without zstd would start the zstd program; layers of that kind are refused then.
  if (archive_libzstd_version() != nullptr) archive_read_support_filter_zstd(reader);
  return absl::OkStatus();
}

absl::Status ArchiveInput::ErrorOf(absl::string_view operation) const {
  const char* cause = archive_error_string(archive_.get());
  const std::string text =
      absl::StrCat(operation, " ", name_, ": ", cause == nullptr ? "unknown error" : cause);
  if (archive_errno(archive_.get()) == ENOMEM) return absl::ResourceExhaustedError(text);
  return absl::InvalidArgumentError(text);
}

int64_t ArchiveInput::ReadSome() {
  while (true) {
    const ssize_t size = read(fd_, buffer_.data(), buffer_.size());
    if (size < 0 && errno == EINTR) continue;
    if (size > 0) {
      sha256_.Add(buffer_.data(), static_cast<size_t>(size));
      bytes_read_ += size;
    }
    return size;
  }
}

la_ssize_t ArchiveInput::ReadCallback(archive* reader, void* self, const void** buffer) {
  ArchiveInput* input = static_cast<ArchiveInput*>(self);
  const int64_t size = input->ReadSome();
  if (size < 0) archive_set_error(reader, errno, "read error %d", errno);
  *buffer = input->buffer_.data();
  return size;
}

absl::StatusOr<archive_entry*> ArchiveInput::Next() {
  RETURN_IF_ERROR(open_error_);
  archive_entry* entry = nullptr;
  while (true) {
    switch (archive_read_next_header(archive_.get(), &entry)) {
      case ARCHIVE_OK:
      case ARCHIVE_WARN:
        return entry;
      case ARCHIVE_RETRY:
        continue;
      case ARCHIVE_EOF:
        return nullptr;
      default:
        return ErrorOf("read");
    }
  }
}

absl::StatusOr<std::optional<ArchiveInput::Block>> ArchiveInput::NextBlock() {
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  while (true) {
    switch (archive_read_data_block(archive_.get(), &data, &size, &offset)) {
      case ARCHIVE_OK:
      case ARCHIVE_WARN:
        return Block{.data = static_cast<const char*>(data), .size = size, .offset = offset};
      case ARCHIVE_RETRY:
        continue;
      case ARCHIVE_EOF:
        return std::nullopt;
      default:
        return ErrorOf("read");
    }
  }
}

absl::StatusOr<ArchiveInput::Checksum> ArchiveInput::Finish() {
  while (true) {
    const int64_t size = ReadSome();
    if (size < 0) return absl::ErrnoToStatus(errno, absl::StrCat("read ", name_));
    if (size == 0) break;
  }
  return Checksum{.digest = sha256_.Digest(), .size = bytes_read_};
}

}  // namespace floe::node_agent::image
