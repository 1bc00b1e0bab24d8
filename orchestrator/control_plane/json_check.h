// Whether a text is JSON.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_JSON_CHECK_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_JSON_CHECK_H_

#include <string>

#include "absl/status/status.h"

namespace floe::control_plane {

// Deeper nesting is refused.
inline constexpr int kJsonDepthMax = 512;

// INVALID_ARGUMENT, naming `field`, when `text` is not one JSON value.
absl::Status CheckJson(const char* field, const std::string& text);

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_JSON_CHECK_H_
