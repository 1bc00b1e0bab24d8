#include "node_agent/container/fake_container_runtime.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "node_agent/container/container_spec_check.h"
#include "node_agent/linux/network_namespace.h"
#include "node_agent/linux/unique_fd.h"

namespace floe::node_agent {
namespace {

constexpr std::chrono::seconds kWaitLimit(10);

}  // namespace

struct FakeContainerRuntime::Row {
  FakeContainerView view;
  ContainerObserver* observer = nullptr;  // Null once the container is being destroyed.
  int calls_under_way = 0;                // 0 or 1.
  UniqueFd listener;
  std::string address;
};

class FakeContainerRuntime::FakeContainer final : public Container {
 public:
  FakeContainer(FakeContainerRuntime* runtime, std::shared_ptr<Row> row)
      : runtime_(runtime), row_(std::move(row)) {}

  ~FakeContainer() override {
    std::unique_lock lock(runtime_->mutex_);
    row_->observer = nullptr;
    runtime_->rows_.erase(row_->view.spec.name);
    runtime_->changed_.notify_all();
    runtime_->changed_.wait(lock, [this] { return row_->calls_under_way == 0; });
  }

  absl::StatusOr<uint64_t> Run() override;

  absl::Status KillProcesses() override { return MoveTo(FakeContainerState::kEmpty); }
  absl::Status Freeze() override {
    const std::lock_guard lock(runtime_->mutex_);
    if (row_->view.state == FakeContainerState::kRunning) {
      row_->view.state = FakeContainerState::kFrozen;
    }
    runtime_->changed_.notify_all();
    return absl::OkStatus();
  }
  absl::Status Thaw() override {
    const std::lock_guard lock(runtime_->mutex_);
    if (row_->view.state == FakeContainerState::kFrozen) {
      row_->view.state = FakeContainerState::kRunning;
    }
    runtime_->changed_.notify_all();
    return absl::OkStatus();
  }
  int TakeRuntimeApiListener() override {
    const std::lock_guard lock(runtime_->mutex_);
    return row_->listener.Release();
  }
  std::string runtime_api_address() const override { return row_->address; }
  int64_t MemoryUsedMaxMib() const override { return 0; }

 private:
  absl::Status MoveTo(FakeContainerState state) {
    const std::lock_guard lock(runtime_->mutex_);
    row_->view.state = state;
    runtime_->changed_.notify_all();
    return absl::OkStatus();
  }

  FakeContainerRuntime* const runtime_;
  const std::shared_ptr<Row> row_;
};

absl::StatusOr<uint64_t> FakeContainerRuntime::FakeContainer::Run() {
  const std::lock_guard lock(runtime_->mutex_);
  FakeContainerView& view = row_->view;
  if (view.state != FakeContainerState::kEmpty) {
    return absl::FailedPreconditionError(
        absl::StrCat("run container ", view.spec.name, ": its entrypoint is running"));
  }
  FakeProgram program;
  const auto known = runtime_->programs_.find(view.spec.arguments[0]);
  if (known != runtime_->programs_.end()) program = known->second;
  RETURN_IF_ERROR(program.start);
  ++view.run;
  view.state = FakeContainerState::kRunning;
  if (!program.output.empty()) {
    runtime_->Deliver(
        row_, [bytes = program.output](ContainerObserver& observer) { observer.OnOutput(bytes); });
  }
  if (program.exit.has_value()) RETURN_IF_ERROR(runtime_->EndLocked(*row_, *program.exit));
  runtime_->changed_.notify_all();
  return view.run;
}

FakeContainerRuntime::FakeContainerRuntime() = default;

FakeContainerRuntime::~FakeContainerRuntime() {
  const std::lock_guard lock(mutex_);
  CHECK(rows_.empty());
}

absl::StatusOr<std::unique_ptr<Container>> FakeContainerRuntime::Create(
    const ContainerSpec& spec, ContainerObserver* observer) {
  RETURN_IF_ERROR(CheckContainerSpec(spec));
  ASSIGN_OR_RETURN(LoopbackListener runtime_api, ListenOnLoopback(0));
  const std::lock_guard lock(mutex_);
  if (absl::Status wanted = std::exchange(next_create_, absl::OkStatus()); !wanted.ok()) {
    return wanted;
  }
  if (rows_.count(spec.name) != 0) {
    return absl::AlreadyExistsError(absl::StrCat("create container ", spec.name));
  }
  auto row = std::make_shared<Row>();
  row->view.spec = spec;
  row->observer = observer;
  row->listener = std::move(runtime_api.listener);
  row->address = std::move(runtime_api.address);
  rows_[spec.name] = row;
  changed_.notify_all();
  return std::make_unique<FakeContainer>(this, std::move(row));
}

void FakeContainerRuntime::SetProgram(const std::string& entrypoint, FakeProgram program) {
  const std::lock_guard lock(mutex_);
  programs_[entrypoint] = std::move(program);
}

void FakeContainerRuntime::FailNextCreate(absl::Status status) {
  const std::lock_guard lock(mutex_);
  next_create_ = std::move(status);
}

std::vector<std::string> FakeContainerRuntime::ContainerNames() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, row] : rows_) names.push_back(name);
  return names;
}

std::optional<FakeContainerView> FakeContainerRuntime::Find(const std::string& container) const {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(container);
  if (row == rows_.end()) return std::nullopt;
  return row->second->view;
}

bool FakeContainerRuntime::WaitUntil(
    const std::string& container,
    const std::function<bool(const std::optional<FakeContainerView>&)>& condition) const {
  const auto deadline = std::chrono::steady_clock::now() + kWaitLimit;
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] {
    const auto row = rows_.find(container);
    return condition(row == rows_.end() ? std::nullopt : std::make_optional(row->second->view));
  });
}

absl::Status FakeContainerRuntime::EndEntrypoint(const std::string& container, ProcessExit exit) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(container);
  if (row == rows_.end()) return absl::NotFoundError(absl::StrCat("container ", container));
  return EndLocked(*row->second, exit);
}

absl::Status FakeContainerRuntime::WriteOutput(const std::string& container,
                                               const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  const auto row = rows_.find(container);
  if (row == rows_.end()) return absl::NotFoundError(absl::StrCat("container ", container));
  if (row->second->view.state != FakeContainerState::kRunning) {
    return absl::FailedPreconditionError(absl::StrCat("container ", container, " is not running"));
  }
  Deliver(row->second, [bytes](ContainerObserver& observer) { observer.OnOutput(bytes); });
  return absl::OkStatus();
}

absl::Status FakeContainerRuntime::EndLocked(Row& row, ProcessExit exit) {
  if (row.view.state != FakeContainerState::kRunning) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", row.view.spec.name, " is not running"));
  }
  row.view.state = FakeContainerState::kEmpty;
  changed_.notify_all();
  Deliver(rows_.at(row.view.spec.name),
          [run = row.view.run, exit](ContainerObserver& observer) { observer.OnExit(run, exit); });
  return absl::OkStatus();
}

void FakeContainerRuntime::Deliver(const std::shared_ptr<Row>& row,
                                   std::function<void(ContainerObserver&)> call) {
  worker_.Do([this, row, call = std::move(call)] {
    ContainerObserver* observer = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (row->observer == nullptr) return;
      observer = row->observer;
      ++row->calls_under_way;
    }
    call(*observer);
    const std::lock_guard lock(mutex_);
    --row->calls_under_way;
    changed_.notify_all();
  });
}

}  // namespace floe::node_agent
