// A directory for finished roots and for those in the making.
//
// Guarantees:
//  - what is in the making has a directory of its own, held under a lock that the kernel releases
//  when
//    the process ends in any way; the next process removes what has no lock;
//  - a finished root appears under its name at once and complete, or not at all, and survives a
//  crash
//    of the machine;
//  - several processes may share the directory.

#ifndef FLOE_NODE_AGENT_IMAGE_UNPACK_AREA_H_
#define FLOE_NODE_AGENT_IMAGE_UNPACK_AREA_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent::image {

// Thread-safe.
class UnpackArea {
 public:
  // Creates `directory` where needed and removes what killed processes left half made in it.
  static absl::StatusOr<std::unique_ptr<UnpackArea>> Create(const std::string& directory);

  // A root in the making. Destroying it removes it unless Finish succeeded. Outlived by the area.
  class Draft {
   public:
    ~Draft();
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    // An empty directory of mode 0755.
    const std::string& path() const { return path_; }
    // Makes the root known as `name`. OK also when another process was faster: then theirs counts.
    absl::Status Finish(const std::string& name);

   private:
    friend class UnpackArea;
    Draft(const UnpackArea* area, std::string name, UniqueFd lock);

    const UnpackArea* const area_;
    const std::string name_;  // Of the locked directory, which holds the root.
    const std::string path_;
    UniqueFd lock_;
  };
  absl::StatusOr<std::unique_ptr<Draft>> NewDraft() const;

  // Absolute path of the root `name`, finished or not.
  std::string PathOf(const std::string& name) const;
  bool IsFinished(const std::string& name) const;
  const std::string& directory() const { return directory_; }

 private:
  UnpackArea(std::string directory, UniqueFd fd)
      : directory_(std::move(directory)), fd_(std::move(fd)) {}
  // Keeps other processes from making or judging drafts until it is closed.
  absl::StatusOr<UniqueFd> Lock() const;
  absl::Status RemoveLeftovers() const;

  const std::string directory_;
  const UniqueFd fd_;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_UNPACK_AREA_H_
