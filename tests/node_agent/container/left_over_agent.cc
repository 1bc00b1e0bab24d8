// Makes containers, says so, and waits to be killed: what a crash of the agent is made of.
// Usage: left_over_agent ROOT COUNT; prints "ready TAG" when COUNT containers run.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "node_agent/container/linux_container_runtime.h"

namespace {

class SilentObserver final : public floe::node_agent::ContainerObserver {
 public:
  void OnExit(uint64_t, floe::node_agent::ProcessExit) override {}
  void OnOutput(absl::string_view) override {}
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  auto runtime = floe::node_agent::LinuxContainerRuntime::Create(
      {.name = "left-over", .prepared_max = 2, .launch_threads = 2});
  if (!runtime.ok()) {
    printf("error %s\n", runtime.status().ToString().c_str());
    return 1;
  }
  SilentObserver observer;
  std::vector<std::unique_ptr<floe::node_agent::Container>> containers;
  for (int i = 0; i < atoi(argv[2]); ++i) {
    auto container = (*runtime)->Create({.name = "left-" + std::to_string(i),
                                         .root_directory = argv[1],
                                         .arguments = {"sh", "-c", "sleep 1000 & sleep 1000"},
                                         .variables = {"PATH=/bin"}},
                                        &observer);
    if (!container.ok() || !(*container)->Run().ok()) return 2;
    // Half of them frozen, which must not save them.
    if (i % 2 == 1 && !(*container)->Freeze().ok()) return 3;
    containers.push_back(*std::move(container));
  }
  printf("ready %s\n", (*runtime)->cgroup_tag().c_str());
  fflush(stdout);
  while (true) pause();
}
