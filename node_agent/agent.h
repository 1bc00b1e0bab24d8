// The node agent: dials the orchestrator, carries out its commands with a ContainerRuntime, serves
// the Runtime API of each environment, and reports.
//
//   orchestrator ==commands==> session --> environment: container + Runtime API endpoint
//   orchestrator <==reports=== session <-- environment
//
// Commands of one environment are carried out one after the other, in the order they came; those of
// different environments at the same time. Environments outlive a broken connection, but not the
// lease: an agent that cannot reach the orchestrator for so long stops them all.
//
// Thread-safe. Owns everything it starts; destroying it stops every environment.

#ifndef FLOE_NODE_AGENT_AGENT_H_
#define FLOE_NODE_AGENT_AGENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"
#include "proto/session/completions.h"

namespace floe::node_agent {

struct AgentOptions {
  std::string node_name = "local";  // 1 to 63 of [a-z0-9-].
  int64_t memory_mib = 0;           // Offered to environments; 0: the machine's memory.
  int environments_max = 4'096;
  int start_threads = 4;  // Containers made at the same time.
  int http_threads = 2;   // For all Runtime APIs together.
  // Pauses between attempts to reach the orchestrator: doubled each time, and varied by a random
  // quarter so that many agents do not come at once.
  Duration redial_delay_min = Duration::Milliseconds(50);
  Duration redial_delay_max = Duration::Seconds(2);
  // How long one attempt may take until the orchestrator's welcome.
  Duration welcome_limit = Duration::Seconds(10);
  // For a channel inside the process: where its server handles what gRPC has done, so that both
  // ends of the session can run on one thread. Outlives the agent. Null: a queue and a thread of
  // its own.
  std::shared_ptr<session::Completions> completions;
  // Each line that a function writes to stdout or stderr, without its end. Must not block. Null:
  // dropped.
  std::function<void(uint64_t environment, absl::string_view line)> on_output_line;
  // What people should know, one line at a time: connection lost, container that would not freeze.
  // Must not block. Null: dropped.
  std::function<void(absl::string_view line)> log;
};

// What a channel to the orchestrator needs: room for the largest payload, and an early sign of a
// peer that has vanished.
grpc::ChannelArguments AgentChannelArguments();

class Agent {
 public:
  // Starts dialling `channel` at once and for ever, with back-off. `runtime` and `images` outlive
  // it. INVALID_ARGUMENT: an option is out of range.
  static absl::StatusOr<std::unique_ptr<Agent>> Create(const AgentOptions& options,
                                                       std::shared_ptr<grpc::Channel> channel,
                                                       ContainerRuntime* runtime,
                                                       ImageStore* images);
  virtual ~Agent() = default;

  // Whether the orchestrator has welcomed the present connection.
  virtual bool IsConnected() const = 0;
  // Environments that hold anything, those being stopped included.
  virtual int64_t EnvironmentCount() const = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_AGENT_H_
