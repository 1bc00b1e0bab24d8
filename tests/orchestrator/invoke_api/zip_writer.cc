#include "tests/orchestrator/invoke_api/zip_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"

namespace floe::invoke_api {
namespace {

la_ssize_t Append(archive*, void* out, const void* data, size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string MakeZip(const std::vector<ZipEntry>& entries) {
  std::string zip;
  archive* const writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_bytes_in_last_block(writer, 1);  // No padding at the end.
  CHECK(archive_write_open(writer, &zip, nullptr, Append, nullptr) == ARCHIVE_OK);
  for (const ZipEntry& entry : entries) {
    archive_entry* const header = archive_entry_new();
    archive_entry_set_pathname(header, entry.name.c_str());
    archive_entry_set_perm(header, static_cast<mode_t>(entry.mode));
    if (entry.is_link) {
      archive_entry_set_filetype(header, AE_IFLNK);
      archive_entry_set_symlink(header, entry.content.c_str());
    } else if (entry.name.back() == '/') {
      archive_entry_set_filetype(header, AE_IFDIR);
    } else {
      archive_entry_set_filetype(header, AE_IFREG);
      archive_entry_set_size(header, static_cast<la_int64_t>(entry.content.size()));
    }
    CHECK(archive_write_header(writer, header) == ARCHIVE_OK);
    if (!entry.is_link && entry.name.back() != '/') {
      CHECK(archive_write_data(writer, entry.content.data(), entry.content.size()) ==
            static_cast<la_ssize_t>(entry.content.size()));
    }
    archive_entry_free(header);
  }
  CHECK(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
  return zip;
}

}  // namespace floe::invoke_api
