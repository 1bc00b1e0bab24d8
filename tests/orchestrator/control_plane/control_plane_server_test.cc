// Where the server listens, and who gets in.

#include "orchestrator/control_plane/control_plane_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/floe/v1/control.grpc.pb.h"
#include "tests/orchestrator/control_plane/server_fixture.h"
#include "tests/orchestrator/control_plane/session_client.h"

namespace floe::control_plane {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ControlPlaneServerTest : public ServerTest {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/floe-control-XXXXXX";  // Short: socket paths have 107 bytes.
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override {
    server_.reset();
    Run("rm -rf " + directory_);
  }
  static void Run(const std::string& command) {
    ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
  }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  // A key and a certificate that the authority `ca` vouches for.
  void MakeCertificate(const std::string& name, const std::string& ca) {
    std::ofstream(Path("extensions")) << "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
    Run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + name +
        " -keyout " + Path(name + ".key") + " -out " + Path(name + ".csr"));
    Run("openssl x509 -req -days 2 -CAcreateserial -in " + Path(name + ".csr") + " -CA " +
        Path(ca + ".pem") + " -CAkey " + Path(ca + ".key") + " -extfile " + Path("extensions") +
        " -out " + Path(name + ".pem"));
  }
  void MakeAuthority(const std::string& name) {
    Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN=" +
        name + " -keyout " + Path(name + ".key") + " -out " + Path(name + ".pem"));
  }
  std::shared_ptr<grpc::Channel> TlsChannel(const std::string& client) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ReadText(Path("ca.pem"));
    if (!client.empty()) {
      options.pem_private_key = ReadText(Path(client + ".key"));
      options.pem_cert_chain = ReadText(Path(client + ".pem"));
    }
    return grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                               grpc::SslCredentials(options));
  }
  static grpc::Status GetLimits(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetLimitsResponse response;
    return v1::ControlService::NewStub(channel)->GetLimits(&context, {}, &response);
  }
  absl::Status Refused(const ControlPlaneServer::Options& options) {
    if (orchestrator_ == nullptr) {
      orchestrator_ = *live::Orchestrator::Create({});
    }
    return ControlPlaneServer::Create(options, orchestrator_.get()).status();
  }

  std::string directory_;
};

TEST_F(ControlPlaneServerTest, ServesAUnixSocketThatOnlyItsOwnerMayUse) {
  const std::string address = "unix:" + Path("control.sock");
  Start({.listen_addresses = {address}});
  EXPECT_EQ(server_->port(), 0);
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  EXPECT_TRUE(GetLimits(channel).ok());
  SessionClient agent(channel);
  EXPECT_NE(agent.Open(Hello("n1", 7)).session(), 0u);
  struct stat status {};
  ASSERT_EQ(stat(Path("control.sock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ControlPlaneServerTest, LeavesASocketToTheServerThatAnswersThere) {
  const std::string address = "unix:" + Path("control.sock");
  Start({.listen_addresses = {address}});
  const absl::Status refused = Refused({.listen_addresses = {address}});
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable) << refused;
  EXPECT_NE(refused.message().find("another server answers there"), absl::string_view::npos)
      << refused;
  EXPECT_TRUE(GetLimits(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())).ok());
}

TEST_F(ControlPlaneServerTest, ServesLoopbackAddresses) {
  Start({.listen_addresses = {"127.0.0.1:0", "unix:" + Path("control.sock")}});
  ASSERT_GT(server_->port(), 0);
  const auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                           grpc::InsecureChannelCredentials());
  EXPECT_TRUE(GetLimits(channel).ok());
  SessionClient agent(channel);
  EXPECT_NE(agent.Open(Hello("n1", 7)).session(), 0u);
}

TEST_F(ControlPlaneServerTest, RefusesAddressesThatOthersCanReachWithoutTls) {
  for (const char* address : {"0.0.0.0:0", "192.0.2.1:7070", "[::]:0", "128.0.0.1:1"}) {
    const absl::Status refused = Refused({.listen_addresses = {address}});
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_NE(refused.message().find("it needs TLS"), absl::string_view::npos) << refused;
  }
}

TEST_F(ControlPlaneServerTest, RefusesMalformedAddresses) {
  for (const char* address : {"", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                              "127.0.0.1:-1", "unix:", "unix:relative", "[::1:80", "::1:80"}) {
    EXPECT_EQ(Refused({.listen_addresses = {address}}).code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
  const std::string long_path = "unix:/" + std::string(107, 'x');
  EXPECT_EQ(Refused({.listen_addresses = {long_path}}).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ControlPlaneServerTest, APortThatIsTakenIsUnavailable) {
  Start({.listen_addresses = {"127.0.0.1:0"}});
  EXPECT_EQ(Refused({.listen_addresses = {"127.0.0.1:" + std::to_string(server_->port())}}).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(ControlPlaneServerTest, TlsNeedsAllThreeFilesAndReadableOnes) {
  EXPECT_EQ(Refused({.tls = {.certificate_path = "/x"}}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Refused({.tls = {.certificate_path = "/nowhere/1",
                             .key_path = "/nowhere/2",
                             .ca_path = "/nowhere/3"}})
                .code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ControlPlaneServerTest, WithTlsOnlyCallersOfTheAuthorityGetIn) {
  MakeAuthority("ca");
  MakeAuthority("stranger");
  MakeCertificate("server", "ca");
  MakeCertificate("friend", "ca");
  MakeCertificate("enemy", "stranger");
  Start({.listen_addresses = {"0.0.0.0:0"},
         .tls = {.certificate_path = Path("server.pem"),
                 .key_path = Path("server.key"),
                 .ca_path = Path("ca.pem")}});
  EXPECT_TRUE(GetLimits(TlsChannel("friend")).ok());
  SessionClient agent(TlsChannel("friend"));
  EXPECT_NE(agent.Open(Hello("n1", 7)).session(), 0u);
  EXPECT_EQ(GetLimits(TlsChannel("enemy")).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(GetLimits(TlsChannel("")).error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto plain = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                         grpc::InsecureChannelCredentials());
  EXPECT_EQ(GetLimits(plain).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ControlPlaneServerTest, ShutdownMayBeRepeated) {
  Start({.listen_addresses = {"127.0.0.1:0"}});
  server_->Shutdown(Duration::Milliseconds(10));
  server_->Shutdown(Duration::Milliseconds(10));
}

}  // namespace
}  // namespace floe::control_plane
