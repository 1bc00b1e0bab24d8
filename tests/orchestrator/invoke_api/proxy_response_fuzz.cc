// Any result of a function: read or refused, and what is read cannot break the response's head.

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "orchestrator/invoke_api/proxy_response.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto response = floe::invoke_api::ParseProxyResponse(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!response.ok()) return 0;
  CHECK(response->status >= 200 && response->status <= 599);
  for (const auto& [name, value] : response->headers.all()) {
    CHECK(!name.empty());
    CHECK(name.find_first_of("\r\n: ") == std::string::npos);
    CHECK(value.find_first_of("\r\n") == std::string::npos);
  }
  return 0;
}
