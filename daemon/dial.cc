#include "daemon/dial.h"

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "node_agent/agent.h"

namespace floe {
namespace {

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("open ", path, ": cannot be read"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool StaysOnThisMachine(const std::string& address) {
  return absl::StartsWith(address, "unix:") || absl::StartsWith(address, "127.") ||
         absl::StartsWith(address, "[::1]:") || absl::StartsWith(address, "localhost:");
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> DialOrchestrator(const std::string& address,
                                                                const TlsFiles& tls) {
  if (tls.empty()) {
    if (!StaysOnThisMachine(address)) {
      return absl::FailedPreconditionError(
          absl::StrCat("orchestrator ", address,
                       " is on another machine: give --tls-certificate, --tls-key and --tls-ca"));
    }
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                     node_agent::AgentChannelArguments());
  }
  if (tls.certificate.empty() || tls.private_key.empty() || tls.client_ca.empty()) {
    return absl::InvalidArgumentError(
        "mutual TLS needs all three of --tls-certificate, --tls-key and --tls-ca");
  }
  grpc::SslCredentialsOptions credentials;
  ASSIGN_OR_RETURN(credentials.pem_cert_chain, ReadPem(tls.certificate));
  ASSIGN_OR_RETURN(credentials.pem_private_key, ReadPem(tls.private_key));
  ASSIGN_OR_RETURN(credentials.pem_root_certs, ReadPem(tls.client_ca));
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(credentials),
                                   node_agent::AgentChannelArguments());
}

}  // namespace floe
