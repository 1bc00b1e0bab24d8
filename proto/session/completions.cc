#include "proto/session/completions.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "base/check.h"
#include "grpc/support/time.h"

namespace floe::session {
namespace {

// The outermost shift of this thread.
thread_local Completions::Shift* current = nullptr;

void Handle(void* tag, bool ok) {
  const Operation operation = *static_cast<Operation*>(tag);
  operation.on_done(operation.owner, ok);
}

}  // namespace

// ---- Shifts.

Completions::Shift::Shift() {
  if (current == nullptr) current = this;
}

Completions::Shift::~Shift() {
  if (current != this) return;
  // What handlers ask for of the same queue is found before its turn is over.
  while (!poked_.empty() && outcomes_left_ > 0) {
    const std::shared_ptr<Completions> completions = poked_.back();
    completions->HandleDone(outcomes_left_);
    if (outcomes_left_ > 0) poked_.erase(std::find(poked_.begin(), poked_.end(), completions));
  }
  for (const std::shared_ptr<Completions>& completions : poked_) completions->Call();
  current = nullptr;
}

// ---- The queue.

Completions::Completions(std::unique_ptr<grpc::CompletionQueue> queue, Origin origin)
    : queue_(std::move(queue)), origin_(origin) {
  thread_ = std::thread([this] { Run(); });
}

Completions::~Completions() {
  CHECK(is_shut_down_);
}

void Completions::Poke() {
  if (origin_ == Origin::kNetwork) return;
  if (current == nullptr) return Call();
  auto& poked = current->poked_;
  const auto is_this = [this](const auto& other) { return other.get() == this; };
  if (std::none_of(poked.begin(), poked.end(), is_this)) poked.push_back(shared_from_this());
}

void Completions::Call() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_called_) return;
    is_called_ = true;
  }
  called_.notify_one();
}

void Completions::AwaitUnasked() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    awaits_unasked_ = true;
  }
  called_.notify_one();
}

void Completions::ShutDown() {
  const std::lock_guard<std::mutex> lock(shut_down_mutex_);
  if (std::exchange(is_shut_down_, true)) return;
  AwaitUnasked();
  queue_->Shutdown();
  thread_.join();
}

void Completions::HandleDone(int& outcomes_left) {
  const gpr_timespec at_once = gpr_time_0(GPR_CLOCK_MONOTONIC);
  void* tag = nullptr;
  bool ok = false;
  while (outcomes_left > 0 &&
         queue_->AsyncNext(&tag, &ok, at_once) == grpc::CompletionQueue::GOT_EVENT) {
    --outcomes_left;
    Handle(tag, ok);
  }
}

void Completions::Run() {
  while (origin_ == Origin::kInProcess) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      called_.wait(lock, [this] { return is_called_ || awaits_unasked_; });
      if (awaits_unasked_) break;
      is_called_ = false;
    }
    const Shift shift;
    Poke();
  }
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) Handle(tag, ok);
}

}  // namespace floe::session
