#include "orchestrator/invoke_api/function_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "orchestrator/invoke_api/function_requests.h"

namespace floe::invoke_api {
namespace {

namespace json = boost::json;

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;

json::array ToArray(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::object ToObject(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [key, value] : texts) object[key] = value;
  return object;
}

void AddImageConfig(const live::FunctionSpec& spec, json::object& out) {
  json::object config;
  if (!spec.entry_point.empty()) config["EntryPoint"] = ToArray(spec.entry_point);
  if (!spec.command.empty()) config["Command"] = ToArray(spec.command);
  if (!spec.working_directory.empty()) config["WorkingDirectory"] = spec.working_directory;
  if (!config.empty()) out["ImageConfigResponse"] = {{"ImageConfig", std::move(config)}};
}

json::object Configuration(const FunctionView& function) {
  const live::FunctionRecord& record = *function.record;
  const live::FunctionSpec& spec = record.spec;
  const FunctionDetails& details = *function.details;
  json::object out;
  out["FunctionName"] = spec.name;
  out["FunctionArn"] = function.arn;
  if (details.is_zip) {
    out["Runtime"] = details.runtime;
  }
  out["Role"] = spec.role;
  if (!spec.handler.empty()) out["Handler"] = spec.handler;
  out["CodeSize"] = details.code_bytes;
  out["Description"] = spec.description;
  out["Timeout"] = spec.timeout.nanoseconds() / kNanosecondsPerSecond;
  out["MemorySize"] = spec.memory_mib;
  out["LastModified"] =
      absl::FormatTime("%Y-%m-%d%ET%H:%M:%E3S+0000", record.modified_at, absl::UTCTimeZone());
  out["CodeSha256"] = details.code_sha256;
  out["Version"] = "$LATEST";
  if (!spec.variables.empty()) out["Environment"] = {{"Variables", ToObject(spec.variables)}};
  out["TracingConfig"] = {{"Mode", "PassThrough"}};
  out["RevisionId"] = record.revision_id;
  out["State"] = "Active";
  out["LastUpdateStatus"] = "Successful";
  out["PackageType"] = details.is_zip ? "Zip" : "Image";
  AddImageConfig(spec, out);
  const absl::string_view architecture = HostArchitecture();
  out["Architectures"] = json::array{json::string_view(architecture.data(), architecture.size())};
  out["EphemeralStorage"] = {{"Size", spec.tmp_mib}};
  out["SnapStart"] = {{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}};
  out["LoggingConfig"] = {{"LogFormat", "Text"},
                          {"LogGroup", absl::StrCat("/aws/lambda/", spec.name)}};
  return out;
}

}  // namespace

std::string ConfigurationJson(const FunctionView& function) {
  return json::serialize(Configuration(function));
}

std::string GetFunctionJson(const FunctionView& function) {
  const live::FunctionRecord& record = *function.record;
  const FunctionDetails& details = *function.details;
  json::object out;
  out["Configuration"] = Configuration(function);
  if (details.is_zip) {
    out["Code"] = {{"RepositoryType", "S3"},
                   {"Location", absl::StrCat("file://", record.spec.code_path)}};
  } else {
    out["Code"] = {
        {"RepositoryType", "ECR"},
        {"ImageUri", details.image_uri},
        {"ResolvedImageUri", absl::StrCat(details.image_uri, "@sha256:", details.code_sha256)}};
  }
  if (!details.tags.empty()) out["Tags"] = ToObject(details.tags);
  if (record.concurrency_reserved.has_value()) {
    out["Concurrency"] = {{"ReservedConcurrentExecutions", *record.concurrency_reserved}};
  }
  return json::serialize(out);
}

std::string FunctionListJson(const std::vector<FunctionView>& functions,
                             const std::string& next_marker) {
  json::array list;
  for (const FunctionView& function : functions) list.emplace_back(Configuration(function));
  json::object out;
  out["Functions"] = std::move(list);
  out["NextMarker"] = next_marker.empty() ? json::value(nullptr) : json::value(next_marker);
  return json::serialize(out);
}

std::string TagsJson(const std::map<std::string, std::string>& tags) {
  return json::serialize(json::object{{"Tags", ToObject(tags)}});
}

}  // namespace floe::invoke_api
