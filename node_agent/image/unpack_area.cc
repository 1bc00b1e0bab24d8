#include "node_agent/image/unpack_area.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/image/root_directory.h"

namespace floe::node_agent::image {
namespace {

constexpr char kDraftPrefix[] = "unpacking-";
constexpr char kRootName[] = "root";
constexpr char kLockFile[] = "lock";

int LockFile(int fd, int operation) {
  int result = -1;
  do {
    result = flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnpackArea>> UnpackArea::Create(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return FileError(error.value(), "create", directory);
  const std::string absolute = std::filesystem::canonical(directory, error).string();
  if (error) return FileError(error.value(), "resolve", directory);
  UniqueFd fd(open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return FileError(errno, "open", absolute);
  std::unique_ptr<UnpackArea> area(new UnpackArea(absolute, std::move(fd)));
  RETURN_IF_ERROR(area->RemoveLeftovers());
  return area;
}

absl::StatusOr<UniqueFd> UnpackArea::Lock() const {
  UniqueFd lock(openat(fd_.get(), kLockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid() || LockFile(lock.get(), LOCK_EX) != 0) {
    return FileError(errno, "lock", directory_);
  }
  return lock;
}

absl::Status UnpackArea::RemoveLeftovers() const {
  ASSIGN_OR_RETURN(const UniqueFd lock, Lock());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNames(fd_.get()));
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, kDraftPrefix)) continue;
    const UniqueFd draft(
        openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    const bool is_live = draft.valid() && LockFile(draft.get(), LOCK_EX | LOCK_NB) != 0;
    if (!is_live) RETURN_IF_ERROR(RemoveTree(fd_.get(), name));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<UnpackArea::Draft>> UnpackArea::NewDraft() const {
  // Between making and locking, the draft looks like a left-over.
  ASSIGN_OR_RETURN(const UniqueFd lock, Lock());
  std::string path = absl::StrCat(directory_, "/", kDraftPrefix, "XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return FileError(errno, "create directory in", directory_);
  const std::string name = path.substr(directory_.size() + 1);
  UniqueFd fd(openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || LockFile(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return FileError(errno, "lock", path);
  }
  std::unique_ptr<Draft> draft(new Draft(this, name, std::move(fd)));
  if (mkdir(draft->path().c_str(), 0755) != 0 || chmod(draft->path().c_str(), 0755) != 0) {
    return FileError(errno, "create", draft->path());
  }
  return draft;
}

std::string UnpackArea::PathOf(const std::string& name) const {
  return absl::StrCat(directory_, "/", name);
}

bool UnpackArea::IsFinished(const std::string& name) const {
  struct stat status = {};
  return fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

UnpackArea::Draft::Draft(const UnpackArea* area, std::string name, UniqueFd lock)
    : area_(area),
      name_(std::move(name)),
      path_(absl::StrCat(area->directory(), "/", name_, "/", kRootName)),
      lock_(std::move(lock)) {}

UnpackArea::Draft::~Draft() {
  // What cannot be removed now is a left-over for the next start.
  static_cast<void>(RemoveTree(area_->fd_.get(), name_));
}

absl::Status UnpackArea::Draft::Finish(const std::string& name) {
  // Else a crash of the machine could keep the name and lose what is in the files.
  if (syncfs(lock_.get()) != 0) return FileError(errno, "sync", path_);
  if (renameat(lock_.get(), kRootName, area_->fd_.get(), name.c_str()) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  if (area_->IsFinished(name)) return absl::OkStatus();
  return FileError(error, "rename", path_);
}

}  // namespace floe::node_agent::image
