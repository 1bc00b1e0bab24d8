// How the end of a runtime process is told to a caller, in Lambda's words.

#ifndef FLOE_NODE_AGENT_RUNTIME_EXIT_H_
#define FLOE_NODE_AGENT_RUNTIME_EXIT_H_

#include <string>

#include "node_agent/container/container_runtime.h"

namespace floe::node_agent {

struct RuntimeFailure {
  std::string error_type;  // "Runtime.ExitError" and the like.
  std::string message;     // Without "RequestId: ... Error: ", which belongs to the invocation.
};

// "Runtime exited with error: exit status 1", "... signal: killed", "Runtime exited without
// providing a reason" for status 0.
RuntimeFailure DescribeExit(const ProcessExit& exit);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_RUNTIME_EXIT_H_
