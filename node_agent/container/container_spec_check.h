// What every runtime checks of a ContainerSpec, and what it makes of it.

#ifndef FLOE_NODE_AGENT_CONTAINER_CONTAINER_SPEC_CHECK_H_
#define FLOE_NODE_AGENT_CONTAINER_CONTAINER_SPEC_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "node_agent/container/container_runtime.h"

namespace floe::node_agent {

// Ranges of ContainerSpec. Lambda's own are narrower and belong to whoever knows functions.
inline constexpr int64_t kMemoryMibMin = 16;
inline constexpr int64_t kMemoryMibMax = 1 << 20;
inline constexpr int64_t kTmpMibMin = 1;
inline constexpr int64_t kTmpMibMax = 1 << 20;
inline constexpr int64_t kProcessesMin = 1;
inline constexpr int64_t kProcessesMax = 32'768;
inline constexpr int64_t kOpenFilesMin = 16;
inline constexpr int64_t kOpenFilesMax = 1 << 20;
inline constexpr size_t kMountsMax = 64;
// Of one argument or variable; the kernel's own bound (MAX_ARG_STRLEN, with its final zero).
inline constexpr size_t kArgumentBytesMax = (128 << 10) - 1;
// Of all of them together; the kernel allows a quarter of the 8 MiB stack.
inline constexpr size_t kArgumentsBytesMax = 1 << 20;

// INVALID_ARGUMENT names the field that is out of range and its value.
absl::Status CheckContainerSpec(const ContainerSpec& spec);

// The paths at which arguments[0] is looked for, in order: itself if it has a '/', else below each
// directory of PATH in `variables`, or of /usr/local/bin:/usr/bin:/bin without one.
// REQUIRES: CheckContainerSpec is OK.
std::vector<std::string> EntrypointPaths(const ContainerSpec& spec);

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_CONTAINER_SPEC_CHECK_H_
