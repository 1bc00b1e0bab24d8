#include "orchestrator/invoke_api/function_requests.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "orchestrator/invoke_api/api_error.h"

namespace floe::invoke_api {
namespace {

namespace json = boost::json;

std::string ToString(const json::string& text) {
  return std::string(text.data(), text.size());
}

absl::Status WrongType(absl::string_view member, absl::string_view wanted) {
  return ApiError(ErrorCode::kSerialization, absl::StrCat("Member ", member, " must be ", wanted));
}

absl::Status Unsupported(absl::string_view member, absl::string_view why) {
  return ApiError(ErrorCode::kInvalidParameterValue,
                  absl::StrCat(member, " is not supported by Floe: ", why));
}

absl::StatusOr<json::object> ParseObject(absl::string_view body) {
  json::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    absl::StrCat("Could not parse request body into json: ", error.message()));
  }
  if (!value.is_object()) {
    return ApiError(ErrorCode::kInvalidRequestContent,
                    "Could not parse request body into json: it is not an object");
  }
  return std::move(value.get_object());
}

// The member, or null when it is absent or null.
const json::value* Find(const json::object& object, const char* member) {
  const json::value* const value = object.if_contains(member);
  return value == nullptr || value->is_null() ? nullptr : value;
}

absl::Status Read(const json::object& object, const char* member, std::optional<std::string>& out) {
  const json::value* const value = Find(object, member);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_string()) return WrongType(member, "a string");
  out = ToString(value->get_string());
  return absl::OkStatus();
}

absl::Status Read(const json::object& object, const char* member, std::optional<int32_t>& out) {
  const json::value* const value = Find(object, member);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_int64() || value->get_int64() < std::numeric_limits<int32_t>::min() ||
      value->get_int64() > std::numeric_limits<int32_t>::max()) {
    return WrongType(member, "a whole number of 32 bits");
  }
  out = static_cast<int32_t>(value->get_int64());
  return absl::OkStatus();
}

absl::Status Read(const json::object& object, const char* member, bool& out) {
  const json::value* const value = Find(object, member);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_bool()) return WrongType(member, "true or false");
  out = value->get_bool();
  return absl::OkStatus();
}

absl::Status Read(const json::object& object, const char* member, std::vector<std::string>& out) {
  const json::value* const value = Find(object, member);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_array()) return WrongType(member, "a list of strings");
  for (const json::value& element : value->get_array()) {
    if (!element.is_string()) return WrongType(member, "a list of strings");
    out.push_back(ToString(element.get_string()));
  }
  return absl::OkStatus();
}

absl::Status Read(const json::object& object, const char* member,
                  std::map<std::string, std::string>& out) {
  const json::value* const value = Find(object, member);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return WrongType(member, "an object of strings");
  for (const auto& [key, element] : value->get_object()) {
    if (!element.is_string()) return WrongType(member, "an object of strings");
    out[std::string(key.data(), key.size())] = ToString(element.get_string());
  }
  return absl::OkStatus();
}

// Sets `out` to the object under `member`, or to null.
absl::Status ReadObject(const json::object& object, const char* member, const json::object*& out) {
  const json::value* const value = Find(object, member);
  out = nullptr;
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_object()) return WrongType(member, "an object");
  out = &value->get_object();
  return absl::OkStatus();
}

bool IsEmptyList(const json::value* value) {
  return value == nullptr || (value->is_array() && value->get_array().empty());
}

