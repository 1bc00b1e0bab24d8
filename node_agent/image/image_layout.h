// Reads an OCI image layout: a directory, or a tar archive of one (plain, gzip or zstd).

#ifndef FLOE_NODE_AGENT_IMAGE_IMAGE_LAYOUT_H_
#define FLOE_NODE_AGENT_IMAGE_IMAGE_LAYOUT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/image/image_limits.h"
#include "node_agent/image/image_manifest.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent::image {

inline constexpr char kIndexFile[] = "index.json";

// Where a layout keeps the blob of `digest`. REQUIRES: IsDigest.
std::string BlobFile(const std::string& digest);

// Thread-compatible. Sizes and digests are the callers' to check.
class ImageLayout {
 public:
  // `scratch_directory` takes nameless files for the layers of an archive.
  // NOT_FOUND: `path` does not exist. INVALID_ARGUMENT: neither a directory nor a tar archive.
  static absl::StatusOr<std::unique_ptr<ImageLayout>> Open(const std::string& path,
                                                           const std::string& scratch_directory,
                                                           const ImageLimits& limits);
  virtual ~ImageLayout() = default;

  // The content of a JSON file. INVALID_ARGUMENT: it is missing. RESOURCE_EXHAUSTED: too large.
  virtual absl::StatusOr<std::string> ReadText(const std::string& file) = 0;
  // The blobs of `layers`, in this order, each at its first byte.
  virtual absl::StatusOr<std::vector<UniqueFd>> OpenLayers(
      const std::vector<Descriptor>& layers) = 0;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_LAYOUT_H_
