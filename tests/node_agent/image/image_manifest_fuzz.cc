// Any text as index, manifest and configuration: a value or an error, never a crash.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "node_agent/image/image_manifest.h"
#include "node_agent/image/sha256.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace image = floe::node_agent::image;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto index = image::ParseImageIndex(text); index.ok()) {
    const auto chosen = image::ChooseManifest(*index, "amd64");
    CHECK(!chosen.ok() || (image::IsDigest(chosen->digest) && chosen->size >= 0));
  }
  if (const auto manifest = image::ParseImageManifest(text); manifest.ok()) {
    for (const image::Descriptor& layer : manifest->layers) CHECK(image::IsDigest(layer.digest));
  }
  if (const auto config = image::ParseImageConfig(text); config.ok()) {
    for (const std::string& variable : config->variables) {
      CHECK(variable.find('=') != std::string::npos);
    }
    const std::string& directory = config->working_directory;
    CHECK(directory.empty() || directory.front() == '/');
  }
  return 0;
}
