#include "daemon/daemon.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/status_macros.h"
#include "daemon/dial.h"
#include "daemon/node.h"
#include "net/http_server.h"
#include "orchestrator/control_plane/control_plane_server.h"
#include "orchestrator/invoke_api/http_trigger.h"
#include "orchestrator/invoke_api/invoke_api.h"
#include "proto/session/completions.h"

namespace floe {
namespace {

constexpr Duration kLeaseMin = Duration::Milliseconds(100);
constexpr Duration kLeaseMax = Duration::Hours(24);
// So many heartbeats at least fit into a lease: one that is late does not end it.
constexpr int kHeartbeatsPerLeaseMin = 5;

struct Address {
  std::string host;
  int port = 0;
};

absl::StatusOr<Address> ParseAddress(absl::string_view what, absl::string_view text) {
  const size_t colon = text.rfind(':');
  Address address;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(colon + 1), &address.port)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " address '", text, "' is not HOST:PORT"));
  }
  address.host = std::string(text.substr(0, colon));
  return address;
}

// Names the part that an error comes from.
absl::Status Annotate(absl::string_view part, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(part, ": ", status.message()));
}

// What a caller's request asks of the embedded agent is carried out on the request's thread.
void RunInShift(const std::function<void()>& handler) {
  const session::Completions::Shift shift;
  handler();
}

class LiveDaemon final : public Daemon {
 public:
  // Members are declared in the order they start; they end in reverse: callers' doors first, then
  // the node, then the control plane, then the orchestrator.
  absl::Status Start(const DaemonOptions& options) {
    absl::StatusOr<std::unique_ptr<live::Orchestrator>> orchestrator =
        live::Orchestrator::Create(options.orchestrator);
    if (!orchestrator.ok()) return Annotate("orchestrator", orchestrator.status());
    orchestrator_ = *std::move(orchestrator);
    RETURN_IF_ERROR(StartControlPlane(options));
    if (options.embedded_agent) {
      auto [channel, completions] = control_plane_->LinkForEmbeddedAgent();
      absl::StatusOr<std::unique_ptr<Node>> node =
          Node::Create(options.node, std::move(channel), std::move(completions));
      if (!node.ok()) return Annotate("node", node.status());
      node_ = *std::move(node);
    }
    ASSIGN_OR_RETURN(http_, net::HttpServer::Create(
                                {.threads = options.http_threads, .run_handler = RunInShift}));
    if (!options.front_door.empty()) RETURN_IF_ERROR(StartFrontDoor(options));
    if (!options.http_trigger.empty()) RETURN_IF_ERROR(StartHttpTrigger(options));
    return absl::OkStatus();
  }

  live::Orchestrator& orchestrator() override { return *orchestrator_; }
  int front_door_port() const override { return invoke_api_ == nullptr ? 0 : invoke_api_->port(); }
  int http_trigger_port() const override { return trigger_ == nullptr ? 0 : trigger_->port(); }
  int control_port() const override { return control_plane_->port(); }

  absl::Status WaitForNode(Duration limit) override {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::nanoseconds(limit.nanoseconds());
    while (node_ == nullptr || !node_->IsConnected()) {
      if (std::chrono::steady_clock::now() >= end) {
        return absl::DeadlineExceededError("the node agent has not joined the orchestrator");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status StartControlPlane(const DaemonOptions& options) {
    control_plane::ControlPlaneServer::Options server_options;
    if (options.lease < kLeaseMin || options.lease > kLeaseMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("lease of ", options.lease.seconds(), " s; the range is 100 ms to 24 h"));
    }
    server_options.sessions.lease = options.lease;
    server_options.sessions.heartbeat_interval =
        std::min(server_options.sessions.heartbeat_interval,
                 Duration::Nanoseconds(options.lease.nanoseconds() / kHeartbeatsPerLeaseMin));
    server_options.listen_addresses = options.control;
    server_options.tls = {.certificate_path = options.tls.certificate,
                          .key_path = options.tls.private_key,
                          .ca_path = options.tls.client_ca};
    absl::StatusOr<std::unique_ptr<control_plane::ControlPlaneServer>> server =
        control_plane::ControlPlaneServer::Create(server_options, orchestrator_.get());
    if (!server.ok()) return Annotate("control plane", server.status());
    control_plane_ = *std::move(server);
    return absl::OkStatus();
  }

  absl::Status StartFrontDoor(const DaemonOptions& options) {
    ASSIGN_OR_RETURN(const Address address, ParseAddress("front door", options.front_door));
    absl::StatusOr<std::unique_ptr<invoke_api::InvokeApi>> api = invoke_api::InvokeApi::Create(
        {.address = address.host,
         .port = address.port,
         .code_directory = options.node.state_directory.empty()
                               ? ""
                               : absl::StrCat(options.node.state_directory, "/code"),
         .base_root = options.base_root},
        http_.get(), orchestrator_.get());
    if (!api.ok()) return Annotate("front door", api.status());
    invoke_api_ = *std::move(api);
    return absl::OkStatus();
  }

  absl::Status StartHttpTrigger(const DaemonOptions& options) {
    ASSIGN_OR_RETURN(const Address address, ParseAddress("HTTP trigger", options.http_trigger));
    absl::StatusOr<std::unique_ptr<invoke_api::HttpTrigger>> trigger =
        invoke_api::HttpTrigger::Create(
            {.address = address.host, .port = address.port, .limit = options.integration_limit},
            http_.get(), orchestrator_.get());
    if (!trigger.ok()) return Annotate("HTTP trigger", trigger.status());
    trigger_ = *std::move(trigger);
    return absl::OkStatus();
  }

  std::unique_ptr<live::Orchestrator> orchestrator_;
  std::unique_ptr<control_plane::ControlPlaneServer> control_plane_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<net::HttpServer> http_;
  std::unique_ptr<invoke_api::InvokeApi> invoke_api_;
  std::unique_ptr<invoke_api::HttpTrigger> trigger_;
};

class DialledAgent final : public LoneAgent {
 public:
  explicit DialledAgent(std::unique_ptr<Node> node) : node_(std::move(node)) {}
  bool IsConnected() const override { return node_->IsConnected(); }

 private:
  const std::unique_ptr<Node> node_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options) {
  // Debian's Abseil follows the order of all locks of gRPC, which costs each of them.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  auto daemon = std::make_unique<LiveDaemon>();
  RETURN_IF_ERROR(daemon->Start(options));
  return daemon;
}

absl::StatusOr<std::unique_ptr<LoneAgent>> LoneAgent::Start(const NodeOptions& options,
                                                            const std::string& orchestrator,
                                                            const TlsFiles& tls) {
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, DialOrchestrator(orchestrator, tls));
  ASSIGN_OR_RETURN(std::unique_ptr<Node> node, Node::Create(options, std::move(channel), nullptr));
  return std::make_unique<DialledAgent>(std::move(node));
}

}  // namespace floe
