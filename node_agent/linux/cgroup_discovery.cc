#include "node_agent/linux/cgroup_discovery.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "node_agent/linux/kernel_file.h"

namespace floe::node_agent {
namespace {

// One line of mountinfo that is a writable cgroup file system.
struct CgroupMount {
  bool is_v2 = false;
  bool shows_root = false;  // The mount shows its hierarchy from the root of the cgroup namespace.
  std::string mount_point;
  std::vector<std::string> options;  // Of the superblock: v1 lists its controllers here.
};

// mountinfo writes space, tab, newline and backslash as three octal digits after a backslash.
std::string UnescapeOctal(absl::string_view text) {
  std::string plain;
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

// "36 31 0:33 / /sys/fs/cgroup/x rw,relatime [optional fields] - cgroup source rw,memory"
std::optional<CgroupMount> ParseMountLine(absl::string_view line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (dash - fields.begin() < 6 || fields.end() - dash < 4) return std::nullopt;
  const absl::string_view type = *(dash + 1);
  if (type != "cgroup" && type != "cgroup2") return std::nullopt;
  const std::vector<absl::string_view> mount_options = absl::StrSplit(fields[5], ',');
  if (std::find(mount_options.begin(), mount_options.end(), "rw") == mount_options.end()) {
    return std::nullopt;
  }
  CgroupMount mount;
  mount.is_v2 = type == "cgroup2";
  mount.shows_root = fields[3] == "/";
  mount.mount_point = UnescapeOctal(fields[4]);
  mount.options = absl::StrSplit(*(dash + 3), ',');
  return mount;
}

std::vector<CgroupMount> ParseCgroupMounts(absl::string_view mountinfo) {
  std::vector<CgroupMount> mounts;
  for (absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    if (std::optional<CgroupMount> mount = ParseMountLine(line)) mounts.push_back(*mount);
  }
  // A mount of the whole hierarchy is better than a bind mount of a part of it.
  std::stable_sort(mounts.begin(), mounts.end(), [](const CgroupMount& a, const CgroupMount& b) {
    return a.shows_root && !b.shows_root;
  });
  return mounts;
}

bool Contains(const std::vector<std::string>& words, absl::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

absl::string_view CgroupControllerName(CgroupController controller) {
  switch (controller) {
    case CgroupController::kMemory:
      return "memory";
    case CgroupController::kCpu:
      return "cpu";
    case CgroupController::kPids:
      return "pids";
    case CgroupController::kFreezer:
      return "freezer";
  }
  return "";
}

std::string FindCgroup2Mount(absl::string_view mountinfo) {
  for (const CgroupMount& mount : ParseCgroupMounts(mountinfo)) {
    if (mount.is_v2) return mount.mount_point;
  }
  return "";
}

absl::StatusOr<CgroupLayout> DecideCgroupLayout(absl::string_view mountinfo,
                                                absl::string_view v2_controllers) {
  const std::vector<CgroupMount> mounts = ParseCgroupMounts(mountinfo);
  const std::string v2_mount = FindCgroup2Mount(mountinfo);
  const std::vector<std::string> on_v2 =
      absl::StrSplit(v2_controllers, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  CgroupLayout layout;
  std::vector<std::string> missing;
  for (int i = 0; i < kCgroupControllerCount; ++i) {
    const CgroupController controller = static_cast<CgroupController>(i);
    const absl::string_view name = CgroupControllerName(controller);
    CgroupHierarchy& hierarchy = layout.hierarchies[static_cast<size_t>(i)];
    // Every v2 hierarchy can freeze; that needs no controller.
    const bool v2_has = controller == CgroupController::kFreezer || Contains(on_v2, name);
    if (!v2_mount.empty() && v2_has) {
      hierarchy = {.version = CgroupVersion::kV2, .mount_point = v2_mount};
      continue;
    }
    const auto v1 = std::find_if(mounts.begin(), mounts.end(), [name](const CgroupMount& mount) {
      return !mount.is_v2 && Contains(mount.options, name);
    });
    if (v1 == mounts.end()) {
      missing.emplace_back(name);
    } else {
      hierarchy = {.version = CgroupVersion::kV1, .mount_point = v1->mount_point};
    }
  }
  if (!missing.empty()) {
    return absl::NotFoundError(absl::StrCat("find cgroups: no writable hierarchy has controller ",
                                            absl::StrJoin(missing, ", ")));
  }
  return layout;
}

absl::StatusOr<CgroupLayout> DiscoverCgroups() {
  ASSIGN_OR_RETURN(const std::string mountinfo, ReadKernelFile(AT_FDCWD, "/proc/self/mountinfo"));
  const std::string v2_mount = FindCgroup2Mount(mountinfo);
  std::string controllers;
  if (!v2_mount.empty()) {
    ASSIGN_OR_RETURN(controllers, ReadKernelFile(AT_FDCWD, v2_mount + "/cgroup.controllers"));
  }
  return DecideCgroupLayout(mountinfo, controllers);
}

}  // namespace floe::node_agent
