#include "daemon/node.h"

#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/container/linux_container_runtime.h"
#include "node_agent/container/process_container_runtime.h"

namespace floe {
namespace {

absl::StatusOr<std::unique_ptr<node_agent::ContainerRuntime>> CreateRuntime(
    const NodeOptions& options) {
  switch (options.runtime) {
    case ContainerRuntimeKind::kLinux:
      return node_agent::LinuxContainerRuntime::Create(
          {.name = options.name, .prepared_max = options.containers_ahead});
    case ContainerRuntimeKind::kProcess:
      return node_agent::ProcessContainerRuntime::Create({});
  }
  return absl::InvalidArgumentError("unknown container runtime");
}

// What people should know goes to stderr, where it does not mix with functions' output.
void LogToStderr(absl::string_view line) {
  std::fprintf(stderr, "floe: %s\n", std::string(line).c_str());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Node>> Node::Create(
    const NodeOptions& options, std::shared_ptr<grpc::Channel> channel,
    std::shared_ptr<session::Completions> completions) {
  if (options.state_directory.empty()) {
    return absl::InvalidArgumentError("a node needs a state directory for unpacked images");
  }
  std::unique_ptr<Node> node(new Node());
  ASSIGN_OR_RETURN(node->images_, node_agent::ImageStore::Create(
                                      absl::StrCat(options.state_directory, "/images")));
  ASSIGN_OR_RETURN(node->runtime_, CreateRuntime(options));
  node_agent::AgentOptions agent_options;
  agent_options.node_name = options.name;
  agent_options.memory_mib = options.memory_mib;
  agent_options.log = LogToStderr;
  agent_options.completions = std::move(completions);
  if (options.output != nullptr) {
    agent_options.on_output_line = [output = options.output](uint64_t environment,
                                                             absl::string_view line) {
      output(EnvironmentId::FromPacked(environment), line);
    };
  }
  ASSIGN_OR_RETURN(node->agent_,
                   node_agent::Agent::Create(agent_options, std::move(channel),
                                             node->runtime_.get(), node->images_.get()));
  return node;
}

}  // namespace floe
