#include "node_agent/image/image_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"
#include "node_agent/image/archive_input.h"
#include "node_agent/image/image_layout.h"
#include "node_agent/image/image_resolver.h"
#include "node_agent/image/layer_unpacker.h"
#include "node_agent/image/root_directory.h"
#include "node_agent/image/single_flight.h"
#include "node_agent/image/unpack_area.h"

namespace floe::node_agent {
namespace {

using image::ArchiveInput;
using image::Descriptor;
using image::FileError;
using image::ImageLayout;
using image::LayerUnpacker;
using image::ResolvedImage;
using image::RootDirectory;
using image::UnpackArea;
using image::UnpackBudget;

// Answers that are remembered; on reaching it all are forgotten, which costs reading JSON again.
constexpr size_t kKnownImagesMax = 1'024;

constexpr char kTaskMountPoint[] = "/var/task";
constexpr char kBootstrapInTask[] = "/var/task/bootstrap";

bool IsDirectory(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool IsExecutable(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         (status.st_mode & 0111) != 0;
}

// The absolute path of a directory that must exist.
absl::StatusOr<std::string> ResolveDirectory(const std::string& path, absl::string_view what) {
  std::error_code error;
  const std::string absolute = std::filesystem::canonical(path, error).string();
  if (error == std::errc::no_such_file_or_directory) {
    return absl::NotFoundError(absl::StrCat(what, " ", path, ": does not exist"));
  }
  if (error) return FileError(error.value(), what, path);
  if (!IsDirectory(absolute)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", path, ": is not a directory"));
  }
  return absolute;
}

absl::Status CheckMountPoints(const std::string& root,
                              const std::vector<std::string>& mount_points) {
  std::vector<std::string> missing;
  for (const std::string& mount_point : mount_points) {
    if (!IsDirectory(absl::StrCat(root, mount_point))) missing.push_back(mount_point);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("root directory ", root, ": lacks ", absl::StrJoin(missing, ", ")));
}

// Tells one state of a file or of a layout's index from another without reading it.
absl::StatusOr<std::string> StateOf(const std::string& path) {
  struct stat status = {};
  const std::string index = absl::StrCat(path, "/", image::kIndexFile);
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return FileError(errno, "open image", path);
    return absl::NotFoundError(absl::StrCat("open image ", path, ": does not exist"));
  }
  if (S_ISDIR(status.st_mode) && stat(index.c_str(), &status) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("image ", path, ": not an image layout, it has no ", image::kIndexFile));
  }
  return absl::StrJoin({absl::StrCat(status.st_dev, ":", status.st_ino, ":", status.st_size),
                        absl::StrCat(status.st_mtim.tv_sec, ".", status.st_mtim.tv_nsec),
                        absl::StrCat(status.st_ctim.tv_sec, ".", status.st_ctim.tv_nsec), path},
                       "/");
}

// Applies one layer and checks that its bytes were the ones promised. A wrong digest explains every
// other error, so it is what is told.
absl::Status UnpackLayer(const Descriptor& layer, const UniqueFd& file, LayerUnpacker& unpacker) {
  const std::string name = image::BlobFile(layer.digest);
  ASSIGN_OR_RETURN(const std::unique_ptr<ArchiveInput> input,
                   ArchiveInput::OpenFd(file.get(), name));
  const absl::Status applied = unpacker.Apply(*input);
  if (absl::IsResourceExhausted(applied) || absl::IsInternal(applied)) {
    return absl::Status(applied.code(), absl::StrCat(name, ": ", applied.message()));
  }
  ASSIGN_OR_RETURN(const ArchiveInput::Checksum checksum, input->Finish());
  if (checksum.digest != layer.digest || checksum.size != layer.size) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": damaged, has ", checksum.size,
                                                   " bytes of ", layer.size, " and digest ",
                                                   checksum.digest));
  }
  if (applied.ok()) return absl::OkStatus();
  return absl::Status(applied.code(), absl::StrCat(name, ": ", applied.message()));
}

// What a container needs in any root. The working directory of an image may be missing from it.
absl::Status MakeMountPoints(const RootDirectory& root, const std::string& working_directory) {
  for (const char* path : {"proc", "dev"}) RETURN_IF_ERROR(root.MakeMountPoint(path, 0755));
  RETURN_IF_ERROR(root.MakeMountPoint("tmp", 01777));
  RETURN_IF_ERROR(root.MakeDirectories("var/task").status());
  return root.MakeDirectories(working_directory).status();
}

absl::Status CheckLayerSizes(const ResolvedImage& image, const ImageLimits& limits) {
  int64_t bytes_left = TarBytesMax(limits);
  for (const Descriptor& layer : image.layers) {
    if (layer.size > bytes_left) {
      return absl::ResourceExhaustedError(
          absl::StrCat(image::BlobFile(layer.digest), ": layers larger than allowed"));
    }
    bytes_left -= layer.size;
  }
  return absl::OkStatus();
}

class DiskImageStore : public ImageStore {
 public:
  DiskImageStore(std::unique_ptr<UnpackArea> area, const ImageLimits& limits)
      : area_(std::move(area)), limits_(limits) {}

  absl::StatusOr<PreparedCode> Prepare(CodeSource source, const std::string& path,
                                       const std::string& base_root) override {
    switch (source) {
      case CodeSource::kOciImage:
        return PrepareImage(path);
      case CodeSource::kRootDirectory:
        return PrepareRootDirectory(path);
      case CodeSource::kTaskDirectory:
        return PrepareTaskDirectory(path, base_root);
    }
    return absl::InvalidArgumentError("unknown kind of code");
  }

