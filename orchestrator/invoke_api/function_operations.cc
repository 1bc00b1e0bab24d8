#include "orchestrator/invoke_api/function_operations.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/invoke_api/image_digest.h"
#include "orchestrator/invoke_api/query.h"

namespace floe::invoke_api {
namespace {

constexpr int kPageSizeMax = 50;  // As Lambda: larger MaxItems are allowed and give 50.
constexpr int kMaxItemsMax = 10'000;
constexpr int kTagsMax = 50;
constexpr char kNetworkTag[] = "floe:network";

// Lambda's quotas as GetAccountSettings shows them.
constexpr int64_t kTotalCodeBytes = 80'530'636'800;
constexpr int64_t kUnzippedCodeBytes = 262'144'000;
constexpr int64_t kZippedCodeBytes = 52'428'800;

absl::Status CheckRuntime(const std::string& runtime) {
  if (runtime == "provided" || runtime == "provided.al2" || runtime == "provided.al2023") {
    return absl::OkStatus();
  }
  return ApiError(
      ErrorCode::kInvalidParameterValue,
      absl::StrCat("Runtime '", runtime,
                   "' is not one of provided, provided.al2, provided.al2023: Floe has no "
                   "language runtimes of its own; bring one as bootstrap in the zip "
                   "package, or use an image"));
}

// A Floe extension: tags are the part of a function that is free for others to define.
absl::Status ApplyTags(const std::map<std::string, std::string>& tags, live::FunctionSpec& spec) {
  if (tags.size() > kTagsMax) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    absl::StrCat("Tags holds ", tags.size(), " tags; at most ", kTagsMax));
  }
  spec.host_network = false;
  const auto tag = tags.find(kNetworkTag);
  if (tag == tags.end() || tag->second == "none") return absl::OkStatus();
  if (tag->second != "host") {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        absl::StrCat("Tag ", kNetworkTag, " is '", tag->second, "'; it must be host or none"));
  }
  spec.host_network = true;
  return absl::OkStatus();
}

bool IsExecutable(const std::string& path) {
  return access(path.c_str(), X_OK) == 0;
}

absl::StatusOr<int> PageSize(const std::string& max_items) {
  if (max_items.empty()) return kPageSizeMax;
  int value = 0;
  if (!absl::SimpleAtoi(max_items, &value) || value < 1 || value > kMaxItemsMax) {
    return ValidationError(max_items, "maxItems",
                           absl::StrCat("Member must have value between 1 and ", kMaxItemsMax));
  }
  return std::min(value, kPageSizeMax);
}

}  // namespace

FunctionOperations::FunctionOperations(std::unique_ptr<CodeStore> code_store, std::string base_root,
                                       live::Orchestrator* orchestrator)
    : code_store_(std::move(code_store)),
      base_root_(std::move(base_root)),
      orchestrator_(orchestrator) {}

absl::StatusOr<OperationResult> FunctionOperations::CreateFunction(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const CreateFunctionRequest create, ParseCreateFunction(request.http.body));
  ASSIGN_OR_RETURN(const FunctionReference reference, ParseFunctionReference(create.function_name));
  if (!reference.qualifier.empty()) {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        absl::StrCat("FunctionName '", create.function_name, "' must not have a qualifier"));
  }
  if (orchestrator_->GetFunction(reference.name).ok()) {
    return ApiError(ErrorCode::kResourceConflict,
                    absl::StrCat("Function already exist: ", reference.name));
  }
  live::FunctionSpec spec;
  FunctionDetails details;
  spec.name = reference.name;
  details.is_zip = create.package_type == "Zip";
  details.tags = create.tags;
  if (details.is_zip) {
    if (!create.settings.runtime.has_value() || !create.settings.handler.has_value()) {
      return ApiError(ErrorCode::kInvalidParameterValue,
                      "Runtime and Handler must be given for PackageType Zip");
    }
    RETURN_IF_ERROR(CheckRuntime(*create.settings.runtime));
    details.runtime = *create.settings.runtime;
  } else if (create.settings.runtime.has_value() || create.settings.handler.has_value()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "Runtime and Handler must not be given for PackageType Image");
  }
  if (details.is_zip && create.settings.image_config.has_value()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "ImageConfig must not be given for PackageType Zip");
  }
  ApplySettings(create.settings, spec);
  RETURN_IF_ERROR(ApplyTags(create.tags, spec));
  RETURN_IF_ERROR(DeployCode(create.code, spec, details));

  const absl::StatusOr<live::FunctionRecord> record = orchestrator_->CreateFunction(spec);
  if (!record.ok()) {
    code_store_->Remove(spec.code_path);
    return record.status();
  }
  std::string body = ConfigurationJson(View(*record, details));
  entries_[spec.name] = {.code_path = spec.code_path, .details = std::move(details)};
  return OperationResult{.status = 201, .body = std::move(body)};
}