// Refuses what would change how a function behaves and what Floe does not do.
absl::Status RefuseUnsupported(const json::object& body) {
  for (const char* const member : {"Layers", "FileSystemConfigs"}) {
    if (!IsEmptyList(Find(body, member))) {
      return Unsupported(member, "put the files into the image or the zip package");
    }
  }
  for (const char* const member :
       {"CapacityProviderConfig", "TenancyConfig", "DurableConfig", "CodeSigningConfigArn"}) {
    if (Find(body, member) != nullptr) return Unsupported(member, "it has no such service");
  }
  const json::object* nested = nullptr;
  RETURN_IF_ERROR(ReadObject(body, "VpcConfig", nested));
  if (nested != nullptr && (!IsEmptyList(Find(*nested, "SubnetIds")) ||
                            !IsEmptyList(Find(*nested, "SecurityGroupIds")))) {
    return Unsupported("VpcConfig", "the tag floe:network=host gives the network of the node");
  }
  RETURN_IF_ERROR(ReadObject(body, "DeadLetterConfig", nested));
  if (nested != nullptr) {
    std::optional<std::string> target;
    RETURN_IF_ERROR(Read(*nested, "TargetArn", target));
    if (target.has_value() && !target->empty()) {
      return Unsupported("DeadLetterConfig", "it has no dead-letter queues");
    }
  }
  RETURN_IF_ERROR(ReadObject(body, "SnapStart", nested));
  if (nested != nullptr) {
    std::optional<std::string> apply_on;
    RETURN_IF_ERROR(Read(*nested, "ApplyOn", apply_on));
    if (apply_on.value_or("None") != "None") return Unsupported("SnapStart", "use ApplyOn None");
  }
  bool publish = false;
  RETURN_IF_ERROR(Read(body, "Publish", publish));
  if (publish) return Unsupported("Publish", "every function has the version $LATEST only");
  std::vector<std::string> architectures;
  RETURN_IF_ERROR(Read(body, "Architectures", architectures));
  if (!architectures.empty() &&
      architectures != std::vector<std::string>{std::string(HostArchitecture())}) {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        absl::StrCat("Architectures must be [", HostArchitecture(), "], what this machine runs"));
  }
  return absl::OkStatus();
}

absl::Status ReadSettings(const json::object& body, FunctionSettings& settings) {
  RETURN_IF_ERROR(RefuseUnsupported(body));
  RETURN_IF_ERROR(Read(body, "Description", settings.description));
  RETURN_IF_ERROR(Read(body, "Handler", settings.handler));
  RETURN_IF_ERROR(Read(body, "Role", settings.role));
  RETURN_IF_ERROR(Read(body, "Runtime", settings.runtime));
  RETURN_IF_ERROR(Read(body, "Timeout", settings.timeout_seconds));
  RETURN_IF_ERROR(Read(body, "MemorySize", settings.memory_mib));

  const json::object* nested = nullptr;
  RETURN_IF_ERROR(ReadObject(body, "EphemeralStorage", nested));
  if (nested != nullptr) RETURN_IF_ERROR(Read(*nested, "Size", settings.tmp_mib));
  RETURN_IF_ERROR(ReadObject(body, "Environment", nested));
  if (nested != nullptr) {
    RETURN_IF_ERROR(Read(*nested, "Variables", settings.variables.emplace()));
  }
  RETURN_IF_ERROR(ReadObject(body, "ImageConfig", nested));
  if (nested != nullptr) {
    ImageConfig& config = settings.image_config.emplace();
    RETURN_IF_ERROR(Read(*nested, "EntryPoint", config.entry_point));
    RETURN_IF_ERROR(Read(*nested, "Command", config.command));
    std::optional<std::string> directory;
    RETURN_IF_ERROR(Read(*nested, "WorkingDirectory", directory));
    config.working_directory = std::move(directory).value_or("");
  }
  return absl::OkStatus();
}

absl::Status ReadCode(const json::object& object, FunctionCode& code) {
  for (const char* const member : {"S3Bucket", "S3Key", "S3ObjectVersion"}) {
    if (Find(object, member) != nullptr) {
      return Unsupported(member, "send the package itself as ZipFile");
    }
  }
  RETURN_IF_ERROR(Read(object, "ImageUri", code.image_uri));
  // Not through an optional string: a package may be large, and this saves one copy of it.
  if (const json::value* const zip = Find(object, "ZipFile"); zip != nullptr) {
    if (!zip->is_string()) return WrongType("ZipFile", "a string in base64");
    const json::string& text = zip->get_string();
    if (!absl::Base64Unescape(absl::string_view(text.data(), text.size()), &code.zip.emplace())) {
      return WrongType("ZipFile", "a string in base64");
    }
  }
  if (code.image_uri.has_value() == code.zip.has_value()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "Code must name exactly one of ImageUri and ZipFile");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CreateFunctionRequest> ParseCreateFunction(absl::string_view body) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(body));
  CreateFunctionRequest request;
  std::optional<std::string> text;
  RETURN_IF_ERROR(Read(object, "FunctionName", text));
  request.function_name = std::move(text).value_or("");
  text.reset();
  RETURN_IF_ERROR(Read(object, "PackageType", text));
  if (text.has_value()) request.package_type = *std::move(text);
  if (request.package_type != "Zip" && request.package_type != "Image") {
    return ValidationError(request.package_type, "packageType",
                           "Member must satisfy enum value set: [Zip, Image]");
  }
  RETURN_IF_ERROR(ReadSettings(object, request.settings));
  RETURN_IF_ERROR(Read(object, "Tags", request.tags));
  const json::object* code = nullptr;
  RETURN_IF_ERROR(ReadObject(object, "Code", code));
  if (code == nullptr) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "Code must name exactly one of ImageUri and ZipFile");
  }
  RETURN_IF_ERROR(ReadCode(*code, request.code));
  return request;
}

