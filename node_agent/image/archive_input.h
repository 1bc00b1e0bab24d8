// A tar archive (plain, gzip or zstd) read front to back with libarchive, its bytes hashed on the
// way.

#ifndef FLOE_NODE_AGENT_IMAGE_ARCHIVE_INPUT_H_
#define FLOE_NODE_AGENT_IMAGE_ARCHIVE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node_agent/image/sha256.h"

struct archive;
struct archive_entry;

namespace floe::node_agent::image {

// Names of an entry as bytes, "" when it has none. Names that a pax header gives in UTF-8 come out
// as UTF-8 whatever the locale of the process.
std::string EntryPath(archive_entry* entry);
std::string EntryHardLink(archive_entry* entry);
std::string EntrySymbolicLink(archive_entry* entry);

// Thread-compatible. Errors are INVALID_ARGUMENT and tell the archive's name and what libarchive
// says.
class ArchiveInput {
 public:
  // Reads from the position of `fd`, which the caller keeps open and owns.
  // `name` is what errors call the archive.
  static absl::StatusOr<std::unique_ptr<ArchiveInput>> OpenFd(int fd, absl::string_view name);
  // As OpenFd, but skips over entries by seeking where it can, so there is no Finish.
  static absl::StatusOr<std::unique_ptr<ArchiveInput>> OpenSeekable(int fd, absl::string_view name);
  // `bytes` outlive the input. There is no Finish.
  static absl::StatusOr<std::unique_ptr<ArchiveInput>> OpenMemory(absl::string_view bytes,
                                                                  absl::string_view name);
  ~ArchiveInput();
  ArchiveInput(const ArchiveInput&) = delete;
  ArchiveInput& operator=(const ArchiveInput&) = delete;

  // The next entry, or null at the end. It is valid until the following call.
  absl::StatusOr<archive_entry*> Next();

  struct Block {
    const char* data = nullptr;
    size_t size = 0;
    int64_t offset = 0;  // In the entry; gaps are holes.
  };
  // The next piece of the entry's data, or nothing at its end.
  absl::StatusOr<std::optional<Block>> NextBlock();

  struct Checksum {
    std::string digest;
    int64_t size = 0;
  };
  // Reads to the end of the file, also after an error, and gives what the whole of it was.
  absl::StatusOr<Checksum> Finish();

  const std::string& name() const { return name_; }

 private:
  explicit ArchiveInput(absl::string_view name);
  absl::Status Prepare();
  absl::Status ErrorOf(absl::string_view operation) const;
  int64_t ReadSome();
  static long ReadCallback(archive* reader, void* self, const void** buffer);  // NOLINT: la_ssize_t

  struct Free {
    void operator()(archive* reader) const;
  };
  const std::string name_;
  std::unique_ptr<archive, Free> archive_;
  absl::Status open_error_;
  int fd_ = -1;
  std::vector<char> buffer_;
  Sha256 sha256_;
  int64_t bytes_read_ = 0;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_ARCHIVE_INPUT_H_
