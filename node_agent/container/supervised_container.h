// A container around a ContainerBackend: one run after the other, output, exits, and the order of
// calls.

#ifndef FLOE_NODE_AGENT_CONTAINER_SUPERVISED_CONTAINER_H_
#define FLOE_NODE_AGENT_CONTAINER_SUPERVISED_CONTAINER_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "node_agent/container/container_backend.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/linux/event_loop.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {

// Thread-safe. Observer calls come from the event loop's thread, with no lock held.
class SupervisedContainer final : public Container, private EventLoop::Owner {
 public:
  struct RuntimeApi {
    UniqueFd listener;
    std::string address;
  };

  // `loop` and `observer` outlive the container.
  static absl::StatusOr<std::unique_ptr<Container>> Create(
      std::string name, std::unique_ptr<ContainerBackend> backend, RuntimeApi runtime_api,
      EventLoop* loop, ContainerObserver* observer);
  ~SupervisedContainer() override;

  absl::StatusOr<uint64_t> Run() override;
  absl::Status KillProcesses() override;
  absl::Status Freeze() override;
  absl::Status Thaw() override;
  int TakeRuntimeApiListener() override;
  std::string runtime_api_address() const override;
  int64_t MemoryUsedMaxMib() const override;

 private:
  enum class State { kEmpty, kRunning, kFrozen, kClosed };

  SupervisedContainer(std::string name, std::unique_ptr<ContainerBackend> backend,
                      RuntimeApi runtime_api, EventLoop* loop, ContainerObserver* observer);
  void OnReadable(int tag) override;
  void ReadOutput(int64_t bytes_max);
  void TakeExit();
  absl::Status KillProcessesLocked();
  void ForgetProcess();
  ProcessExit Classify(const WaitResult& result);

  const std::string name_;
  EventLoop* const loop_;
  ContainerObserver* const observer_;
  EventLoop::OwnerId owner_id_ = 0;
  // One pipe for all runs. The container keeps the writing end too, so it never reads as closed.
  UniqueFd output_read_;
  UniqueFd output_write_;
  const std::string runtime_api_address_;

  mutable std::mutex mutex_;  // Guards what follows.
  const std::unique_ptr<ContainerBackend> backend_;
  UniqueFd runtime_api_listener_;
  State state_ = State::kEmpty;
  uint64_t run_ = 0;
  UniqueFd pidfd_;
  int64_t out_of_memory_kills_seen_ = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_SUPERVISED_CONTAINER_H_
