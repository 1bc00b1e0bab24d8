// Which call of the Runtime API a method and a path are.

#ifndef FLOE_RUNTIME_API_RUNTIME_API_ROUTE_H_
#define FLOE_RUNTIME_API_RUNTIME_API_ROUTE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace floe::runtime_api {

enum class RuntimeApiCall {
  kNext,
  kResponse,
  kError,
  kInitError,
  kPing,
  kUnknownPath,
  kWrongMethod,  // The path is right; see allowed_method.
};

struct RuntimeApiRoute {
  RuntimeApiCall call = RuntimeApiCall::kUnknownPath;
  std::string request_id;            // Of kResponse and kError, decoded; may be empty.
  absl::string_view allowed_method;  // With kWrongMethod.
};

// `path` is still percent-encoded.
RuntimeApiRoute RouteOf(absl::string_view method, absl::string_view path);

}  // namespace floe::runtime_api

#endif  // FLOE_RUNTIME_API_RUNTIME_API_ROUTE_H_
