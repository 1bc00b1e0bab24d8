// Applies the layers of an image, one after the other, to a root directory.
//
// Guarantees, whatever a layer holds:
//  - nothing outside the root is touched (see root_directory.h);
//  - no device node, pipe, socket, set-user-id or set-group-id bit, file capability or other
//  extended
//    attribute appears; everything belongs to the process that unpacks;
//  - no more bytes and entries are written than the budget allows, counted as they would appear to
//  a
//    reader, holes included.
//
// Whiteouts follow the OCI image specification: ".wh.NAME" removes what lower layers call NAME,
// ".wh..wh..opq" everything of lower layers in its directory; neither removes what the same layer
// brings, in whatever order. Other ".wh..wh." names belong to AUFS and are skipped.

#ifndef FLOE_NODE_AGENT_IMAGE_LAYER_UNPACKER_H_
#define FLOE_NODE_AGENT_IMAGE_LAYER_UNPACKER_H_

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node_agent/image/archive_input.h"
#include "node_agent/image/root_directory.h"

namespace floe::node_agent::image {

// What may still be unpacked; shared by all layers of an image.
struct UnpackBudget {
  int64_t bytes_left = 0;
  int64_t entries_left = 0;
};

// Thread-compatible.
class LayerUnpacker {
 public:
  // `root` and `budget` outlive the unpacker.
  LayerUnpacker(const RootDirectory* root, UnpackBudget* budget) : root_(root), budget_(budget) {}

  // Applies one layer. RESOURCE_EXHAUSTED: over the budget, or the disk is full. INVALID_ARGUMENT:
  // not a tar, or with entries that cannot be. After an error the root is of no use.
  absl::Status Apply(ArchiveInput& layer);

 private:
  struct Place;  // Where an entry goes.

  absl::Status Charge(archive_entry* entry);
  absl::Status ApplyEntry(ArchiveInput& layer, archive_entry* entry);
  absl::Status ApplyWhiteout(const SplitPath& path);
  absl::Status ClearPlace(const Place& place) const;
  absl::Status ApplyDirectory(const Place& place, archive_entry* entry);
  absl::Status ApplyFile(const Place& place, archive_entry* entry, ArchiveInput& layer) const;
  absl::Status ApplySymbolicLink(const Place& place, archive_entry* entry) const;
  absl::Status ApplyHardLink(const Place& place, archive_entry* entry) const;
  absl::Status RemoveLower(int parent_fd, const std::string& name, int depth);
  absl::StatusOr<bool> EmptyOfLower(int directory_fd, int depth);
  absl::Status RestoreDirectoryTimes();

  const RootDirectory* const root_;
  UnpackBudget* const budget_;
  // What this layer has brought: inode of the holding directory, and name.
  absl::flat_hash_set<std::pair<uint64_t, std::string>> brought_;
  // Directories of this layer; their times are set last, because every new file inside changes
  // them.
  std::vector<std::pair<std::string, timespec>> directory_times_;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_LAYER_UNPACKER_H_