absl::StatusOr<OperationResult> FunctionOperations::GetFunction(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, Resolve(request));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  const FunctionDetails details = DetailsOf(record);
  return OperationResult{.body = GetFunctionJson({.record = &record,
                                                  .details = &details,
                                                  .arn = ReferenceArn(reference, *orchestrator_)})};
}

absl::StatusOr<OperationResult> FunctionOperations::GetFunctionConfiguration(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, Resolve(request));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  const FunctionDetails details = DetailsOf(record);
  return OperationResult{.body =
                             ConfigurationJson({.record = &record,
                                                .details = &details,
                                                .arn = ReferenceArn(reference, *orchestrator_)})};
}

absl::StatusOr<OperationResult> FunctionOperations::ListFunctions(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const int page_size, PageSize(QueryParameter(request.http.query, "MaxItems")));
  // A marker is the last name of the page before, so pages stay right when functions come and go.
  const std::string marker = QueryParameter(request.http.query, "Marker");
  std::string after;
  if (!marker.empty() && (!absl::WebSafeBase64Unescape(marker, &after) || after.empty())) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    absl::StrCat("Marker '", marker, "' is not one that ListFunctions gave"));
  }
  const std::vector<live::FunctionRecord> records = orchestrator_->ListFunctions();
  std::vector<FunctionDetails> details;
  details.reserve(static_cast<size_t>(page_size));  // Views point into it.
  std::vector<FunctionView> page;
  std::string next_marker;
  for (const live::FunctionRecord& record : records) {
    if (!after.empty() && record.spec.name <= after) continue;
    if (page.size() == static_cast<size_t>(page_size)) {
      next_marker = absl::WebSafeBase64Escape(page.back().record->spec.name);
      break;
    }
    details.push_back(DetailsOf(record));
    page.push_back(View(record, details.back()));
  }
  return OperationResult{.body = FunctionListJson(page, next_marker)};
}

absl::StatusOr<OperationResult> FunctionOperations::UpdateFunctionConfiguration(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const UpdateConfigurationRequest update,
                   ParseUpdateConfiguration(request.http.body));
  ASSIGN_OR_RETURN(const live::FunctionRecord old, Find(reference));
  RETURN_IF_ERROR(CheckRevision(update.revision_id, old));
  FunctionDetails details = DetailsOf(old);
  if (update.settings.runtime.has_value()) {
    if (!details.is_zip) {
      return ApiError(ErrorCode::kInvalidParameterValue,
                      "Runtime must not be given for PackageType Image");
    }
    RETURN_IF_ERROR(CheckRuntime(*update.settings.runtime));
    details.runtime = *update.settings.runtime;
  }
  if (details.is_zip && update.settings.image_config.has_value()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "ImageConfig must not be given for PackageType Zip");
  }
  live::FunctionSpec spec = old.spec;
  ApplySettings(update.settings, spec);
  ASSIGN_OR_RETURN(const live::FunctionRecord record, orchestrator_->UpdateFunction(spec));
  std::string body = ConfigurationJson(View(record, details));
  entries_[spec.name] = {.code_path = spec.code_path, .details = std::move(details)};
  return OperationResult{.body = std::move(body)};
}

absl::StatusOr<OperationResult> FunctionOperations::UpdateFunctionCode(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const UpdateCodeRequest update, ParseUpdateCode(request.http.body));
  ASSIGN_OR_RETURN(const live::FunctionRecord old, Find(reference));
  RETURN_IF_ERROR(CheckRevision(update.revision_id, old));
  FunctionDetails details = DetailsOf(old);
  live::FunctionSpec spec = old.spec;
  RETURN_IF_ERROR(DeployCode(update.code, spec, details));
  if (update.dry_run) {
    live::FunctionRecord record = old;
    record.spec = spec;
    std::string body = ConfigurationJson(View(record, details));
    code_store_->Remove(spec.code_path);
    return OperationResult{.body = std::move(body)};
  }
  const absl::StatusOr<live::FunctionRecord> record = orchestrator_->UpdateFunction(spec);
  if (!record.ok()) {
    if (spec.code_path != old.spec.code_path) code_store_->Remove(spec.code_path);
    return record.status();
  }
  if (spec.code_path != old.spec.code_path) code_store_->Retire(old.spec.code_path);
  std::string body = ConfigurationJson(View(*record, details));
  entries_[spec.name] = {.code_path = spec.code_path, .details = std::move(details)};
  return OperationResult{.body = std::move(body)};
}

