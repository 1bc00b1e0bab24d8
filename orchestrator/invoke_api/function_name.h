// The forms in which a request names a function.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_NAME_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

inline constexpr int kFunctionNameMax = 64;        // The name alone.
inline constexpr int kFunctionReferenceMax = 170;  // With everything around it.
inline constexpr int kQualifierMax = 128;

struct FunctionReference {
  std::string name;
  std::string qualifier;  // "" when none is given.
  std::string account;    // "" unless the reference names it.
  std::string region;     // "" unless the reference names it.
};

// Reads one of
//   name  name:qualifier  function:name  ACCOUNT:function:name[:qualifier]
//   arn:aws:lambda:REGION:ACCOUNT:function:name[:qualifier]
// The result's name consists of [A-Za-z0-9_-] only, so it is safe as a file name.
// A ValidationException naming 'functionName' for everything else.
absl::StatusOr<FunctionReference> ParseFunctionReference(absl::string_view text);

// Adds the Qualifier of a query to a reference. InvalidParameterValueException when both name one
// and they differ; ValidationException when it is not a qualifier at all.
absl::Status AddQualifier(absl::string_view qualifier, FunctionReference& reference);

// ResourceNotFoundException unless the reference is to this account and region and to $LATEST, the
// only version there is.
absl::Status CheckIsHere(const FunctionReference& reference,
                         const live::Orchestrator& orchestrator);

// ParseFunctionReference, AddQualifier and CheckIsHere.
absl::StatusOr<FunctionReference> ResolveFunction(absl::string_view text,
                                                  absl::string_view qualifier,
                                                  const live::Orchestrator& orchestrator);

// The ARN that `reference` stands for, with its qualifier if it has one.
std::string ReferenceArn(const FunctionReference& reference,
                         const live::Orchestrator& orchestrator);

// ResourceNotFoundException naming the ARN.
absl::Status FunctionNotFound(const FunctionReference& reference,
                              const live::Orchestrator& orchestrator);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_NAME_H_
