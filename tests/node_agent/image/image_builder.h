// Makes tar archives and OCI image layouts for tests, right ones and wrong ones.

#ifndef FLOE_TESTS_NODE_AGENT_IMAGE_IMAGE_BUILDER_H_
#define FLOE_TESTS_NODE_AGENT_IMAGE_IMAGE_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace floe::node_agent::image {

enum class EntryType { kFile, kDirectory, kSymbolicLink, kHardLink, kPipe, kDevice };
enum class Compression { kNone, kGzip, kZstd };

struct TarEntry {
  std::string path;
  EntryType type = EntryType::kFile;
  std::string text;  // A file's content, a link's target.
  int mode = 0644;
  int64_t mtime = 1'000'000'000;
};

inline TarEntry File(std::string path, std::string text, int mode = 0644) {
  return {.path = std::move(path), .text = std::move(text), .mode = mode};
}
inline TarEntry Directory(std::string path, int mode = 0755) {
  return {.path = std::move(path), .type = EntryType::kDirectory, .mode = mode};
}
inline TarEntry SymbolicLink(std::string path, std::string target) {
  return {.path = std::move(path), .type = EntryType::kSymbolicLink, .text = std::move(target)};
}
inline TarEntry HardLink(std::string path, std::string target) {
  return {.path = std::move(path), .type = EntryType::kHardLink, .text = std::move(target)};
}

std::string MakeTar(const std::vector<TarEntry>& entries,
                    Compression compression = Compression::kNone);

// An archive of one file whose name stands as UTF-8 in a pax header.
std::string MakePaxTar(const std::string& path, const std::string& text);

// In memory where there is such a file system, because tests make thousands of files; else below
// the directory that the test runner gives. Removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void WriteFile(const std::string& path, const std::string& text);
std::string ReadFile(const std::string& path);  // "<missing>" when there is none.
bool Exists(const std::string& path);           // Dangling links do.

// What an image is made of. The defaults are a right one.
struct ImageParts {
  std::vector<std::string> layers;  // The bytes of each blob.
  std::string layer_media_type = "application/vnd.oci.image.layer.v1.tar";
  std::string architecture;  // Empty: of this machine.
  std::string os = "linux";
  std::string process = R"({"Entrypoint":["/bin/hello"]})";  // The configuration's "config".
};

// An image layout directory in the making.
class LayoutBuilder {
 public:
  // `directory` is created.
  explicit LayoutBuilder(std::string directory);

  const std::string& path() const { return directory_; }
  // Both give the descriptor's JSON. `media_type` may be empty.
  std::string AddBlob(const std::string& bytes, const std::string& media_type);
  std::string AddImage(const ImageParts& parts);
  void WriteIndex(const std::vector<std::string>& descriptors);
  // One image, and the index that names it.
  void WriteImage(const ImageParts& parts);
  std::string BlobPath(const std::string& bytes) const;
  // The whole directory as an archive.
  std::string ToTar(Compression compression) const;

 private:
  std::string directory_;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_TESTS_NODE_AGENT_IMAGE_IMAGE_BUILDER_H_
