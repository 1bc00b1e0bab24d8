#include "orchestrator/live/function_spec.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace floe::live {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kPathBytesMax = 4'096;          // PATH_MAX.
constexpr size_t kArgumentsMax = 1'024;          // Of entry_point and command each.
constexpr size_t kImageConfigBytesMax = 16'384;  // Lambda's limit for image settings together.
constexpr size_t kVariablesBytesMax = 4'096;
constexpr size_t kDescriptionBytesMax = 256;
constexpr size_t kHandlerBytesMax = 128;
constexpr size_t kRoleBytesMax = 2'048;
constexpr size_t kShownBytesMax = 80;  // Of a refused value, in an error text.

// The names that the platform sets. Those that begin with '_' are refused by their form.
constexpr std::array<const char*, 19> kReservedVariables = {
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "AWS_LAMBDA_METADATA_API",
    "AWS_LAMBDA_METADATA_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
};

std::string Shown(const std::string& value) {
  const std::string escaped = absl::CHexEscape(value.substr(0, kShownBytesMax));
  return absl::StrCat("\"", escaped, value.size() > kShownBytesMax ? "\"..." : "\"");
}

absl::Status CheckNumber(const char* field, int64_t value, int64_t least, int64_t most,
                         const char* unit) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is ", value, unit, "; the range is ", least, " to ", most, unit));
}

absl::Status CheckLength(const char* field, const std::string& value, size_t most) {
  if (value.size() > most) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, " has ", value.size(), " bytes; the limit is ", most));
  }
  if (value.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(field, " contains a NUL byte: ", Shown(value)));
  }
  return absl::OkStatus();
}

absl::Status CheckAbsolutePath(const char* field, const std::string& value) {
  RETURN_IF_ERROR(CheckLength(field, value, kPathBytesMax));
  if (!value.empty() && value.front() == '/') return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is ", Shown(value), "; it must be an absolute path"));
}

absl::Status CheckName(const std::string& name) {
  const bool characters_ok = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  if (!name.empty() && name.size() <= kNameBytesMax && characters_ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("name is ", Shown(name), "; it must be 1 to 64 of [A-Za-z0-9_-]"));
}

absl::Status CheckCode(const FunctionSpec& spec) {
  RETURN_IF_ERROR(CheckAbsolutePath("code_path", spec.code_path));
  if (spec.source == CodeSource::kTaskDirectory) {
    return CheckAbsolutePath("base_root", spec.base_root);
  }
  if (spec.base_root.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("base_root is ", Shown(spec.base_root), "; only a task directory has one"));
}

absl::Status CheckArguments(const FunctionSpec& spec) {
  size_t bytes = spec.working_directory.size();
  for (const auto& [field, arguments] :
       {std::pair{"entry_point", &spec.entry_point}, std::pair{"command", &spec.command}}) {
    if (arguments->size() > kArgumentsMax) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, " has ", arguments->size(), " parts; the limit is ", kArgumentsMax));
    }
    for (const std::string& argument : *arguments) {
      RETURN_IF_ERROR(CheckLength(field, argument, kImageConfigBytesMax));
      bytes += argument.size();
    }
  }
  if (!spec.working_directory.empty()) {
    RETURN_IF_ERROR(CheckAbsolutePath("working_directory", spec.working_directory));
  }
  if (bytes <= kImageConfigBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("entry_point, command and working_directory have ",
                                                 bytes, " bytes together; the limit is ",
                                                 kImageConfigBytesMax));
}

bool IsReserved(const std::string& name) {
  return std::find(kReservedVariables.begin(), kReservedVariables.end(), name) !=
         kReservedVariables.end();
}

absl::Status CheckVariables(const FunctionSpec& spec) {
  size_t bytes = 0;
  for (const auto& [name, value] : spec.variables) {
    const bool characters_ok = std::all_of(name.begin(), name.end(), [](char c) {
      return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
    });
    if (name.size() < 2 || !characters_ok ||
        !absl::ascii_isalpha(static_cast<unsigned char>(name.front()))) {
      return absl::InvalidArgumentError(
          absl::StrCat("variables has the name ", Shown(name),
                       "; names are a letter and at least one more of [A-Za-z0-9_]"));
    }
    if (IsReserved(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("variables has the name ", Shown(name), ", which is reserved"));
    }
    if (value.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("variables has a NUL byte in the value of ", Shown(name)));
    }
    bytes += name.size() + value.size();
  }
  if (bytes <= kVariablesBytesMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("variables have ", bytes, " bytes together; the limit is ", kVariablesBytesMax));
}

absl::Status CheckTimeout(Duration timeout) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t nanoseconds = timeout.nanoseconds();
  if (nanoseconds >= kSecond && nanoseconds <= 900 * kSecond && nanoseconds % kSecond == 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("timeout is ", timeout.seconds(),
                                                 " s; the range is 1 to 900 s in whole seconds"));
}

}  // namespace

absl::Status ValidateFunctionSpec(const FunctionSpec& spec) {
  RETURN_IF_ERROR(CheckName(spec.name));
  RETURN_IF_ERROR(CheckCode(spec));
  RETURN_IF_ERROR(CheckArguments(spec));
  RETURN_IF_ERROR(CheckVariables(spec));
  RETURN_IF_ERROR(CheckNumber("memory_mib", spec.memory_mib, 128, 10'240, " MiB"));
  RETURN_IF_ERROR(CheckTimeout(spec.timeout));
  RETURN_IF_ERROR(CheckNumber("tmp_mib", spec.tmp_mib, 512, 10'240, " MiB"));
  RETURN_IF_ERROR(CheckLength("description", spec.description, kDescriptionBytesMax));
  RETURN_IF_ERROR(CheckLength("handler", spec.handler, kHandlerBytesMax));
  return CheckLength("role", spec.role, kRoleBytesMax);
}

}  // namespace floe::live
