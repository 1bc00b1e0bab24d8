#include "orchestrator/control_plane/json_check.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace floe::control_plane {

absl::Status CheckJson(const char* field, const std::string& text) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  boost::json::error_code error;
  boost::json::monotonic_resource memory;
  boost::json::parse(text, error, &memory, options);
  if (!error) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is not JSON: ", error.message()));
}

}  // namespace floe::control_plane
