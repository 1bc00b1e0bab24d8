// The three JSON documents of an OCI image (index, manifest, configuration) as values.
//
// Pure text in, value or error out; nothing is read from anywhere. Docker's older media types and
// its habit of writing null for "none" are understood. Errors are INVALID_ARGUMENT and name the
// field.

#ifndef FLOE_NODE_AGENT_IMAGE_IMAGE_MANIFEST_H_
#define FLOE_NODE_AGENT_IMAGE_IMAGE_MANIFEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe::node_agent::image {

// More layers or index entries than any builder makes are refused.
inline constexpr int kLayersMax = 256;
inline constexpr int kIndexEntriesMax = 4'096;

// What a reference to a blob promises about it.
struct Descriptor {
  std::string media_type;  // May be empty.
  std::string digest;      // IsDigest.
  int64_t size = 0;        // >= 0.
  std::string os;          // Of the platform; empty when it is not told.
  std::string architecture;
};

struct ImageIndex {
  std::vector<Descriptor> manifests;
};

struct ImageManifest {
  Descriptor config;
  std::vector<Descriptor> layers;  // The lowest first.
};

// What Lambda honours of an image's configuration.
struct ImageConfig {
  std::string os;
  std::string architecture;
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::vector<std::string> variables;  // NAME=value.
  std::string working_directory;       // Empty or absolute.
};

absl::StatusOr<ImageIndex> ParseImageIndex(absl::string_view json);
absl::StatusOr<ImageManifest> ParseImageManifest(absl::string_view json);
// A string where a list is usual becomes {"/bin/sh", "-c", string}.
absl::StatusOr<ImageConfig> ParseImageConfig(absl::string_view json);

// The entry to go on with for linux on `architecture`: one whose platform says so, else the first
// that tells no platform. The error lists what there is instead.
absl::StatusOr<Descriptor> ChooseManifest(const ImageIndex& index, absl::string_view architecture);

bool IsIndexMediaType(absl::string_view media_type);

// This machine's architecture as OCI spells it: "amd64", "arm64".
absl::string_view MachineArchitecture();

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_MANIFEST_H_
