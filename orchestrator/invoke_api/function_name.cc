#include "orchestrator/invoke_api/function_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/api_error.h"

namespace floe::invoke_api {
namespace {

// As the API's model states it; shown to callers, not evaluated.
constexpr absl::string_view kNamePattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?"
    "([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

bool IsNameChar(char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '_';
}

bool IsName(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsNameChar);
}

bool IsQualifier(absl::string_view text) {
  return text == "$LATEST" || IsName(text);
}

bool IsPartition(absl::string_view text) {
  return text.empty() ||
         (absl::StartsWith(text, "aws") && std::all_of(text.begin(), text.end(), [](char c) {
            return absl::ascii_isalpha(c) || c == '-';
          }));
}

bool IsAccount(absl::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Like "us-east-1" or "us-gov-west-1".
bool IsRegion(absl::string_view text) {
  std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  if (parts.size() == 4 && parts[1] == "gov") parts.erase(parts.begin() + 1);
  return parts.size() == 3 && parts[0].size() == 2 &&
         std::all_of(parts[0].begin(), parts[0].end(), absl::ascii_islower) && !parts[1].empty() &&
         std::all_of(parts[1].begin(), parts[1].end(), absl::ascii_islower) &&
         parts[2].size() == 1 && absl::ascii_isdigit(parts[2][0]);
}

absl::Status BadName(absl::string_view text) {
  return ValidationError(
      text, "functionName",
      absl::StrCat("Member must satisfy regular expression pattern: ", kNamePattern));
}

absl::Status TooLong(absl::string_view text, int length_max) {
  return ValidationError(
      text, "functionName",
      absl::StrCat("Member must have length less than or equal to ", length_max));
}

}  // namespace

absl::StatusOr<FunctionReference> ParseFunctionReference(absl::string_view text) {
  if (text.empty()) {
    return ValidationError(text, "functionName",
                           "Member must have length greater than or equal to 1");
  }
  if (text.size() > kFunctionReferenceMax) return TooLong(text, kFunctionReferenceMax);

  FunctionReference reference;
  if (IsName(text)) {
    reference.name = std::string(text);
  } else {
    const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
    size_t at = 0;
    if (parts.size() > 3 && parts[0] == "arn" && IsPartition(parts[1]) && parts[2] == "lambda") {
      at = 3;
    }
    // A prefix is one only if a name can still follow it.
    const auto more = [&parts, &at] { return at + 1 < parts.size(); };
    if (more() && IsRegion(parts[at])) reference.region = std::string(parts[at++]);
    if (more() && IsAccount(parts[at])) reference.account = std::string(parts[at++]);
    if (more() && parts[at] == "function") ++at;
    if (!IsName(parts[at])) return BadName(text);
    reference.name = std::string(parts[at++]);
    if (at < parts.size()) {
      if (!IsQualifier(parts[at])) return BadName(text);
      reference.qualifier = std::string(parts[at++]);
    }
    if (at != parts.size()) return BadName(text);
  }
  if (reference.name.size() > kFunctionNameMax) return TooLong(reference.name, kFunctionNameMax);
  return reference;
}

absl::Status AddQualifier(absl::string_view qualifier, FunctionReference& reference) {
  if (qualifier.empty()) return absl::OkStatus();
  if (qualifier.size() > kQualifierMax) {
    return ValidationError(
        qualifier, "qualifier",
        absl::StrCat("Member must have length less than or equal to ", kQualifierMax));
  }
  if (!IsQualifier(qualifier)) {
    return ValidationError(qualifier, "qualifier",
                           "Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)");
  }
  if (!reference.qualifier.empty() && reference.qualifier != qualifier) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    absl::StrCat("The function name asks for qualifier ", reference.qualifier,
                                 " and the query for ", qualifier, "; they must be the same"));
  }
  reference.qualifier = std::string(qualifier);
  return absl::OkStatus();
}

absl::Status CheckIsHere(const FunctionReference& reference,
                         const live::Orchestrator& orchestrator) {
  const live::OrchestratorOptions& options = orchestrator.options();
  const bool is_here = (reference.account.empty() || reference.account == options.account_id) &&
                       (reference.region.empty() || reference.region == options.region);
  if (is_here && (reference.qualifier.empty() || reference.qualifier == "$LATEST")) {
    return absl::OkStatus();
  }
  return FunctionNotFound(reference, orchestrator);
}

absl::StatusOr<FunctionReference> ResolveFunction(absl::string_view text,
                                                  absl::string_view qualifier,
                                                  const live::Orchestrator& orchestrator) {
  ASSIGN_OR_RETURN(FunctionReference reference, ParseFunctionReference(text));
  RETURN_IF_ERROR(AddQualifier(qualifier, reference));
  RETURN_IF_ERROR(CheckIsHere(reference, orchestrator));
  return reference;
}

std::string ReferenceArn(const FunctionReference& reference,
                         const live::Orchestrator& orchestrator) {
  const live::OrchestratorOptions& options = orchestrator.options();
  std::string arn =
      absl::StrCat("arn:aws:lambda:", reference.region.empty() ? options.region : reference.region,
                   ":", reference.account.empty() ? options.account_id : reference.account,
                   ":function:", reference.name);
  if (!reference.qualifier.empty()) absl::StrAppend(&arn, ":", reference.qualifier);
  return arn;
}

absl::Status FunctionNotFound(const FunctionReference& reference,
                              const live::Orchestrator& orchestrator) {
  return ApiError(ErrorCode::kResourceNotFound,
                  absl::StrCat("Function not found: ", ReferenceArn(reference, orchestrator)));
}

}  // namespace floe::invoke_api
