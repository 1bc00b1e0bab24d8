// From an image layout to the one image in it for this machine, every document checked by its
// digest.

#ifndef FLOE_NODE_AGENT_IMAGE_IMAGE_RESOLVER_H_
#define FLOE_NODE_AGENT_IMAGE_IMAGE_RESOLVER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node_agent/image/image_layout.h"
#include "node_agent/image/image_manifest.h"

namespace floe::node_agent::image {

struct ResolvedImage {
  std::string digest;  // Of the manifest.
  ImageConfig config;
  std::vector<Descriptor> layers;  // The lowest first.
};

// INVALID_ARGUMENT: a document is missing, damaged or malformed, or there is no image for linux on
// `architecture`. The text begins with the file that is to blame.
absl::StatusOr<ResolvedImage> ResolveImage(ImageLayout& layout, absl::string_view architecture);

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_RESOLVER_H_
