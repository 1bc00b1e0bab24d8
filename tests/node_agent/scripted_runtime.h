// Containers without processes: the test plays the code inside, and sees what was asked of them.

#ifndef FLOE_TESTS_NODE_AGENT_SCRIPTED_RUNTIME_H_
#define FLOE_TESTS_NODE_AGENT_SCRIPTED_RUNTIME_H_

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "node_agent/container/container_runtime.h"
#include "node_agent/image/image_store.h"

namespace floe::node_agent {

// What the test sees of one container; outlives it.
struct ScriptedContainer {
  ContainerSpec spec;
  ContainerObserver* observer = nullptr;
  int port = 0;  // Of its Runtime API, on 127.0.0.1.

  std::mutex observer_mutex;  // Held during calls of the observer.

  // Guarded by the runtime's mutex.
  uint64_t runs = 0;
  bool is_running = false;
  bool is_frozen = false;
  bool is_destroyed = false;
  std::vector<std::string> calls;  // "run", "kill", "freeze", "thaw", "destroy".
};

// Thread-safe.
class ScriptedRuntime : public ContainerRuntime {
 public:
  absl::StatusOr<std::unique_ptr<Container>> Create(const ContainerSpec& spec,
                                                    ContainerObserver* observer) override;
  absl::string_view name() const override { return "fake"; }

  // ---- What goes wrong from now on. OK: nothing.
  void FailCreate(absl::Status status);
  void FailRun(absl::Status status);
  void FailThaw(absl::Status status);
  void FailFreeze(absl::Status status);
  void FailKill(absl::Status status);
  // Run does not return before Release.
  void HoldRuns();
  void ReleaseRuns();
  void WaitForHeldRun();

  // ---- What the code does.
  // The container made `index`th, as soon as there is one.
  std::shared_ptr<ScriptedContainer> WaitForContainer(size_t index);
  void Exit(ScriptedContainer& container, ProcessExit exit);
  void Write(ScriptedContainer& container, const std::string& bytes);
  // The same, unless the container is gone, which then waits for the call to end.
  void ExitIfLive(ScriptedContainer& container, ProcessExit exit);
  void WriteIfLive(ScriptedContainer& container, const std::string& bytes);

  // ---- What was asked.
  std::vector<std::string> Calls(const ScriptedContainer& container);
  // Until the entrypoint has been started so often.
  void WaitForRuns(const ScriptedContainer& container, uint64_t runs);
  void WaitForCall(const ScriptedContainer& container, const std::string& call);
  bool IsDestroyed(const ScriptedContainer& container) const;
  int64_t live() const;

 private:
  class ContainerImpl;
  bool Holds(const ScriptedContainer& container, const std::string& call) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<ScriptedContainer>> containers_;
  absl::Status create_ = absl::OkStatus();
  absl::Status run_ = absl::OkStatus();
  absl::Status thaw_ = absl::OkStatus();
  absl::Status freeze_ = absl::OkStatus();
  absl::Status kill_ = absl::OkStatus();
  bool holds_runs_ = false;
  int held_runs_ = 0;
};

// Code that is always there: entrypoint "/entry", unless the path is told to fail.
class ScriptedImages : public ImageStore {
 public:
  absl::StatusOr<PreparedCode> Prepare(CodeSource source, const std::string& path,
                                       const std::string& base_root) override;
};

// What the code in a container does with its Runtime API: one connection per request, blocking.
class RuntimeApiClient {
 public:
  struct Response {
    int status = 0;
    std::string head;  // Status line and headers.
    std::string body;
    // The value of a header, "" when there is none.
    std::string Header(const std::string& name) const;
  };

  explicit RuntimeApiClient(int port) : port_(port) {}

  Response Next() const;
  int Respond(const std::string& request_id, const std::string& body) const;
  int Fail(const std::string& request_id, const std::string& type, const std::string& body) const;
  int FailInit(const std::string& type, const std::string& body) const;

 private:
  Response Request(const std::string& method, const std::string& path, const std::string& headers,
                   const std::string& body) const;

  int port_ = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_TESTS_NODE_AGENT_SCRIPTED_RUNTIME_H_
