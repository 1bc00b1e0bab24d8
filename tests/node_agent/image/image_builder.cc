#include "tests/node_agent/image/image_builder.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "node_agent/image/image_manifest.h"
#include "node_agent/image/sha256.h"

namespace floe::node_agent::image {
namespace {

constexpr char kManifestType[] = "application/vnd.oci.image.manifest.v1+json";
constexpr char kConfigType[] = "application/vnd.oci.image.config.v1+json";

mode_t FileType(EntryType type) {
  switch (type) {
    case EntryType::kHardLink:
    case EntryType::kFile:
      return AE_IFREG;
    case EntryType::kDirectory:
      return AE_IFDIR;
    case EntryType::kSymbolicLink:
      return AE_IFLNK;
    case EntryType::kPipe:
      return AE_IFIFO;
    case EntryType::kDevice:
      return AE_IFCHR;
  }
  return 0;
}

void WriteEntry(archive* writer, const TarEntry& from) {
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, from.path.c_str());
  archive_entry_set_filetype(entry, FileType(from.type));
  archive_entry_set_perm(entry, static_cast<mode_t>(from.mode));
  archive_entry_set_mtime(entry, from.mtime, 0);
  archive_entry_set_uid(entry, 1234);
  archive_entry_set_gid(entry, 1234);
  if (from.type == EntryType::kFile) {
    archive_entry_set_size(entry, static_cast<int64_t>(from.text.size()));
  }
  if (from.type == EntryType::kSymbolicLink) archive_entry_set_symlink(entry, from.text.c_str());
  if (from.type == EntryType::kHardLink) archive_entry_set_hardlink(entry, from.text.c_str());
  if (from.type == EntryType::kDevice) archive_entry_set_rdev(entry, makedev(1, 3));
  CHECK(archive_write_header(writer, entry) >= ARCHIVE_WARN);
  if (from.type == EntryType::kFile && !from.text.empty()) {
    CHECK(archive_write_data(writer, from.text.data(), from.text.size()) ==
          static_cast<la_ssize_t>(from.text.size()));
  }
  archive_entry_free(entry);
}

// One entry in the ustar format: a header and the content, filled up to whole blocks.
std::string TarBlocks(char type, const std::string& path, const std::string& content) {
  std::string header(512, '\0');
  header.replace(0, path.size(), path);
  header.replace(100, 7, "0000644");
  header.replace(124, 11, absl::StrFormat("%011o", content.size()));
  header.replace(136, 11, "00000000000");
  header.replace(148, 8, "        ");
  header[156] = type;
  header.replace(257, 8, std::string("ustar\00000", 8));
  int sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  header.replace(148, 7, absl::StrFormat("%06o", sum) + '\0');
  const size_t padding = (512 - content.size() % 512) % 512;
  return absl::StrCat(header, content, std::string(padding, '\0'));
}

la_ssize_t AppendTo(archive* /*writer*/, void* bytes, const void* data, size_t size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string MakeTar(const std::vector<TarEntry>& entries, Compression compression) {
  std::string bytes;
  archive* writer = archive_write_new();
  CHECK(archive_write_set_format_pax_restricted(writer) == ARCHIVE_OK);
  if (compression == Compression::kGzip) CHECK(archive_write_add_filter_gzip(writer) == ARCHIVE_OK);
  if (compression == Compression::kZstd) CHECK(archive_write_add_filter_zstd(writer) == ARCHIVE_OK);
  archive_write_set_bytes_in_last_block(writer, 1);
  CHECK(archive_write_open(writer, &bytes, nullptr, &AppendTo, nullptr) == ARCHIVE_OK);
  for (const TarEntry& entry : entries) WriteEntry(writer, entry);
  CHECK(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
  return bytes;
}

std::string MakePaxTar(const std::string& path, const std::string& text) {
  // A record tells its own length, here always of two digits.
  const std::string rest = absl::StrCat(" path=", path, "\n");
  const std::string record = absl::StrCat(rest.size() + 2, rest);
  CHECK(record.size() < 100);
  return absl::StrCat(TarBlocks('x', "pax", record), TarBlocks('0', "ascii", text),
                      std::string(1'024, '\0'));
}

TemporaryDirectory::TemporaryDirectory() {
  const char* base = std::getenv("TEST_TMPDIR");
  if (access("/dev/shm", W_OK) == 0) base = "/dev/shm";
  path_ = absl::StrCat(base == nullptr ? "/tmp" : base, "/floe-image-XXXXXX");
  CHECK(mkdtemp(path_.data()) != nullptr);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

void WriteFile(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return "<missing>";
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

LayoutBuilder::LayoutBuilder(std::string directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(directory_);
  WriteFile(absl::StrCat(directory_, "/oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
}

std::string LayoutBuilder::BlobPath(const std::string& bytes) const {
  return absl::StrCat(directory_, "/blobs/sha256/", DigestOf(bytes).substr(7));
}

std::string LayoutBuilder::AddBlob(const std::string& bytes, const std::string& media_type) {
  WriteFile(BlobPath(bytes), bytes);
  const std::string type =
      media_type.empty() ? "" : absl::StrCat(R"("mediaType":")", media_type, R"(",)");
  return absl::StrCat("{", type, R"("digest":")", DigestOf(bytes), R"(","size":)", bytes.size(),
                      "}");
}

std::string LayoutBuilder::AddImage(const ImageParts& parts) {
  std::vector<std::string> layers;
  for (const std::string& layer : parts.layers) {
    layers.push_back(AddBlob(layer, parts.layer_media_type));
  }
  const std::string architecture =
      parts.architecture.empty() ? std::string(MachineArchitecture()) : parts.architecture;
  const std::string config = absl::StrCat(R"({"architecture":")", architecture, R"(","os":")",
                                          parts.os, R"(","config":)", parts.process, "}");
  const std::string manifest =
      absl::StrCat(R"({"schemaVersion":2,"config":)", AddBlob(config, kConfigType),
                   R"(,"layers":[)", absl::StrJoin(layers, ","), "]}");
  return AddBlob(manifest, kManifestType);
}

void LayoutBuilder::WriteIndex(const std::vector<std::string>& descriptors) {
  WriteFile(
      absl::StrCat(directory_, "/index.json"),
      absl::StrCat(R"({"schemaVersion":2,"manifests":[)", absl::StrJoin(descriptors, ","), "]}"));
}

void LayoutBuilder::WriteImage(const ImageParts& parts) {
  WriteIndex({AddImage(parts)});
}

std::string LayoutBuilder::ToTar(Compression compression) const {
  std::vector<TarEntry> entries;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!file.is_regular_file()) continue;
    entries.push_back(File(std::filesystem::relative(file.path(), directory_).string(),
                           ReadFile(file.path().string())));
  }
  std::sort(entries.begin(), entries.end(),
            [](const TarEntry& a, const TarEntry& b) { return a.path < b.path; });
  return MakeTar(entries, compression);
}

}  // namespace floe::node_agent::image
