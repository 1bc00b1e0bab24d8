// The query of a request, decoded.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_QUERY_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_QUERY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace floe::invoke_api {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// Names and values in their order; %XX decoded and '+' a blank. A name without '=' has the value
// "".
QueryParameters ParseQuery(absl::string_view query);

// The first value under `name`, or "" when there is none.
std::string QueryParameter(absl::string_view query, absl::string_view name);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_QUERY_H_
