// Daemons and agents as processes, real containers, and functions that can be held busy.

#ifndef FLOE_TESTS_DAEMON_TESTING_SERVING_FIXTURE_H_
#define FLOE_TESTS_DAEMON_TESTING_SERVING_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/daemon/testing/floe_process.h"
#include "tests/daemon/testing/short_directory.h"
#include "tests/testing/http_client.h"

namespace floe::test {

class ServingTest : public ::testing::Test {
 protected:
  // Skips the test where containers cannot be made.
  void SetUp() override;
  // Expects that nothing at all is left of the node `node_name_`.
  void TearDown() override;

  // `floe serve` on free ports and a Unix socket, as node `node_name_`, with `more` arguments.
  std::unique_ptr<FloeProcess> StartServe(const std::vector<std::string>& more = {});
  std::unique_ptr<FloeProcess> StartAgent(const std::string& node_name,
                                          const std::vector<std::string>& more = {});
  // Runs a command against the daemon.
  FloeResult Floe(std::vector<std::string> arguments) const;

  // Deploys a function: "echo" answers with its payload, "sleep" after as many seconds as the
  // payload says, "never-ready" does not come to ask for an invocation.
  void Deploy(const std::string& name);
  HttpAnswer Invoke(const FloeProcess& serve, const std::string& name, const std::string& payload);
  // Begins `count` invocations at once; Read on the clients gives the answers.
  std::vector<std::unique_ptr<HttpClient>> Begin(const FloeProcess& serve, const std::string& name,
                                                 const std::string& payload, int count);
  // Waits until "floe metrics" contains `text`.
  ::testing::AssertionResult MetricsCome(const std::string& text) const;
  // Waits until "floe environments" contains `text`.
  ::testing::AssertionResult EnvironmentsCome(const std::string& text) const;
  // How often `text` is in what "floe environments" prints.
  int CountInEnvironments(const std::string& text) const;

  std::string control() const { return "unix:" + (directory_ / "control.sock").string(); }
  // No process, no mount, no namespace, no cgroup of `node_name`, in the end.
  void ExpectNothingLeft(const std::string& node_name);

  std::filesystem::path directory_;  // Removed afterwards. Empty where the test is skipped.
  std::string node_name_;

 private:
  std::unique_ptr<ShortDirectory> short_directory_;
  std::string root_;
  std::set<std::string> named_network_namespaces_;  // Before the test.
};

// The port of the front door of a daemon that is ready.
int FrontDoorPort(const FloeProcess& serve);

}  // namespace floe::test

#endif  // FLOE_TESTS_DAEMON_TESTING_SERVING_FIXTURE_H_
