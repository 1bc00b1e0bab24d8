// From the order to start an environment to the container it needs, and from what goes wrong on the
// way to the error that a caller sees.

#ifndef FLOE_NODE_AGENT_START_COMMAND_H_
#define FLOE_NODE_AGENT_START_COMMAND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"
#include "node_agent/runtime_exit.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::node_agent {

// Where the function's file system comes from. INVALID_ARGUMENT when the command names none.
struct CodeLocation {
  CodeSource source = CodeSource::kOciImage;
  std::string path;
  std::string base_root;
};
absl::StatusOr<CodeLocation> ToCodeLocation(const v1::FunctionCode& code);

// What the image says, with what the command says in its place where it says something: entrypoint,
// command and working directory as a whole, variables one by one.
ContainerSpec ToContainerSpec(const std::string& container_name,
                              const v1::StartEnvironmentCommand& command, const PreparedCode& code);

// The failure of Container::Run for a container made from `spec`: the entrypoint or working
// directory is wrong, or else Floe itself has failed.
RuntimeFailure DescribeRunFailure(const absl::Status& status, const ContainerSpec& spec);

// A failure that is not the function's: Sandbox.Failure.
RuntimeFailure DescribeSandboxFailure(const absl::Status& status);

// There is nothing to run.
RuntimeFailure DescribeMissingEntrypoint();

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_START_COMMAND_H_
