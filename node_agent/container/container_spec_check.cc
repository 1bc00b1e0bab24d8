#include "node_agent/container/container_spec_check.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace floe::node_agent {
namespace {

constexpr absl::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr size_t kNameBytesMax = 63;
constexpr size_t kPathBytesMax = 4'095;

absl::Status Invalid(absl::string_view field, absl::string_view value, absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("container spec: ", field, " \"", value.substr(0, 100), "\": ", wanted));
}

absl::Status CheckRange(absl::string_view field, int64_t value, int64_t min, int64_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Invalid(field, absl::StrCat(value), absl::StrCat("not in ", min, " to ", max));
}

bool HasZeroByte(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

absl::Status CheckPath(absl::string_view field, const std::string& path) {
  if (!absl::StartsWith(path, "/")) return Invalid(field, path, "not absolute");
  if (HasZeroByte(path)) return Invalid(field, path, "has a zero byte");
  if (path.size() > kPathBytesMax) return Invalid(field, path, "too long");
  return absl::OkStatus();
}

absl::Status CheckName(const std::string& name) {
  const bool legal = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!legal || name.empty() || name.size() > kNameBytesMax) {
    return Invalid("name", name, "not 1 to 63 of [a-z0-9-]");
  }
  return absl::OkStatus();
}

absl::Status CheckStrings(const ContainerSpec& spec) {
  if (spec.arguments.empty() || spec.arguments[0].empty()) {
    return absl::InvalidArgumentError("container spec: arguments: no entrypoint");
  }
  size_t total = 0;
  for (const std::vector<std::string>* list : {&spec.arguments, &spec.variables}) {
    for (const std::string& text : *list) {
      if (HasZeroByte(text)) return Invalid("argument or variable", text, "has a zero byte");
      if (text.size() > kArgumentBytesMax) return Invalid("argument or variable", text, "too long");
      total += text.size() + 1;
    }
  }
  if (total > kArgumentsBytesMax) {
    return Invalid("arguments and variables", absl::StrCat(total, " bytes"), "too long together");
  }
  for (const std::string& variable : spec.variables) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Invalid("variable", variable, "not NAME=value");
    }
    if (absl::StartsWith(variable, "AWS_LAMBDA_RUNTIME_API=")) {
      return Invalid("variable", variable, "is set by the runtime");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckContainerSpec(const ContainerSpec& spec) {
  RETURN_IF_ERROR(CheckName(spec.name));
  RETURN_IF_ERROR(CheckPath("root directory", spec.root_directory));
  RETURN_IF_ERROR(CheckPath("working directory", spec.working_directory));
  if (spec.mounts.size() > kMountsMax) {
    return Invalid("mounts", absl::StrCat(spec.mounts.size()), "too many");
  }
  for (const ReadOnlyMount& mount : spec.mounts) {
    RETURN_IF_ERROR(CheckPath("mount of host directory", mount.host_directory));
    RETURN_IF_ERROR(CheckPath("mount target", mount.target));
  }
  RETURN_IF_ERROR(CheckStrings(spec));
  RETURN_IF_ERROR(CheckRange("memory_mib", spec.memory_mib, kMemoryMibMin, kMemoryMibMax));
  RETURN_IF_ERROR(CheckRange("tmp_mib", spec.tmp_mib, kTmpMibMin, kTmpMibMax));
  RETURN_IF_ERROR(CheckRange("processes_max", spec.processes_max, kProcessesMin, kProcessesMax));
  return CheckRange("open_files_max", spec.open_files_max, kOpenFilesMin, kOpenFilesMax);
}

std::vector<std::string> EntrypointPaths(const ContainerSpec& spec) {
  const std::string& entrypoint = spec.arguments[0];
  if (absl::StrContains(entrypoint, "/")) return {entrypoint};
  absl::string_view search = kDefaultPath;
  for (const std::string& variable : spec.variables) {
    if (absl::StartsWith(variable, "PATH=")) search = absl::string_view(variable).substr(5);
  }
  std::vector<std::string> paths;
  for (absl::string_view directory : absl::StrSplit(search, ':')) {
    // An empty entry means the working directory, as in every shell.
    paths.push_back(directory.empty() ? entrypoint : absl::StrCat(directory, "/", entrypoint));
  }
  return paths;
}

}  // namespace floe::node_agent
