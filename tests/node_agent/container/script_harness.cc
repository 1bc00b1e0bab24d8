#include <sys/stat.h>

#include <fstream>
#include <utility>

#include "tests/node_agent/container/container_contract.h"
#include "tests/node_agent/testing/busybox_root.h"

namespace floe::node_agent {
namespace {

class ScriptHarness final : public ContractHarness {
 public:
  explicit ScriptHarness(std::unique_ptr<ContainerRuntime> runtime)
      : root_(MakeBusyboxRoot(directory_.path())), runtime_(std::move(runtime)) {
    WriteFile("/bin/plain-text", "not a program\n", 0755);
    WriteFile("/bin/not-executable", "#!/bin/sh\n", 0644);
  }

  ContainerRuntime& runtime() override { return *runtime_; }
  bool runs_scripts() const override { return true; }
  ContainerSpec RunsForEver() override { return Script("exec sleep 100000"); }
  ContainerSpec PrintsAndExits(const std::string& text, int code) override {
    return Script("printf '" + text + "'; exit " + std::to_string(code));
  }
  ContainerSpec MissingEntrypoint() override { return WithArguments({"/bin/missing"}); }
  ContainerSpec NotExecutable() override { return WithArguments({"/bin/not-executable"}); }
  ContainerSpec NotAProgram() override { return WithArguments({"plain-text"}); }
  ContainerSpec MissingWorkingDirectory() override {
    ContainerSpec spec = Script("true");
    spec.working_directory = "/missing";
    return spec;
  }
  ContainerSpec Script(const std::string& script) override {
    return WithArguments({"sh", "-c", script});
  }

 private:
  ContainerSpec WithArguments(std::vector<std::string> arguments) {
    return {.name = UniqueContainerName(),
            .root_directory = root_,
            .arguments = std::move(arguments),
            .variables = {"PATH=/bin"},
            .memory_mib = 1'769,
            .tmp_mib = 16};
  }

  void WriteFile(const std::string& path, const std::string& content, mode_t mode) {
    std::ofstream(root_ + path) << content;
    ASSERT_EQ(chmod((root_ + path).c_str(), mode), 0);
  }

  const TemporaryDirectory directory_;
  const std::string root_;
  const std::unique_ptr<ContainerRuntime> runtime_;
};

}  // namespace

std::unique_ptr<ContractHarness> MakeScriptHarness(std::unique_ptr<ContainerRuntime> runtime) {
  return std::make_unique<ScriptHarness>(std::move(runtime));
}

}  // namespace floe::node_agent
