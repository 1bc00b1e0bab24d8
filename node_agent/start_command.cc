#include "node_agent/start_command.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace floe::node_agent {
namespace {

std::string NameOf(const std::string& variable) {
  return variable.substr(0, variable.find('='));
}

// `base` with the variables of `winners` added, in place of those of the same name.
std::vector<std::string> MergeVariables(
    const std::vector<std::string>& base,
    const google::protobuf::RepeatedPtrField<std::string>& winners) {
  std::vector<std::string> merged;
  absl::flat_hash_map<std::string, size_t> place_of_name;
  const auto set = [&](const std::string& variable) {
    const auto [place, is_new] = place_of_name.try_emplace(NameOf(variable), merged.size());
    if (is_new) {
      merged.push_back(variable);
    } else {
      merged[place->second] = variable;
    }
  };
  for (const std::string& variable : base) set(variable);
  for (const std::string& variable : winners) set(variable);
  return merged;
}

// Where programs are looked for in an image that does not say: as other OCI runtimes do.
constexpr char kDefaultPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool NamesPath(const std::vector<std::string>& variables) {
  return std::any_of(variables.begin(), variables.end(), [](const std::string& variable) {
    return absl::StartsWith(variable, "PATH=");
  });
}

template <typename Repeated>
void Append(const Repeated& from, std::vector<std::string>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

// Whether `path`, seen from inside `root`, is known not to be a directory.
bool IsMissingDirectory(const std::string& root, const std::string& path) {
  const int root_fd = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root_fd < 0) return false;
  open_how how = {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;  // Links of the image must not lead to the host's directories.
  const int64_t fd = syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof(how));
  const bool is_missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
  if (fd >= 0) close(static_cast<int>(fd));
  close(root_fd);
  return is_missing;
}

bool LacksWorkingDirectory(const ContainerSpec& spec) {
  for (const ReadOnlyMount& mount : spec.mounts) {
    absl::string_view below = spec.working_directory;
    if (!absl::ConsumePrefix(&below, mount.target)) continue;
    if (!below.empty() && below.front() != '/') continue;
    return IsMissingDirectory(mount.host_directory, absl::StrCat("./", below));
  }
  // Made anew in every container, whatever the image has there.
  if (absl::StartsWith(spec.working_directory, "/proc/") ||
      absl::StartsWith(spec.working_directory, "/dev/")) {
    return false;
  }
  if (absl::StartsWith(spec.working_directory, "/tmp/")) return true;
  return IsMissingDirectory(spec.root_directory, spec.working_directory);
}

}  // namespace

absl::StatusOr<CodeLocation> ToCodeLocation(const v1::FunctionCode& code) {
  switch (code.source_case()) {
    case v1::FunctionCode::kOciImage:
      return CodeLocation{CodeSource::kOciImage, code.oci_image(), code.base_root()};
    case v1::FunctionCode::kRootDirectory:
      return CodeLocation{CodeSource::kRootDirectory, code.root_directory(), code.base_root()};
    case v1::FunctionCode::kTaskDirectory:
      return CodeLocation{CodeSource::kTaskDirectory, code.task_directory(), code.base_root()};
    case v1::FunctionCode::SOURCE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("code of the function: the command names no source");
}

ContainerSpec ToContainerSpec(const std::string& container_name,
                              const v1::StartEnvironmentCommand& command,
                              const PreparedCode& code) {
  ContainerSpec spec;
  spec.name = container_name;
  spec.root_directory = code.root_directory;
  spec.mounts = code.mounts;
  if (command.entry_point().empty()) {
    Append(code.entry_point, spec.arguments);
  } else {
    Append(command.entry_point(), spec.arguments);
  }
  if (command.command().empty()) {
    Append(code.command, spec.arguments);
  } else {
    Append(command.command(), spec.arguments);
  }
  spec.variables = MergeVariables(code.variables, command.variables());
  if (!NamesPath(spec.variables)) spec.variables.push_back(kDefaultPath);
  if (!command.working_directory().empty()) {
    spec.working_directory = command.working_directory();
  } else if (!code.working_directory.empty()) {
    spec.working_directory = code.working_directory;
  }
  spec.memory_mib = command.memory_mib();
  spec.tmp_mib = command.tmp_mib();
  spec.network = command.network() == v1::FUNCTION_NETWORK_HOST ? ContainerNetwork::kHost
                                                                : ContainerNetwork::kIsolated;
  return spec;
}

RuntimeFailure DescribeRunFailure(const absl::Status& status, const ContainerSpec& spec) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      if (LacksWorkingDirectory(spec)) return {"Runtime.InvalidWorkingDir", message};
      return {"Runtime.InvalidEntrypoint", message};
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kInvalidArgument:
      return {"Runtime.InvalidEntrypoint", message};
    default:
      return DescribeSandboxFailure(status);
  }
}

RuntimeFailure DescribeSandboxFailure(const absl::Status& status) {
  return {"Sandbox.Failure", std::string(status.message())};
}

RuntimeFailure DescribeMissingEntrypoint() {
  return {"Runtime.InvalidEntrypoint",
          "entrypoint: neither the code nor the function's configuration names one"};
}

}  // namespace floe::node_agent
