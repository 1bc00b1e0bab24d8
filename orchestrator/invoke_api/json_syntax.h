// Whether a text is JSON, without building anything from it: payloads pass through the front door
// untouched, but what is not JSON must be refused there.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_JSON_SYNTAX_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_JSON_SYNTAX_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace floe::invoke_api {

// Arrays and objects inside each other; bounds the stack that checking needs.
inline constexpr int kJsonDepthMax = 1'000;

// OK when `text` is exactly one JSON value in UTF-8, blanks around it allowed. Else
// INVALID_ARGUMENT with the reason and the offset.
absl::Status CheckJsonSyntax(absl::string_view text);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_JSON_SYNTAX_H_
