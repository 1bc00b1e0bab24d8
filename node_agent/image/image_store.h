// Makes the code of functions into read-only root file systems: OCI images are unpacked once per
// digest and shared by all environments; directories are checked and used as they are.

#ifndef FLOE_NODE_AGENT_IMAGE_IMAGE_STORE_H_
#define FLOE_NODE_AGENT_IMAGE_IMAGE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_limits.h"

namespace floe::node_agent {

enum class CodeSource { kOciImage, kRootDirectory, kTaskDirectory };

// What a container needs to know of a function's code.
struct PreparedCode {
  std::string root_directory;
  std::vector<ReadOnlyMount> mounts;  // The task directory at /var/task.
  // From the image's configuration; a shell-form entrypoint has become {"/bin/sh", "-c", line}
  // there.
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::vector<std::string> variables;  // NAME=value.
  std::string working_directory;       // Empty: "/".
  std::string digest;                  // "sha256:..." of an image's manifest; else empty.
};

// Thread-safe: one image is unpacked once however many ask at the same time.
class ImageStore {
 public:
  // Keeps unpacked roots below `directory`, which is created. Removes what an earlier process that
  // was killed left half unpacked there.
  static absl::StatusOr<std::unique_ptr<ImageStore>> Create(const std::string& directory,
                                                            const ImageLimits& limits = {});
  virtual ~ImageStore() = default;

  // NOT_FOUND: a path does not exist. INVALID_ARGUMENT: not an image, damaged (digest mismatch), or
  // for another architecture; the text says which file and why. RESOURCE_EXHAUSTED: over a limit.
  // Whether there is something to start shows when a container runs it: the function's
  // configuration may name an entrypoint where the code has none.
  virtual absl::StatusOr<PreparedCode> Prepare(CodeSource source, const std::string& path,
                                               const std::string& base_root) = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_STORE_H_
