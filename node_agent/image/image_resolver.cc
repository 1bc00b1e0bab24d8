#include "node_agent/image/image_resolver.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/image/sha256.h"

namespace floe::node_agent::image {
namespace {

// An index may point to an index, as the archives of some builders do.
constexpr int kIndexDepthMax = 4;

absl::Status InFile(const std::string& file, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
}

absl::StatusOr<std::string> ReadBlob(ImageLayout& layout, const Descriptor& descriptor) {
  const std::string file = BlobFile(descriptor.digest);
  ASSIGN_OR_RETURN(std::string text, layout.ReadText(file));
  if (static_cast<int64_t>(text.size()) != descriptor.size) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": has ", text.size(), " bytes, not ", descriptor.size));
  }
  const std::string digest = DigestOf(text);
  if (digest != descriptor.digest) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": damaged, its digest is ", digest));
  }
  return text;
}

absl::StatusOr<Descriptor> FindManifest(ImageLayout& layout, absl::string_view architecture) {
  std::string file = kIndexFile;
  ASSIGN_OR_RETURN(std::string text, layout.ReadText(file));
  for (int depth = 0; depth < kIndexDepthMax; ++depth) {
    absl::StatusOr<ImageIndex> index = ParseImageIndex(text);
    if (!index.ok()) return InFile(file, index.status());
    absl::StatusOr<Descriptor> chosen = ChooseManifest(*index, architecture);
    if (!chosen.ok()) return InFile(file, chosen.status());
    if (!IsIndexMediaType(chosen->media_type)) return chosen;
    file = BlobFile(chosen->digest);
    ASSIGN_OR_RETURN(text, ReadBlob(layout, *chosen));
  }
  return absl::InvalidArgumentError(absl::StrCat(file, ": more than ", kIndexDepthMax, " indexes"));
}

absl::Status CheckPlatform(const ImageConfig& config, absl::string_view architecture) {
  const bool fits = (config.os.empty() || config.os == "linux") &&
                    (config.architecture.empty() || config.architecture == architecture);
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("is for ", config.os, "/", config.architecture,
                                                 ", not for linux/", architecture));
}

}  // namespace

absl::StatusOr<ResolvedImage> ResolveImage(ImageLayout& layout, absl::string_view architecture) {
  ASSIGN_OR_RETURN(const Descriptor descriptor, FindManifest(layout, architecture));
  ASSIGN_OR_RETURN(const std::string manifest_text, ReadBlob(layout, descriptor));
  absl::StatusOr<ImageManifest> manifest = ParseImageManifest(manifest_text);
  if (!manifest.ok()) return InFile(BlobFile(descriptor.digest), manifest.status());

  ASSIGN_OR_RETURN(const std::string config_text, ReadBlob(layout, manifest->config));
  const std::string config_file = BlobFile(manifest->config.digest);
  absl::StatusOr<ImageConfig> config = ParseImageConfig(config_text);
  if (!config.ok()) return InFile(config_file, config.status());
  RETURN_IF_ERROR(InFile(config_file, CheckPlatform(*config, architecture)));

  return ResolvedImage{.digest = descriptor.digest,
                       .config = *std::move(config),
                       .layers = std::move(manifest->layers)};
}

}  // namespace floe::node_agent::image
