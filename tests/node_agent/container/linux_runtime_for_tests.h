// The linux runtime where the machine allows it.

#ifndef FLOE_TESTS_NODE_AGENT_CONTAINER_LINUX_RUNTIME_FOR_TESTS_H_
#define FLOE_TESTS_NODE_AGENT_CONTAINER_LINUX_RUNTIME_FOR_TESTS_H_

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "node_agent/container/linux_container_runtime.h"

namespace floe::node_agent {

// Null on a machine that cannot make containers, with the reason on stderr; with
// FLOE_REQUIRE_CONTAINERS=1 in the environment that is a failure of the test.
inline std::unique_ptr<LinuxContainerRuntime> MakeLinuxRuntimeForTests(int prepared_max = 4) {
  auto runtime = LinuxContainerRuntime::Create({.name = "test", .prepared_max = prepared_max});
  if (runtime.ok()) return *std::move(runtime);
  const char* required = std::getenv("FLOE_REQUIRE_CONTAINERS");
  if (required != nullptr && std::strcmp(required, "1") == 0) {
    ADD_FAILURE() << "containers are required: " << runtime.status();
  } else {
    std::cerr << "SKIPPED: no containers here: " << runtime.status() << std::endl;
  }
  return nullptr;
}

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_CONTAINER_LINUX_RUNTIME_FOR_TESTS_H_
