// Makes zip files in memory.

#ifndef FLOE_TESTS_ORCHESTRATOR_INVOKE_API_ZIP_WRITER_H_
#define FLOE_TESTS_ORCHESTRATOR_INVOKE_API_ZIP_WRITER_H_

#include <string>
#include <vector>

namespace floe::invoke_api {

struct ZipEntry {
  std::string name;     // A directory when it ends in a slash.
  std::string content;  // Or what a link points to.
  int mode = 0644;
  bool is_link = false;
};

std::string MakeZip(const std::vector<ZipEntry>& entries);

}  // namespace floe::invoke_api

#endif  // FLOE_TESTS_ORCHESTRATOR_INVOKE_API_ZIP_WRITER_H_
