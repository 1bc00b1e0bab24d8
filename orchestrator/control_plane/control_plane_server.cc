#include "orchestrator/control_plane/control_plane_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "orchestrator/control_plane/control_service.h"
#include "orchestrator/control_plane/listen_address.h"
#include "orchestrator/control_plane/node_service.h"
#include "proto/session/reliable_stream.h"

namespace floe::control_plane {
namespace {

using Options = ControlPlaneServer::Options;

grpc::ChannelArguments ChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(session::kMessageBytesMax);
  arguments.SetMaxSendMessageSize(session::kMessageBytesMax);
  return arguments;
}

class Server final : public ControlPlaneServer {
 public:
  Server(const Options& options, live::Orchestrator* orchestrator)
      : sessions_(options.sessions, orchestrator),
        nodes_(NodeService::Origin::kNetwork, &sessions_),
        embedded_nodes_(NodeService::Origin::kInProcess, &sessions_),
        control_(orchestrator, options.watch_events_max) {}
  ~Server() override { Shutdown(Duration::Seconds(1)); }

  absl::Status Listen(const Options& options);
  // For LinkForEmbeddedAgent.
  absl::Status ServeEmbedded();

  std::shared_ptr<grpc::Channel> InProcessChannel() override {
    return server_->InProcessChannel(ChannelArguments());
  }
  EmbeddedLink LinkForEmbeddedAgent() override {
    return {.channel = embedded_server_->InProcessChannel(ChannelArguments()),
            .completions = embedded_nodes_.completions()};
  }
  int port() const override { return port_; }
  void Shutdown(Duration limit) override;

 private:
  SessionTable sessions_;
  NodeService nodes_;
  NodeService embedded_nodes_;
  ControlService control_;
  std::unique_ptr<grpc::Server> server_;
  // Without a port. Of its own, because calls come to any queue of their server.
  std::unique_ptr<grpc::Server> embedded_server_;
  int port_ = 0;
  std::mutex shutdown_mutex_;
  bool is_shut_down_ = false;  // Guarded by shutdown_mutex_.
};

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  constexpr size_t kBytesMax = 1'048'576;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("open TLS file ", path));
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad() || text.empty() || text.size() > kBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("read TLS file ", path, ": it has ", text.size(),
                                                   " bytes; the range is 1 to ", kBytesMax));
  }
  return text;
}

// Null when no files are given.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsCredentials(const TlsFiles& files) {
  const int given =
      !files.certificate_path.empty() + !files.key_path.empty() + !files.ca_path.empty();
  if (given == 0) return std::shared_ptr<grpc::ServerCredentials>();
  if (given != 3) {
    return absl::InvalidArgumentError(
        "TLS needs all of certificate, key and CA file, or none of them");
  }
  ASSIGN_OR_RETURN(std::string certificate, ReadTextFile(files.certificate_path));
  ASSIGN_OR_RETURN(std::string key, ReadTextFile(files.key_path));
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ASSIGN_OR_RETURN(options.pem_root_certs, ReadTextFile(files.ca_path));
  options.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(options);
}

// gRPC takes the place of a socket that is there already, and the server behind it can be reached
// no more. So one that somebody answers at is an error; one left by a dead server is not.
absl::Status CheckNobodyAnswersAt(const std::string& unix_path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return absl::ErrnoToStatus(errno, "make a Unix socket");
  // EAGAIN: a server is there, and its queue of callers is full.
  const bool is_taken =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno == EAGAIN;
  close(fd);
  if (!is_taken) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("listen on unix:", unix_path, ": another server answers there"));
}

void LimitMessages(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(session::kMessageBytesMax);
  builder.SetMaxSendMessageSize(session::kMessageBytesMax);
}

absl::Status Server::ServeEmbedded() {
  grpc::ServerBuilder builder;
  LimitMessages(builder);
  embedded_nodes_.RegisterWith(&builder);
  embedded_server_ = builder.BuildAndStart();
  if (embedded_server_ == nullptr) return absl::InternalError("start the gRPC server in-process");
  embedded_nodes_.Start();
  return absl::OkStatus();
}

absl::Status Server::Listen(const Options& options) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ServerCredentials> tls, TlsCredentials(options.tls));
  grpc::ServerBuilder builder;
  LimitMessages(builder);
  // A second server on the same port is an error, not a partner.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  nodes_.RegisterWith(&builder);
  builder.RegisterService(&control_);
  std::vector<ListenAddress> addresses;
  for (const std::string& text : options.listen_addresses) {
    ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(text));
    if (!address.is_unix && !address.is_loopback && tls == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("listen on ", text,
                       ": other machines can reach it, so it needs TLS (certificate, key and CA "
                       "file); without, use a Unix socket or a loopback address"));
    }
    if (address.is_unix) RETURN_IF_ERROR(CheckNobodyAnswersAt(address.unix_path));
    addresses.push_back(std::move(address));
  }
  std::vector<int> ports(addresses.size(), 0);  // gRPC writes through these pointers.
  for (size_t i = 0; i < addresses.size(); ++i) {
    builder.AddListeningPort(
        addresses[i].grpc_address,
        tls != nullptr && !addresses[i].is_unix ? tls : grpc::InsecureServerCredentials(),
        &ports[i]);
  }
  server_ = builder.BuildAndStart();
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (server_ == nullptr || ports[i] == 0) {
      return absl::UnavailableError(
          absl::StrCat("listen on ", options.listen_addresses[i],
                       ": the address cannot be bound, or the TLS files do not fit together"));
    }
    if (addresses[i].is_unix && chmod(addresses[i].unix_path.c_str(), 0600) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("chmod ", addresses[i].unix_path));
    }
    if (!addresses[i].is_unix && port_ == 0) port_ = ports[i];
  }
  if (server_ == nullptr) return absl::InternalError("start the gRPC server");
  nodes_.Start();
  return absl::OkStatus();
}

void Server::Shutdown(Duration limit) {
  const std::lock_guard<std::mutex> lock(shutdown_mutex_);
  if (std::exchange(is_shut_down_, true)) return;
  sessions_.Close();
  control_.CloseWatchers();
  nodes_.PrepareStop();
  embedded_nodes_.PrepareStop();
  const auto end = std::chrono::system_clock::now() + std::chrono::nanoseconds(limit.nanoseconds());
  for (grpc::Server* server : {server_.get(), embedded_server_.get()}) {
    if (server == nullptr) continue;
    server->Shutdown(end);
    // Calls refer to the services until gRPC is done with them.
    server->Wait();
  }
  nodes_.Stop();
  embedded_nodes_.Stop();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ControlPlaneServer>> ControlPlaneServer::Create(
    const Options& options, live::Orchestrator* orchestrator) {
  auto server = std::make_unique<Server>(options, orchestrator);
  RETURN_IF_ERROR(server->Listen(options));
  RETURN_IF_ERROR(server->ServeEmbedded());
  return server;
}

}  // namespace floe::control_plane
