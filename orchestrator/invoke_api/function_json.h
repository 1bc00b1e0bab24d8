// Functions as the answers of the control operations show them.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_JSON_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_JSON_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/live/function_spec.h"

namespace floe::invoke_api {

// What the API shows of a function beside its spec.
struct FunctionDetails {
  bool is_zip = false;
  std::string runtime;      // Zip packages only.
  std::string code_sha256;  // Zip: base64 of the file's hash. Image: hex of its digest.
  int64_t code_bytes = 0;   // Zip packages only.
  std::string image_uri;    // Images only.
  std::map<std::string, std::string> tags;
};

struct FunctionView {
  const live::FunctionRecord* record = nullptr;
  const FunctionDetails* details = nullptr;
  std::string arn;  // With the qualifier if the request had one.
};

// A FunctionConfiguration.
std::string ConfigurationJson(const FunctionView& function);
// The answer of GetFunction: configuration, code, tags, reserved concurrency.
std::string GetFunctionJson(const FunctionView& function);
// The answer of ListFunctions. `next_marker` "" stands for the last page.
std::string FunctionListJson(const std::vector<FunctionView>& functions,
                             const std::string& next_marker);
// {"Tags":{...}}
std::string TagsJson(const std::map<std::string, std::string>& tags);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_FUNCTION_JSON_H_