absl::StatusOr<UpdateConfigurationRequest> ParseUpdateConfiguration(absl::string_view body) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(body));
  UpdateConfigurationRequest request;
  RETURN_IF_ERROR(ReadSettings(object, request.settings));
  RETURN_IF_ERROR(Read(object, "RevisionId", request.revision_id));
  return request;
}

absl::StatusOr<UpdateCodeRequest> ParseUpdateCode(absl::string_view body) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(body));
  UpdateCodeRequest request;
  RETURN_IF_ERROR(RefuseUnsupported(object));
  RETURN_IF_ERROR(ReadCode(object, request.code));
  RETURN_IF_ERROR(Read(object, "RevisionId", request.revision_id));
  RETURN_IF_ERROR(Read(object, "DryRun", request.dry_run));
  return request;
}

absl::StatusOr<int32_t> ParsePutConcurrency(absl::string_view body) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(body));
  std::optional<int32_t> concurrency;
  RETURN_IF_ERROR(Read(object, "ReservedConcurrentExecutions", concurrency));
  if (!concurrency.has_value()) {
    return ApiError(ErrorCode::kValidation,
                    "1 validation error detected: Value null at 'reservedConcurrentExecutions' "
                    "failed to satisfy constraint: Member must not be null");
  }
  if (*concurrency < 0) {
    return ValidationError(absl::StrCat(*concurrency), "reservedConcurrentExecutions",
                           "Member must have value greater than or equal to 0");
  }
  return *concurrency;
}

absl::StatusOr<std::map<std::string, std::string>> ParseTagResource(absl::string_view body) {
  ASSIGN_OR_RETURN(const json::object object, ParseObject(body));
  std::map<std::string, std::string> tags;
  RETURN_IF_ERROR(Read(object, "Tags", tags));
  return tags;
}

void ApplySettings(const FunctionSettings& settings, live::FunctionSpec& spec) {
  if (settings.description.has_value()) spec.description = *settings.description;
  if (settings.handler.has_value()) spec.handler = *settings.handler;
  if (settings.role.has_value()) spec.role = *settings.role;
  if (settings.timeout_seconds.has_value()) {
    spec.timeout = Duration::Seconds(*settings.timeout_seconds);
  }
  if (settings.memory_mib.has_value()) spec.memory_mib = *settings.memory_mib;
  if (settings.tmp_mib.has_value()) spec.tmp_mib = *settings.tmp_mib;
  if (settings.variables.has_value()) spec.variables = *settings.variables;
  if (settings.image_config.has_value()) {
    spec.entry_point = settings.image_config->entry_point;
    spec.command = settings.image_config->command;
    spec.working_directory = settings.image_config->working_directory;
  }
}

absl::Status ApplyImageUri(absl::string_view uri, live::FunctionSpec& spec) {
  absl::string_view path = uri;
  live::CodeSource source = live::CodeSource::kOciImage;
  if (absl::ConsumePrefix(&path, "root:")) {
    source = live::CodeSource::kRootDirectory;
  } else if (!absl::ConsumePrefix(&path, "oci:")) {
    absl::ConsumePrefix(&path, "file://");
  }
  if (!absl::StartsWith(path, "/") || absl::StrContains(path, absl::string_view("\0", 1))) {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        absl::StrCat("Code.ImageUri '", uri,
                     "' is not a path on the node; give /path, file:///path or oci:/path for an "
                     "OCI image layout, root:/path for a root directory"));
  }
  spec.source = source;
  spec.code_path = std::string(path);
  return absl::OkStatus();
}

absl::string_view HostArchitecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "x86_64";
#endif
}

}  // namespace floe::invoke_api
