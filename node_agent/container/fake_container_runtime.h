// A ContainerRuntime in memory, for unit tests. It keeps the contract, but for what needs a kernel:
// nothing runs, and no root directory is looked at.

#ifndef FLOE_NODE_AGENT_CONTAINER_FAKE_CONTAINER_RUNTIME_H_
#define FLOE_NODE_AGENT_CONTAINER_FAKE_CONTAINER_RUNTIME_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/linux/background_worker.h"

namespace floe::node_agent {

// What an entrypoint does when it is run. By default it runs until it is killed.
struct FakeProgram {
  absl::Status start;               // Not OK: what Run returns.
  std::string output;               // Written at once.
  std::optional<ProcessExit> exit;  // How it then ends by itself.
};

enum class FakeContainerState { kEmpty, kRunning, kFrozen };

// What a test sees of one container.
struct FakeContainerView {
  ContainerSpec spec;
  FakeContainerState state = FakeContainerState::kEmpty;
  uint64_t run = 0;  // The last one; 0: none yet.
};

// Thread-safe. Observer calls come from one thread of the runtime.
//
//   FakeContainerRuntime runtime;
//   runtime.SetProgram("/var/task/bootstrap", {.exit = ProcessExit{.code = 1}});
class FakeContainerRuntime final : public ContainerRuntime {
 public:
  FakeContainerRuntime();
  ~FakeContainerRuntime() override;

  // ALREADY_EXISTS: a container of this name lives. Otherwise as the contract says, except that any
  // root directory is taken.
  absl::StatusOr<std::unique_ptr<Container>> Create(const ContainerSpec& spec,
                                                    ContainerObserver* observer) override;
  absl::string_view name() const override { return "fake"; }

  // From now on, running `entrypoint` (arguments[0]) does this.
  void SetProgram(const std::string& entrypoint, FakeProgram program);
  // The next Create returns `status`.
  void FailNextCreate(absl::Status status);

  std::vector<std::string> ContainerNames() const;
  // Nothing if no such container lives.
  std::optional<FakeContainerView> Find(const std::string& container) const;
  // Waits for a change until `condition` holds of the container's view; false after 10 s.
  bool WaitUntil(
      const std::string& container,
      const std::function<bool(const std::optional<FakeContainerView>&)>& condition) const;

  // The entrypoint ends by itself. FAILED_PRECONDITION: it does not run, or is frozen.
  // NOT_FOUND: no such container.
  absl::Status EndEntrypoint(const std::string& container, ProcessExit exit);
  // The entrypoint writes. Errors as EndEntrypoint.
  absl::Status WriteOutput(const std::string& container, const std::string& bytes);

 private:
  class FakeContainer;
  // What outlives a container that is being destroyed while a call to its observer is due.
  struct Row;

  absl::Status EndLocked(Row& row, ProcessExit exit);
  void Deliver(const std::shared_ptr<Row>& row, std::function<void(ContainerObserver&)> call);

  mutable std::mutex mutex_;  // Guards what follows, and every row.
  mutable std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Row>> rows_;
  std::map<std::string, FakeProgram> programs_;
  absl::Status next_create_;
  // Last, so that its thread ends first.
  BackgroundWorker worker_;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_FAKE_CONTAINER_RUNTIME_H_
