// Any bytes as a layer: unpacked or refused, and nothing appears outside the root.

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "node_agent/image/archive_input.h"
#include "node_agent/image/layer_unpacker.h"
#include "node_agent/image/root_directory.h"
#include "node_agent/linux/unique_fd.h"
#include "tests/node_agent/image/image_builder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace image = floe::node_agent::image;
  static const image::TemporaryDirectory directory;
  static const floe::node_agent::UniqueFd outside(
      open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  CHECK(mkdirat(outside.get(), "root", 0755) == 0);
  {
    const auto root = image::RootDirectory::Open(absl::StrCat(directory.path(), "/root"));
    CHECK(root.ok());
    image::UnpackBudget budget{.bytes_left = 1 << 16, .entries_left = 64};
    image::LayerUnpacker unpacker(&*root, &budget);
    // Twice: the second time as a layer on top of itself.
    for (int layer = 0; layer < 2; ++layer) {
      const auto input = image::ArchiveInput::OpenMemory(
          absl::string_view(reinterpret_cast<const char*>(data), size), "layer");
      if (!input.ok() || !unpacker.Apply(**input).ok()) break;
    }
    CHECK(budget.bytes_left >= 0 && budget.entries_left >= 0);
  }
  CHECK(image::RemoveTree(outside.get(), "root").ok());
  const auto names = image::ListNames(outside.get());
  CHECK(names.ok() && names->empty());
  return 0;
}
