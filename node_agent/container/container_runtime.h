// Makes and controls containers on this machine. One narrow interface, several implementations, one
// contract test suite for all (tests/node_agent/container).

#ifndef FLOE_NODE_AGENT_CONTAINER_CONTAINER_RUNTIME_H_
#define FLOE_NODE_AGENT_CONTAINER_CONTAINER_RUNTIME_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe::node_agent {

enum class ContainerNetwork {
  kIsolated,  // A network namespace of its own with nothing but loopback.
  kHost,
};

// A host directory shown read-only inside the container. The target must exist in the root.
struct ReadOnlyMount {
  std::string host_directory;
  std::string target;  // Absolute, inside the container.
};

// What a container should be. Values are final: nothing is looked up elsewhere.
struct ContainerSpec {
  // Unique among the live containers of this runtime: 1 to 63 of [a-z0-9-].
  std::string name;
  // A directory with a complete root file system; shared, never written. Must hold /proc, /dev,
  // /tmp.
  std::string root_directory;
  std::vector<ReadOnlyMount> mounts;
  std::vector<std::string>
      arguments;  // [0] is looked up in PATH of `variables` unless it has a '/'.
  // NAME=value, complete, except AWS_LAMBDA_RUNTIME_API, which the runtime adds.
  std::vector<std::string> variables;
  std::string working_directory = "/";
  int64_t memory_mib = 128;  // Limit; CPU share is memory_mib / 1,769 of one CPU.
  int64_t tmp_mib = 512;     // Size of /tmp.
  int64_t processes_max = 1'024;
  int64_t open_files_max = 1'024;
  ContainerNetwork network = ContainerNetwork::kIsolated;
};

// How the entrypoint ended.
struct ProcessExit {
  enum class Kind { kExited, kSignaled, kOutOfMemory };
  Kind kind = Kind::kExited;
  int code = 0;  // Exit status, or signal number.
};

// Called from threads of the runtime, one call at a time per container. Must not block, and must
// not destroy the container from inside a call.
class ContainerObserver {
 public:
  virtual ~ContainerObserver() = default;
  // The entrypoint ended by itself (not through KillProcesses), and every process that it left
  // behind has been killed. `run` is what Run returned for it.
  virtual void OnExit(uint64_t run, ProcessExit exit) = 0;
  // Bytes written to stdout or stderr.
  virtual void OnOutput(absl::string_view bytes) = 0;
};

// One container. Thread-safe; calls on one container are carried out one after the other.
// Every call names the wanted end state, so repeating it is safe.
class Container {
 public:
  // Kills every process and removes whatever belongs to the container. No observer call afterwards.
  virtual ~Container() = default;

  // Starts the entrypoint in the container, which then holds no other process. Numbers the runs
  // from 1. FAILED_PRECONDITION: one is running. NOT_FOUND: the entrypoint or working directory
  // does not exist. PERMISSION_DENIED: not executable. INVALID_ARGUMENT: not a program for this
  // machine.
  virtual absl::StatusOr<uint64_t> Run() = 0;
  // Kills every process, frozen or not, and returns when none is left. /tmp stays. No OnExit for
  // it.
  virtual absl::Status KillProcesses() = 0;
  // Returns once no instruction of any process runs any more.
  virtual absl::Status Freeze() = 0;
  virtual absl::Status Thaw() = 0;

  // The listening socket for this container's Runtime API and the address under which its code sees
  // it (in AWS_LAMBDA_RUNTIME_API). The caller of Take owns the descriptor; a second Take gives -1.
  virtual int TakeRuntimeApiListener() = 0;
  virtual std::string runtime_api_address() const = 0;
  // Highest memory use so far in MiB, without /tmp where that can be told apart; 0 when unknown.
  virtual int64_t MemoryUsedMaxMib() const = 0;
};

class ContainerRuntime {
 public:
  // REQUIRES: every container it made has been destroyed.
  virtual ~ContainerRuntime() = default;

  // Makes a container without running anything in it. `observer` outlives the container.
  // INVALID_ARGUMENT: the spec is out of range. NOT_FOUND: the root directory does not exist.
  // FAILED_PRECONDITION: the root lacks a mount point. RESOURCE_EXHAUSTED: the machine is full.
  virtual absl::StatusOr<std::unique_ptr<Container>> Create(const ContainerSpec& spec,
                                                            ContainerObserver* observer) = 0;
  // "linux", "process", "fake".
  virtual absl::string_view name() const = 0;
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_CONTAINER_CONTAINER_RUNTIME_H_