absl::StatusOr<OperationResult> FunctionOperations::DeleteFunction(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, Resolve(request));
  if (!reference.qualifier.empty()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "$LATEST version cannot be deleted without deleting the function.");
  }
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  const absl::Status deleted = orchestrator_->DeleteFunction(reference.name);
  if (absl::IsNotFound(deleted)) return FunctionNotFound(reference, *orchestrator_);
  RETURN_IF_ERROR(deleted);
  code_store_->Retire(record.spec.code_path);
  entries_.erase(reference.name);
  return OperationResult{.status = 204};
}

absl::StatusOr<OperationResult> FunctionOperations::PutFunctionConcurrency(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const int32_t concurrency, ParsePutConcurrency(request.http.body));
  const absl::Status set = orchestrator_->SetReservedConcurrency(reference.name, concurrency);
  if (absl::IsNotFound(set)) return FunctionNotFound(reference, *orchestrator_);
  if (absl::IsInvalidArgument(set)) {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        absl::StrCat("Specified ReservedConcurrentExecutions for function decreases account's "
                     "UnreservedConcurrentExecution below its minimum value of [",
                     orchestrator_->options().scheduler.unreserved_concurrency_min, "]."));
  }
  RETURN_IF_ERROR(set);
  return OperationResult{.body =
                             absl::StrCat(R"({"ReservedConcurrentExecutions":)", concurrency, "}")};
}

absl::StatusOr<OperationResult> FunctionOperations::GetFunctionConcurrency(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  if (!record.concurrency_reserved.has_value()) return OperationResult{.body = "{}"};
  return OperationResult{.body = absl::StrCat(R"({"ReservedConcurrentExecutions":)",
                                              *record.concurrency_reserved, "}")};
}

absl::StatusOr<OperationResult> FunctionOperations::DeleteFunctionConcurrency(
    const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  const absl::Status set = orchestrator_->SetReservedConcurrency(reference.name, std::nullopt);
  if (absl::IsNotFound(set)) return FunctionNotFound(reference, *orchestrator_);
  RETURN_IF_ERROR(set);
  return OperationResult{.status = 204};
}

absl::StatusOr<OperationResult> FunctionOperations::GetAccountSettings(const RoutedRequest&) {
  const std::vector<live::FunctionRecord> records = orchestrator_->ListFunctions();
  int64_t code_bytes = 0;
  for (const live::FunctionRecord& record : records) code_bytes += DetailsOf(record).code_bytes;
  return OperationResult{
      .body = absl::StrCat(
          R"({"AccountLimit":{"TotalCodeSize":)", kTotalCodeBytes, R"(,"CodeSizeUnzipped":)",
          kUnzippedCodeBytes, R"(,"CodeSizeZipped":)", kZippedCodeBytes,
          R"(,"ConcurrentExecutions":)", orchestrator_->options().scheduler.account_concurrency,
          R"(,"UnreservedConcurrentExecutions":)", orchestrator_->unreserved_concurrency(),
          R"(},"AccountUsage":{"TotalCodeSize":)", code_bytes, R"(,"FunctionCount":)",
          records.size(), "}}")};
}

absl::StatusOr<OperationResult> FunctionOperations::ListTags(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  return OperationResult{.body = TagsJson(DetailsOf(record).tags)};
}

absl::StatusOr<OperationResult> FunctionOperations::TagResource(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const auto tags, ParseTagResource(request.http.body));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  FunctionDetails details = DetailsOf(record);
  for (const auto& [key, value] : tags) details.tags[key] = value;
  return SetTags(record, std::move(details));
}

absl::StatusOr<OperationResult> FunctionOperations::UntagResource(const RoutedRequest& request) {
  ASSIGN_OR_RETURN(const FunctionReference reference, ResolveUnqualified(request));
  ASSIGN_OR_RETURN(const live::FunctionRecord record, Find(reference));
  FunctionDetails details = DetailsOf(record);
  for (const auto& [key, value] : ParseQuery(request.http.query)) {
    if (key == "tagKeys") details.tags.erase(value);
  }
  return SetTags(record, std::move(details));
}

absl::StatusOr<FunctionReference> FunctionOperations::Resolve(const RoutedRequest& request) const {
  return ResolveFunction(request.parameter, QueryParameter(request.http.query, "Qualifier"),
                         *orchestrator_);
}

