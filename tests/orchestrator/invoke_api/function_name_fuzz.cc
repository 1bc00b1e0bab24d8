// Any reference to a function: what is accepted has a name that is safe as a file name.

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "base/check.h"
#include "orchestrator/invoke_api/function_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto reference = floe::invoke_api::ParseFunctionReference(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!reference.ok()) return 0;
  CHECK(!reference->name.empty() && reference->name.size() <= 64);
  for (const char c : reference->name) {
    CHECK(absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_');
  }
  CHECK(reference->account.empty() || reference->account.size() == 12);
  return 0;
}
