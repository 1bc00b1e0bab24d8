// The contract of ContainerRuntime as tests. A runtime takes part by instantiating the suite with a
// harness of its own; see fake_, process_ and linux_container_contract_test.cc.

#ifndef FLOE_TESTS_NODE_AGENT_CONTAINER_CONTAINER_CONTRACT_H_
#define FLOE_TESTS_NODE_AGENT_CONTAINER_CONTAINER_CONTRACT_H_

#include <functional>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "node_agent/container/container_runtime.h"
#include "tests/node_agent/testing/recording_observer.h"

namespace floe::node_agent {

// One runtime, and specs whose entrypoints do what the suite asks for.
class ContractHarness {
 public:
  virtual ~ContractHarness() = default;
  virtual ContainerRuntime& runtime() = 0;
  // Whether entrypoints are real processes that run shell scripts.
  virtual bool runs_scripts() const = 0;

  virtual ContainerSpec RunsForEver() = 0;
  virtual ContainerSpec PrintsAndExits(const std::string& text, int code) = 0;
  virtual ContainerSpec MissingEntrypoint() = 0;
  virtual ContainerSpec NotExecutable() = 0;
  virtual ContainerSpec NotAProgram() = 0;
  virtual ContainerSpec MissingWorkingDirectory() = 0;
  // REQUIRES: runs_scripts().
  virtual ContainerSpec Script(const std::string& script) = 0;
};

// Null when the machine cannot run this runtime; the test has then been skipped or has failed.
using MakeHarness = std::function<std::unique_ptr<ContractHarness>()>;

class ContainerContractTest : public testing::TestWithParam<MakeHarness> {
 protected:
  void SetUp() override;
  std::unique_ptr<Container> MakeContainer(const ContainerSpec& spec);

  RecordingObserver observer_;
  std::unique_ptr<ContractHarness> harness_;
};

// The scripts' harness of the process and linux runtimes: busybox roots below a temporary
// directory.
std::unique_ptr<ContractHarness> MakeScriptHarness(std::unique_ptr<ContainerRuntime> runtime);

// A name that no other container of this process has.
std::string UniqueContainerName();

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_CONTAINER_CONTAINER_CONTRACT_H_