absl::StatusOr<FunctionReference> FunctionOperations::ResolveUnqualified(
    const RoutedRequest& request) const {
  ASSIGN_OR_RETURN(FunctionReference reference, ParseFunctionReference(request.parameter));
  RETURN_IF_ERROR(AddQualifier(QueryParameter(request.http.query, "Qualifier"), reference));
  if (!reference.qualifier.empty()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "This operation is permitted on Lambda functions only. Aliases and versions do "
                    "not support this operation. Please specify either a function name or an "
                    "unqualified function ARN.");
  }
  return Resolve(request);
}

absl::StatusOr<live::FunctionRecord> FunctionOperations::Find(
    const FunctionReference& reference) const {
  absl::StatusOr<live::FunctionRecord> record = orchestrator_->GetFunction(reference.name);
  if (absl::IsNotFound(record.status())) return FunctionNotFound(reference, *orchestrator_);
  return record;
}

FunctionDetails FunctionOperations::DetailsOf(const live::FunctionRecord& record) const {
  const auto entry = entries_.find(record.spec.name);
  if (entry != entries_.end() && entry->second.code_path == record.spec.code_path) {
    return entry->second.details;
  }
  FunctionDetails details;
  details.is_zip = record.spec.source == live::CodeSource::kTaskDirectory;
  if (details.is_zip) {
    details.runtime = "provided.al2023";
    details.code_sha256 = Sha256Base64(record.spec.code_path);
  } else {
    details.image_uri = record.spec.source == live::CodeSource::kRootDirectory
                            ? absl::StrCat("root:", record.spec.code_path)
                            : record.spec.code_path;
    details.code_sha256 = ImageDigest(record.spec.code_path);
  }
  if (record.spec.host_network) details.tags[kNetworkTag] = "host";
  return details;
}

FunctionView FunctionOperations::View(const live::FunctionRecord& record,
                                      const FunctionDetails& details) const {
  return {
      .record = &record, .details = &details, .arn = orchestrator_->FunctionArn(record.spec.name)};
}

absl::Status FunctionOperations::DeployCode(const FunctionCode& code, live::FunctionSpec& spec,
                                            FunctionDetails& details) {
  if (details.is_zip != code.zip.has_value()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    details.is_zip ? "PackageType Zip needs Code.ZipFile, not Code.ImageUri"
                                   : "PackageType Image needs Code.ImageUri, not Code.ZipFile");
  }
  if (details.is_zip) return DeployZip(code, spec, details);
  RETURN_IF_ERROR(ApplyImageUri(*code.image_uri, spec));
  details.image_uri = *code.image_uri;
  details.code_sha256 = ImageDigest(spec.code_path);
  return absl::OkStatus();
}

absl::Status FunctionOperations::DeployZip(const FunctionCode& code, live::FunctionSpec& spec,
                                           FunctionDetails& details) {
  if (base_root_.empty()) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "PackageType Zip needs a root file system below the package, and Floe was "
                    "started without one; start it with a base root, or use PackageType Image");
  }
  ASSIGN_OR_RETURN(const UnpackedCode unpacked, code_store_->Unpack(spec.name, *code.zip));
  if (!unpacked.has_bootstrap && !IsExecutable(base_root_ + "/opt/bootstrap") &&
      !IsExecutable(base_root_ + "/var/runtime/bootstrap")) {
    code_store_->Remove(unpacked.directory);
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        "The zip package holds no file bootstrap at its top, and the base root has none "
        "in /opt or /var/runtime");
  }
  spec.source = live::CodeSource::kTaskDirectory;
  spec.code_path = unpacked.directory;
  spec.base_root = base_root_;
  details.code_sha256 = unpacked.sha256;
  details.code_bytes = unpacked.zip_bytes;
  return absl::OkStatus();
}

absl::Status FunctionOperations::CheckRevision(const std::optional<std::string>& wanted,
                                               const live::FunctionRecord& record) const {
  if (!wanted.has_value() || *wanted == record.revision_id) return absl::OkStatus();
  return ApiError(ErrorCode::kPreconditionFailed,
                  absl::StrCat("RevisionId '", *wanted, "' is not the latest one of function ",
                               record.spec.name, "; GetFunction shows that"));
}

absl::StatusOr<OperationResult> FunctionOperations::SetTags(const live::FunctionRecord& record,
                                                            FunctionDetails details) {
  live::FunctionSpec spec = record.spec;
  RETURN_IF_ERROR(ApplyTags(details.tags, spec));
  // Only a change of the network concerns the containers; other tags are for people.
  if (spec.host_network != record.spec.host_network) {
    RETURN_IF_ERROR(orchestrator_->UpdateFunction(spec).status());
  }
  entries_[spec.name] = {.code_path = spec.code_path, .details = std::move(details)};
  return OperationResult{.status = 204};
}

}  // namespace floe::invoke_api
