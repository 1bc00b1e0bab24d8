// The environment variables that code in an environment sees.

#ifndef FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VARIABLES_H_
#define FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VARIABLES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/live/function_spec.h"

namespace floe::live {

struct VariableFacts {
  std::string region;
  std::string log_stream_name;
};

// "2026/11/23/[$LATEST]<32 hex digits>": one per environment. The time is shown in UTC.
std::string MakeLogStreamName(absl::Time now);

// NAME=value, by name, except AWS_LAMBDA_RUNTIME_API, which whoever opens the Runtime API knows.
//
// Three layers, later ones win: defaults that a function may override (TZ, and where no image says
// otherwise LANG, PATH, LD_LIBRARY_PATH), the function's own, and the names reserved to the
// platform. An OCI image brings its own PATH, LANG and LD_LIBRARY_PATH, so those defaults are left
// out there; LD_LIBRARY_PATH is a default only below a task directory, whose base is a Lambda-like
// root.
std::vector<std::string> EnvironmentVariables(const FunctionSpec& spec, const VariableFacts& facts);

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_VARIABLES_H_
