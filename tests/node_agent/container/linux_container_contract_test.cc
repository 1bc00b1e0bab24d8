#include "tests/node_agent/container/container_contract.h"
#include "tests/node_agent/container/linux_runtime_for_tests.h"

namespace floe::node_agent {
namespace {

// The reason for not running is told by LinuxContainerRuntimeTest, which has the same needs.
INSTANTIATE_TEST_SUITE_P(Linux, ContainerContractTest, testing::Values(MakeHarness([] {
                           auto runtime = MakeLinuxRuntimeForTests();
                           return runtime == nullptr ? nullptr
                                                     : MakeScriptHarness(std::move(runtime));
                         })),
                         [](const auto&) { return "Default"; });

}  // namespace
}  // namespace floe::node_agent
