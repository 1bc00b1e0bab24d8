// The control operations: functions created, shown, changed and removed through Lambda's API.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_OPERATIONS_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_OPERATIONS_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/invoke_api/code_store.h"
#include "orchestrator/invoke_api/function_json.h"
#include "orchestrator/invoke_api/function_name.h"
#include "orchestrator/invoke_api/function_requests.h"
#include "orchestrator/invoke_api/router.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

// The answer of an operation that went well.
struct OperationResult {
  int status = 200;
  std::string body;  // JSON, or "" with 204.
};

// Owned by one thread at a time: reading a function and writing it back is not atomic otherwise.
class FunctionOperations {
 public:
  // `base_root`: the root file system below zip packages; "" makes the API refuse them.
  // `orchestrator` must live longer.
  FunctionOperations(std::unique_ptr<CodeStore> code_store, std::string base_root,
                     live::Orchestrator* orchestrator);

  using Operation = absl::StatusOr<OperationResult> (FunctionOperations::*)(const RoutedRequest&);

  absl::StatusOr<OperationResult> CreateFunction(const RoutedRequest& request);
  absl::StatusOr<OperationResult> GetFunction(const RoutedRequest& request);
  absl::StatusOr<OperationResult> GetFunctionConfiguration(const RoutedRequest& request);
  absl::StatusOr<OperationResult> ListFunctions(const RoutedRequest& request);
  absl::StatusOr<OperationResult> UpdateFunctionConfiguration(const RoutedRequest& request);
  absl::StatusOr<OperationResult> UpdateFunctionCode(const RoutedRequest& request);
  absl::StatusOr<OperationResult> DeleteFunction(const RoutedRequest& request);
  absl::StatusOr<OperationResult> PutFunctionConcurrency(const RoutedRequest& request);
  absl::StatusOr<OperationResult> GetFunctionConcurrency(const RoutedRequest& request);
  absl::StatusOr<OperationResult> DeleteFunctionConcurrency(const RoutedRequest& request);
  absl::StatusOr<OperationResult> GetAccountSettings(const RoutedRequest& request);
  absl::StatusOr<OperationResult> ListTags(const RoutedRequest& request);
  absl::StatusOr<OperationResult> TagResource(const RoutedRequest& request);
  absl::StatusOr<OperationResult> UntagResource(const RoutedRequest& request);

 private:
  struct Entry {
    std::string code_path;  // The entry is about this code only.
    FunctionDetails details;
  };

  // The function a request names, in this account and region.
  absl::StatusOr<FunctionReference> Resolve(const RoutedRequest& request) const;
  // The same, for operations on whole functions, which take no qualifier.
  absl::StatusOr<FunctionReference> ResolveUnqualified(const RoutedRequest& request) const;
  absl::StatusOr<live::FunctionRecord> Find(const FunctionReference& reference) const;

  // Details of functions that were deployed another way are made up from their spec.
  FunctionDetails DetailsOf(const live::FunctionRecord& record) const;
  FunctionView View(const live::FunctionRecord& record, const FunctionDetails& details) const;

  // Fills the code's part of `spec` and `details`; unpacks a zip package.
  absl::Status DeployCode(const FunctionCode& code, live::FunctionSpec& spec,
                          FunctionDetails& details);
  absl::Status DeployZip(const FunctionCode& code, live::FunctionSpec& spec,
                         FunctionDetails& details);
  absl::Status CheckRevision(const std::optional<std::string>& wanted,
                             const live::FunctionRecord& record) const;
  absl::StatusOr<OperationResult> SetTags(const live::FunctionRecord& record,
                                          FunctionDetails details);

  const std::unique_ptr<CodeStore> code_store_;
  const std::string base_root_;
  live::Orchestrator* const orchestrator_;
  std::map<std::string, Entry> entries_;  // By function name.
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_OPERATIONS_H_
