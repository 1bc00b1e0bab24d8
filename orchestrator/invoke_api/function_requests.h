// The JSON bodies of the control operations, read into structs.
//
// Members are checked for their JSON type (SerializationException), not for their range, which
// live::ValidateFunctionSpec does. A null member counts as absent and unknown members are ignored,
// as AWS does; members that ask for something Floe does not have are refused by name.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_REQUESTS_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_REQUESTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "orchestrator/live/function_spec.h"

namespace floe::invoke_api {

struct ImageConfig {
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::string working_directory;
};

// What CreateFunction and UpdateFunctionConfiguration can set.
struct FunctionSettings {
  std::optional<std::string> description;
  std::optional<std::string> handler;
  std::optional<std::string> role;
  std::optional<std::string> runtime;
  std::optional<int32_t> timeout_seconds;
  std::optional<int32_t> memory_mib;
  std::optional<int32_t> tmp_mib;
  std::optional<std::map<std::string, std::string>> variables;
  std::optional<ImageConfig> image_config;
};

struct FunctionCode {
  std::optional<std::string> image_uri;
  std::optional<std::string> zip;  // The file itself.
};

struct CreateFunctionRequest {
  std::string function_name;  // In any of the forms of a reference.
  std::string package_type = "Zip";
  FunctionSettings settings;
  FunctionCode code;
  std::map<std::string, std::string> tags;
};

struct UpdateConfigurationRequest {
  FunctionSettings settings;
  std::optional<std::string> revision_id;
};

struct UpdateCodeRequest {
  FunctionCode code;
  std::optional<std::string> revision_id;
  bool dry_run = false;
};

// InvalidRequestContentException when `body` is not a JSON object; else as the head of this file
// says.
absl::StatusOr<CreateFunctionRequest> ParseCreateFunction(absl::string_view body);
absl::StatusOr<UpdateConfigurationRequest> ParseUpdateConfiguration(absl::string_view body);
absl::StatusOr<UpdateCodeRequest> ParseUpdateCode(absl::string_view body);
// Of PutFunctionConcurrency: ReservedConcurrentExecutions, at least 0.
absl::StatusOr<int32_t> ParsePutConcurrency(absl::string_view body);
// Of TagResource: Tags.
absl::StatusOr<std::map<std::string, std::string>> ParseTagResource(absl::string_view body);

// Overwrites what `settings` sets.
void ApplySettings(const FunctionSettings& settings, live::FunctionSpec& spec);

// Where an image function's code is. Sets `source` and `code_path`:
//   /path  file:///path  oci:/path   an OCI image layout
//   root:/path                       a directory that is the root file system itself
absl::Status ApplyImageUri(absl::string_view uri, live::FunctionSpec& spec);

// "x86_64" or "arm64": what Floe was built for.
absl::string_view HostArchitecture();

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_REQUESTS_H_
