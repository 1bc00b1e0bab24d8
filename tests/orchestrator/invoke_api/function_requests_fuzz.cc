// Any body of a control operation: read or refused, never a crash.

#include <cstddef>
#include <cstdint>

#include "orchestrator/invoke_api/function_requests.h"
#include "orchestrator/invoke_api/json_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  floe::invoke_api::ParseCreateFunction(body).status().IgnoreError();
  floe::invoke_api::ParseUpdateConfiguration(body).status().IgnoreError();
  floe::invoke_api::ParseUpdateCode(body).status().IgnoreError();
  floe::invoke_api::ParsePutConcurrency(body).status().IgnoreError();
  floe::invoke_api::ParseTagResource(body).status().IgnoreError();
  floe::invoke_api::CheckJsonSyntax(body).IgnoreError();
  return 0;
}
