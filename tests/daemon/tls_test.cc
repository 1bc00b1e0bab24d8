// Mutual TLS between an orchestrator and its agents, with certificates made on the spot.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/daemon/testing/floe_process.h"
#include "tests/daemon/testing/short_directory.h"

namespace floe::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Agents here run plain processes, so that nothing needs root.
class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MakeAuthority("ours");
    MakeAuthority("other");
  }

  void Shell(const std::string& command) {
    const std::string all = "cd '" + directory_.path() + "' && " + command + " > openssl.log 2>&1";
    const int status = std::system(all.c_str());
    std::ifstream log(Path("openssl.log"));
    ASSERT_EQ(status, 0) << command << "\n" << log.rdbuf();
  }

  // <name>-ca.pem, and a certificate <name>.pem with <name>.key that it signs for 127.0.0.1.
  void MakeAuthority(const std::string& name) {
    const std::string key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
    Shell("openssl req -x509 -days 2 -subj '/CN=" + name + " authority'" + key + "-keyout " + name +
          "-ca.key -out " + name + "-ca.pem");
    Shell("openssl req -subj '/CN=" + name + "'" + key + "-keyout " + name + ".key -out " + name +
          ".csr");
    std::ofstream(Path("names")) << "subjectAltName=IP:127.0.0.1\n";
    Shell("openssl x509 -req -days 2 -in " + name + ".csr -CA " + name + "-ca.pem -CAkey " + name +
          "-ca.key -CAcreateserial -extfile names -out " + name + ".pem");
  }

  std::string Path(const std::string& name) const { return directory_.path() + "/" + name; }

  // A certificate of `signer`, trusting those that `trusted` signs.
  std::vector<std::string> Tls(const std::string& signer, const std::string& trusted) const {
    return {"--tls-certificate", Path(signer + ".pem"),    "--tls-key", Path(signer + ".key"),
            "--tls-ca",          Path(trusted + "-ca.pem")};
  }
  std::vector<std::string> Serve(const std::string& control, std::vector<std::string> tls) const {
    std::vector<std::string> arguments = {
        "serve",          "--no-agent", "--listen",          "",
        "--http-trigger", "",           "--control",         "unix:" + Path("socket"),
        "--control",      control,      "--state-directory", Path("state")};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return arguments;
  }
  std::vector<std::string> Agent(const std::string& orchestrator,
                                 std::vector<std::string> tls) const {
    std::vector<std::string> arguments = {"agent",     "--orchestrator",    orchestrator,
                                          "--runtime", "process",           "--node-name",
                                          "far",       "--state-directory", Path("agent")};
    arguments.insert(arguments.end(), tls.begin(), tls.end());
    return arguments;
  }
  std::string Metrics() const {
    return RunFloe({"metrics", "--control", "unix:" + Path("socket")}).output;
  }
  bool HasNode() const {
    return Metrics().find("nodes                     1") != std::string::npos;
  }

  const ShortDirectory directory_;
};

TEST_F(TlsTest, AgentWithACertificateOfTheSameAuthorityJoins) {
  FloeProcess serve(Serve("127.0.0.1:0", Tls("ours", "ours")));
  ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
  FloeProcess agent(
      Agent("127.0.0.1:" + serve.OutputAfter("control       127.0.0.1:"), Tls("ours", "ours")));
  EXPECT_TRUE(WaitUntil([&] { return HasNode(); })) << agent.Output() << serve.Output();
  agent.Kill(SIGTERM);
  EXPECT_EQ(agent.WaitForEnd(), 0) << agent.Output();
  serve.Kill(SIGTERM);
  EXPECT_EQ(serve.WaitForEnd(), 0) << serve.Output();
}

TEST_F(TlsTest, AgentOfAnotherAuthorityIsRefused) {
  FloeProcess serve(Serve("127.0.0.1:0", Tls("ours", "ours")));
  ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
  // It trusts the orchestrator; the orchestrator does not trust it.
  FloeProcess agent(
      Agent("127.0.0.1:" + serve.OutputAfter("control       127.0.0.1:"), Tls("other", "ours")));
  EXPECT_TRUE(agent.WaitForOutput("connection to the orchestrator ended")) << agent.Output();
  EXPECT_FALSE(HasNode());
}

TEST_F(TlsTest, AgentRefusesAnOrchestratorOfAnotherAuthority) {
  FloeProcess serve(Serve("127.0.0.1:0", Tls("other", "ours")));
  ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
  FloeProcess agent(
      Agent("127.0.0.1:" + serve.OutputAfter("control       127.0.0.1:"), Tls("ours", "ours")));
  EXPECT_TRUE(agent.WaitForOutput("connection to the orchestrator ended")) << agent.Output();
  EXPECT_FALSE(HasNode());
}

TEST_F(TlsTest, AgentWithoutACertificateIsRefused) {
  FloeProcess serve(Serve("127.0.0.1:0", Tls("ours", "ours")));
  ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
  FloeProcess agent(Agent("127.0.0.1:" + serve.OutputAfter("control       127.0.0.1:"), {}));
  EXPECT_TRUE(agent.WaitForOutput("connection to the orchestrator ended")) << agent.Output();
  EXPECT_FALSE(HasNode());
}

TEST_F(TlsTest, AgentJoinsOverLoopbackWithoutTls) {
  FloeProcess serve(Serve("127.0.0.1:0", {}));
  ASSERT_TRUE(serve.WaitForOutput("floe is ready")) << serve.Output();
  FloeProcess agent(Agent("127.0.0.1:" + serve.OutputAfter("control       127.0.0.1:"), {}));
  EXPECT_TRUE(WaitUntil([&] { return HasNode(); })) << agent.Output() << serve.Output();
}

TEST_F(TlsTest, ListeningToTheWorldWithoutTlsIsRefused) {
  const FloeResult result = RunFloe(Serve("0.0.0.0:0", {}));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("0.0.0.0:0"));
  EXPECT_THAT(result.output, HasSubstr("needs TLS"));
  EXPECT_THAT(result.output, Not(HasSubstr("floe is ready")));
}

TEST_F(TlsTest, DiallingAnotherMachineWithoutTlsIsRefused) {
  const FloeResult result = RunFloe(Agent("192.0.2.1:7000", {}));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("192.0.2.1:7000 is on another machine"));
}

TEST_F(TlsTest, CertificateThatIsNotThereIsNamed) {
  const FloeResult result = RunFloe(Serve("127.0.0.1:0", Tls("nobody", "ours")));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("nobody.pem"));
}

TEST_F(TlsTest, HalfOfTheTlsFilesIsRefused) {
  const FloeResult result = RunFloe(Serve("127.0.0.1:0", {"--tls-certificate", Path("ours.pem")}));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("TLS needs all of"));
}

}  // namespace
}  // namespace floe::test
