#include "orchestrator/live/environment_variables.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "orchestrator/live/uuid.h"

namespace floe::live {
namespace {

using Variables = std::map<std::string, std::string>;

// Nobody checks them; SDKs refuse to start without any.
constexpr char kAccessKeyId[] = "FLOELOCALACCESSKEYID";
constexpr char kSecretAccessKey[] = "floe-local-secret-access-key";
constexpr char kSessionToken[] = "floe-local-session-token";

void SetDefaults(CodeSource source, Variables& variables) {
  variables["TZ"] = ":UTC";
  if (source == CodeSource::kOciImage) return;
  variables["LANG"] = "en_US.UTF-8";
  variables["PATH"] = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin";
  if (source != CodeSource::kTaskDirectory) return;
  variables["LD_LIBRARY_PATH"] =
      "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:"
      "/opt/lib";
}

void SetReserved(const FunctionSpec& spec, const VariableFacts& facts, Variables& variables) {
  variables["AWS_ACCESS_KEY_ID"] = kAccessKeyId;
  variables["AWS_SECRET_ACCESS_KEY"] = kSecretAccessKey;
  variables["AWS_SESSION_TOKEN"] = kSessionToken;
  variables["AWS_REGION"] = facts.region;
  variables["AWS_DEFAULT_REGION"] = facts.region;
  variables["AWS_LAMBDA_FUNCTION_NAME"] = spec.name;
  variables["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST";
  variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = absl::StrCat(spec.memory_mib);
  variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
  variables["AWS_LAMBDA_LOG_GROUP_NAME"] = absl::StrCat("/aws/lambda/", spec.name);
  variables["AWS_LAMBDA_LOG_STREAM_NAME"] = facts.log_stream_name;
  variables["LAMBDA_TASK_ROOT"] = "/var/task";
  variables["LAMBDA_RUNTIME_DIR"] = "/var/runtime";
  if (!spec.handler.empty()) variables["_HANDLER"] = spec.handler;
}

}  // namespace

std::string MakeLogStreamName(absl::Time now) {
  return absl::StrCat(absl::FormatTime("%Y/%m/%d", now, absl::UTCTimeZone()), "/[$LATEST]",
                      MakeHex(32));
}

std::vector<std::string> EnvironmentVariables(const FunctionSpec& spec,
                                              const VariableFacts& facts) {
  Variables variables;
  SetDefaults(spec.source, variables);
  for (const auto& [name, value] : spec.variables) variables[name] = value;
  SetReserved(spec, facts, variables);
  std::vector<std::string> lines;
  lines.reserve(variables.size());
  for (const auto& [name, value] : variables) lines.push_back(absl::StrCat(name, "=", value));
  return lines;
}

}  // namespace floe::live
