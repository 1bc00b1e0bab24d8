#include "node_agent/container/supervised_container.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/time.h"

namespace floe::node_agent {
namespace {

constexpr int kOutputTag = 0;
constexpr int kProcessTag = 1;
// Per wake-up, so that one talkative container does not keep the others waiting.
constexpr int64_t kOutputBytesPerTurn = 64 << 10;
// At the end of a run everything in the pipe belongs to it; a pipe holds at most 1 MiB.
constexpr int64_t kOutputBytesAtExit = 4 << 20;
constexpr size_t kReadBytes = 16 << 10;
constexpr Duration kKillLimit = Duration::Seconds(30);

}  // namespace

SupervisedContainer::SupervisedContainer(std::string name,
                                         std::unique_ptr<ContainerBackend> backend,
                                         RuntimeApi runtime_api, EventLoop* loop,
                                         ContainerObserver* observer)
    : name_(std::move(name)),
      loop_(loop),
      observer_(observer),
      runtime_api_address_(std::move(runtime_api.address)),
      backend_(std::move(backend)),
      runtime_api_listener_(std::move(runtime_api.listener)) {}

absl::StatusOr<std::unique_ptr<Container>> SupervisedContainer::Create(
    std::string name, std::unique_ptr<ContainerBackend> backend, RuntimeApi runtime_api,
    EventLoop* loop, ContainerObserver* observer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("create container ", name, ": pipe"));
  }
  std::unique_ptr<SupervisedContainer> container(new SupervisedContainer(
      std::move(name), std::move(backend), std::move(runtime_api), loop, observer));
  container->output_read_.Reset(ends[0]);
  container->output_write_.Reset(ends[1]);
  // Only the reading end: for the program a full pipe must block, as programs expect.
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return absl::ErrnoToStatus(errno, "fcntl");
  container->owner_id_ = loop->AddOwner(container.get());
  RETURN_IF_ERROR(loop->Watch(container->owner_id_, kOutputTag, ends[0]));
  return container;
}

SupervisedContainer::~SupervisedContainer() {
  {
    const std::lock_guard lock(mutex_);
    (void)KillProcessesLocked();
    state_ = State::kClosed;
  }
  loop_->Unwatch(output_read_.get());
  if (owner_id_ != 0) loop_->RemoveOwner(owner_id_);
}

absl::StatusOr<uint64_t> SupervisedContainer::Run() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kEmpty) {
    return absl::FailedPreconditionError(
        absl::StrCat("run container ", name_, ": its entrypoint is running"));
  }
  if (run_ > 0) out_of_memory_kills_seen_ = backend_->OutOfMemoryKills();
  ASSIGN_OR_RETURN(pidfd_, backend_->Start(output_write_.get()));
  ++run_;
  state_ = State::kRunning;
  if (absl::Status watched = loop_->Watch(owner_id_, kProcessTag, pidfd_.get()); !watched.ok()) {
    (void)KillProcessesLocked();
    return watched;
  }
  return run_;
}

absl::Status SupervisedContainer::KillProcesses() {
  const std::lock_guard lock(mutex_);
  return KillProcessesLocked();
}

absl::Status SupervisedContainer::KillProcessesLocked() {
  if (state_ != State::kRunning && state_ != State::kFrozen) return absl::OkStatus();
  RETURN_IF_ERROR(backend_->KillAll(pidfd_.get()));
  RETURN_IF_ERROR(WaitForExit(pidfd_.get(), kKillLimit));
  (void)Reap(pidfd_.get());
  // A kill does not end a freeze, and what runs next must not be born frozen. Only now, when
  // nothing is left that could use the time.
  const absl::Status thawed = state_ == State::kFrozen ? backend_->Thaw() : absl::OkStatus();
  ForgetProcess();
  RETURN_IF_ERROR(backend_->KillRest());
  return thawed;
}

void SupervisedContainer::ForgetProcess() {
  loop_->Unwatch(pidfd_.get());
  pidfd_.Reset();
  state_ = State::kEmpty;
}

absl::Status SupervisedContainer::Freeze() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kRunning) return absl::OkStatus();
  absl::Status frozen = backend_->Freeze();
  if (frozen.ok()) {
    state_ = State::kFrozen;
  } else {
    (void)backend_->Thaw();
  }
  return frozen;
}

absl::Status SupervisedContainer::Thaw() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kFrozen) return absl::OkStatus();
  RETURN_IF_ERROR(backend_->Thaw());
  state_ = State::kRunning;
  return absl::OkStatus();
}

int SupervisedContainer::TakeRuntimeApiListener() {
  const std::lock_guard lock(mutex_);
  return runtime_api_listener_.Release();
}

std::string SupervisedContainer::runtime_api_address() const {
  return runtime_api_address_;
}

int64_t SupervisedContainer::MemoryUsedMaxMib() const {
  const std::lock_guard lock(mutex_);
  return backend_->MemoryUsedMaxMib();
}

void SupervisedContainer::OnReadable(int tag) {
  if (tag == kOutputTag) {
    ReadOutput(kOutputBytesPerTurn);
  } else {
    TakeExit();
  }
}

void SupervisedContainer::ReadOutput(int64_t bytes_max) {
  std::array<char, kReadBytes> buffer;
  for (int64_t total = 0; total < bytes_max;) {
    const ssize_t got = read(output_read_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    observer_->OnOutput(absl::string_view(buffer.data(), static_cast<size_t>(got)));
    total += got;
  }
}

void SupervisedContainer::TakeExit() {
  uint64_t run = 0;
  ProcessExit exit;
  {
    const std::lock_guard lock(mutex_);
    // The event may be older than a KillProcesses, or than a KillProcesses and a Run.
    if (state_ != State::kRunning && state_ != State::kFrozen) return;
    const absl::StatusOr<std::optional<WaitResult>> result = Reap(pidfd_.get());
    if (result.ok() && !result->has_value()) return;
    // Without a status (another part of the process waited for every child) the end is still an
    // end.
    exit = Classify(result.ok() ? **result : WaitResult{.signaled = true, .code = SIGKILL});
    if (state_ == State::kFrozen) (void)backend_->Thaw();
    ForgetProcess();
    (void)backend_->KillRest();
    run = run_;
  }
  ReadOutput(kOutputBytesAtExit);
  observer_->OnExit(run, exit);
}

ProcessExit SupervisedContainer::Classify(const WaitResult& result) {
  if (!result.signaled) return {.kind = ProcessExit::Kind::kExited, .code = result.code};
  if (result.code == SIGKILL && backend_->OutOfMemoryKills() > out_of_memory_kills_seen_) {
    return {.kind = ProcessExit::Kind::kOutOfMemory, .code = result.code};
  }
  return {.kind = ProcessExit::Kind::kSignaled, .code = result.code};
}

}  // namespace floe::node_agent