 private:
  // The first bootstrap there is, in Lambda's order; the function's own settings may name another.
  static absl::StatusOr<PreparedCode> PrepareRootDirectory(const std::string& path) {
    PreparedCode code;
    ASSIGN_OR_RETURN(code.root_directory, ResolveDirectory(path, "root directory"));
    RETURN_IF_ERROR(CheckMountPoints(code.root_directory, {"/proc", "/dev", "/tmp"}));
    for (const char* bootstrap : {kBootstrapInTask, "/opt/bootstrap", "/var/runtime/bootstrap"}) {
      if (IsExecutable(absl::StrCat(code.root_directory, bootstrap))) {
        code.entry_point = {bootstrap};
        break;
      }
    }
    return code;
  }

  static absl::StatusOr<PreparedCode> PrepareTaskDirectory(const std::string& path,
                                                           const std::string& base_root) {
    PreparedCode code;
    ASSIGN_OR_RETURN(const std::string task, ResolveDirectory(path, "task directory"));
    ASSIGN_OR_RETURN(code.root_directory, ResolveDirectory(base_root, "root directory"));
    RETURN_IF_ERROR(
        CheckMountPoints(code.root_directory, {"/proc", "/dev", "/tmp", kTaskMountPoint}));
    code.mounts = {{.host_directory = task, .target = kTaskMountPoint}};
    code.entry_point = {kBootstrapInTask};
    code.working_directory = kTaskMountPoint;
    return code;
  }

  absl::StatusOr<PreparedCode> PrepareImage(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string state, StateOf(path));
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto known = known_.find(state);
      if (known != known_.end() && IsDirectory(known->second.root_directory)) return known->second;
    }
    return preparing_.Run(state, [&]() -> absl::StatusOr<PreparedCode> {
      ASSIGN_OR_RETURN(PreparedCode code, ReadImage(path));
      const std::lock_guard<std::mutex> lock(mutex_);
      if (known_.size() >= kKnownImagesMax) known_.clear();
      known_.insert_or_assign(state, code);
      return code;
    });
  }

  absl::StatusOr<PreparedCode> ReadImage(const std::string& path) {
    ASSIGN_OR_RETURN(const std::unique_ptr<ImageLayout> layout,
                     ImageLayout::Open(path, area_->directory(), limits_));
    absl::StatusOr<ResolvedImage> image =
        image::ResolveImage(*layout, image::MachineArchitecture());
    if (!image.ok()) {
      return absl::Status(image.status().code(),
                          absl::StrCat("image ", path, ": ", image.status().message()));
    }
    const absl::StatusOr<std::string> root = unpacking_.Run(
        image->digest, [&]() -> absl::StatusOr<std::string> { return Unpack(*image, *layout); });
    if (!root.ok()) {
      return absl::Status(root.status().code(),
                          absl::StrCat("image ", path, ": ", root.status().message()));
    }
    return PreparedCode{.root_directory = *root,
                        .entry_point = std::move(image->config.entry_point),
                        .command = std::move(image->config.command),
                        .variables = std::move(image->config.variables),
                        .working_directory = std::move(image->config.working_directory),
                        .digest = std::move(image->digest)};
  }

  // The finished root of the image, unpacked now if need be.
  absl::StatusOr<std::string> Unpack(const ResolvedImage& image, ImageLayout& layout) const {
    const std::string name = absl::StrReplaceAll(image.digest, {{":", "-"}});
    if (area_->IsFinished(name)) return area_->PathOf(name);
    RETURN_IF_ERROR(CheckLayerSizes(image, limits_));
    ASSIGN_OR_RETURN(const std::vector<UniqueFd> files, layout.OpenLayers(image.layers));
    ASSIGN_OR_RETURN(const std::unique_ptr<UnpackArea::Draft> draft, area_->NewDraft());
    ASSIGN_OR_RETURN(const RootDirectory root, RootDirectory::Open(draft->path()));
    UnpackBudget budget{.bytes_left = limits_.unpacked_bytes_max,
                        .entries_left = limits_.entries_max};
    LayerUnpacker unpacker(&root, &budget);
    for (size_t i = 0; i < files.size(); ++i) {
      RETURN_IF_ERROR(UnpackLayer(image.layers[i], files[i], unpacker));
    }
    RETURN_IF_ERROR(MakeMountPoints(root, image.config.working_directory));
    RETURN_IF_ERROR(draft->Finish(name));
    return area_->PathOf(name);
  }

  const std::unique_ptr<UnpackArea> area_;
  const ImageLimits limits_;
  image::SingleFlight<PreparedCode> preparing_;  // By the state of a path.
  image::SingleFlight<std::string> unpacking_;   // By manifest digest.
  std::mutex mutex_;
  absl::flat_hash_map<std::string, PreparedCode> known_;  // Guarded by mutex_.
};

}  // namespace

absl::StatusOr<std::unique_ptr<ImageStore>> ImageStore::Create(const std::string& directory,
                                                               const ImageLimits& limits) {
  ASSIGN_OR_RETURN(std::unique_ptr<UnpackArea> area, UnpackArea::Create(directory));
  return std::make_unique<DiskImageStore>(std::move(area), limits);
}

}  // namespace floe::node_agent
