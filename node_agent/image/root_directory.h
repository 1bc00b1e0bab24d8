// File operations below a directory whose content is not trusted.
//
// Guarantees:
//  - nothing outside the directory is read, made, changed or removed, whatever symbolic links, ".."
//    or absolute names the content holds: the kernel resolves every path as if the directory were
//    "/";
//  - the last component of a path is never followed when something is made or removed there;
//  - removal uses a fixed number of descriptors and no recursion, however deep a tree is.
//
// Needs Linux 5.6 (openat2).

#ifndef FLOE_NODE_AGENT_IMAGE_ROOT_DIRECTORY_H_
#define FLOE_NODE_AGENT_IMAGE_ROOT_DIRECTORY_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent::image {

// The status for `error` (an errno): RESOURCE_EXHAUSTED where the machine is full, INVALID_ARGUMENT
// where the shape of a tree is wrong, else INTERNAL.
absl::Status FileError(int error, absl::string_view operation, absl::string_view subject);

// A path below the root, cut into its last component and the directory that holds it.
struct SplitPath {
  std::string parent;  // "" is the root.
  std::string name;    // "" when the path is the root itself.
};
// Drops leading slashes, "." and doubled slashes. INVALID_ARGUMENT for a path with "..".
absl::StatusOr<SplitPath> SplitEntryPath(absl::string_view path);

// Thread-compatible.
class RootDirectory {
 public:
  // NOT_FOUND when `path` does not exist.
  static absl::StatusOr<RootDirectory> Open(const std::string& path);

  int fd() const { return fd_.get(); }

  // A handle on the directory `path` inside, with symbolic links followed inside. It serves the *at
  // calls and fstat only. NOT_FOUND when a part is missing.
  absl::StatusOr<UniqueFd> OpenDirectory(const std::string& path) const;
  // As OpenDirectory, but makes what is missing, with mode 0755.
  absl::StatusOr<UniqueFd> MakeDirectories(const std::string& path) const;
  // Makes `path` a directory that is no link, in place of whatever else is there, with `mode`.
  absl::Status MakeMountPoint(const std::string& path, mode_t mode) const;

 private:
  explicit RootDirectory(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// Removes the file or tree `name` in `parent_fd`; OK when there is none. Mounts are not crossed.
absl::Status RemoveTree(int parent_fd, const std::string& name);

// Everything in the directory but "." and "..", in no particular order.
absl::StatusOr<std::vector<std::string>> ListNames(int directory_fd);

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_ROOT_DIRECTORY_H_
