#include "simulator/scenario_file/file_content.h"

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace floe {

absl::StatusOr<std::string> ReadFileContent(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno == 0 ? ENOENT : errno, absl::StrCat("open ", path));
  std::string content;
  char chunk[1 << 16];
  while (file.read(chunk, sizeof(chunk)), file.gcount() > 0) {
    content.append(chunk, static_cast<size_t>(file.gcount()));
    if (content.size() > kScenarioFileBytesMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("read ", path, ": larger than ", kScenarioFileBytesMax, " bytes"));
    }
  }
  if (file.bad()) return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("read ", path));
  return content;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace floe
