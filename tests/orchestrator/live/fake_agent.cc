#include "tests/orchestrator/live/fake_agent.h"

#include <chrono>
#include <utility>

#include "base/status_macros.h"

namespace floe::live {
namespace {

// The measurements that every response of a fake agent carries.
void SetMetrics(bool first, v1::InvocationMetrics* metrics) {
  metrics->mutable_run_duration()->set_nanos(1'230'000);
  if (first) metrics->mutable_init_duration()->set_nanos(80'000'000);
  metrics->set_memory_used_max_mib(9);
  metrics->set_log_tail("hello from the function\n");
}

}  // namespace

FakeAgent::FakeAgent(Orchestrator* orchestrator, std::string name, int64_t memory_mib)
    : orchestrator_(orchestrator), name_(std::move(name)), memory_mib_(memory_mib) {
  thread_ = std::thread([this] { Run(); });
}

FakeAgent::~FakeAgent() {
  Leave();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

absl::Status FakeAgent::Join() {
  ASSIGN_OR_RETURN(node_, orchestrator_->AddNode(name_, memory_mib_, this));
  joined_ = true;
  return absl::OkStatus();
}

void FakeAgent::Leave() {
  if (std::exchange(joined_, false)) orchestrator_->RemoveNode(node_);
}

void FakeAgent::SetBehaviour(Behaviour behaviour) {
  const std::lock_guard<std::mutex> lock(mutex_);
  behaviour_ = std::move(behaviour);
}

void FakeAgent::Send(v1::SessionResponse command) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    commands_.push_back(command);
    queue_.push_back(std::move(command));
  }
  changed_.notify_all();
}

void FakeAgent::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
    if (ended_) return;
    const v1::SessionResponse command = std::move(queue_.front());
    queue_.pop_front();
    const Behaviour behaviour = behaviour_;
    lock.unlock();
    if (behaviour == nullptr || !behaviour(*this, command)) Usual(command);
    lock.lock();
  }
}

void FakeAgent::Usual(const v1::SessionResponse& command) {
  if (command.has_start_environment()) {
    Started(command.start_environment().environment());
    Ready(command.start_environment().environment(), 0);
  } else if (command.has_assign_invocation()) {
    Respond(command.assign_invocation(), "{\"ok\":true}");
    Finished(command.assign_invocation());
  } else if (command.has_stop_environment()) {
    Stopped(command.stop_environment().environment());
  }
}

void FakeAgent::Started(uint64_t environment) {
  v1::SessionRequest report;
  report.mutable_environment_started()->set_environment(environment);
  Report(std::move(report));
}

void FakeAgent::Ready(uint64_t environment, uint32_t incarnation) {
  v1::SessionRequest report;
  report.mutable_environment_ready()->set_environment(environment);
  report.mutable_environment_ready()->set_incarnation(incarnation);
  Report(std::move(report));
}

void FakeAgent::Respond(const v1::AssignInvocationCommand& assign, const std::string& payload) {
  v1::SessionRequest report;
  v1::InvocationRespondedReport& responded = *report.mutable_invocation_responded();
  responded.set_environment(assign.environment());
  responded.set_invocation(assign.invocation());
  responded.mutable_result()->set_payload(payload);
  responded.mutable_result()->set_content_type("application/json");
  // The first invocation of a run has number 1; only cold ones have an init duration.
  SetMetrics(assign.invocation() == 1, responded.mutable_metrics());
  Report(std::move(report));
}

void FakeAgent::RespondError(const v1::AssignInvocationCommand& assign, const std::string& type,
                             const std::string& body) {
  v1::SessionRequest report;
  v1::InvocationRespondedReport& responded = *report.mutable_invocation_responded();
  responded.set_environment(assign.environment());
  responded.set_invocation(assign.invocation());
  responded.mutable_error()->set_error_type(type);
  responded.mutable_error()->set_body(body);
  SetMetrics(false, responded.mutable_metrics());
  Report(std::move(report));
}

void FakeAgent::Finished(const v1::AssignInvocationCommand& assign) {
  v1::SessionRequest report;
  report.mutable_invocation_finished()->set_environment(assign.environment());
  report.mutable_invocation_finished()->set_invocation(assign.invocation());
  Report(std::move(report));
}

void FakeAgent::Failed(uint64_t environment, uint32_t incarnation, uint64_t invocation,
                       v1::EnvironmentFailure failure, const std::string& type,
                       const std::string& message, const std::string& body) {
  v1::SessionRequest report;
  v1::EnvironmentFailedReport& failed = *report.mutable_environment_failed();
  failed.set_environment(environment);
  failed.set_incarnation(incarnation);
  failed.set_invocation(invocation);
  failed.set_failure(failure);
  failed.set_error_type(type);
  failed.set_error_message(message);
  failed.set_error_body(body);
  if (invocation != 0) SetMetrics(false, failed.mutable_metrics());
  Report(std::move(report));
}

void FakeAgent::Stopped(uint64_t environment) {
  v1::SessionRequest report;
  report.mutable_environment_stopped()->set_environment(environment);
  Report(std::move(report));
}

std::vector<v1::SessionResponse> FakeAgent::commands() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return commands_;
}

std::vector<v1::SessionResponse> FakeAgent::WaitFor(v1::SessionResponse::MessageCase kind,
                                                    size_t count) {
  std::vector<v1::SessionResponse> found;
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(20), [&] {
    found.clear();
    for (const v1::SessionResponse& command : commands_) {
      if (command.message_case() == kind) found.push_back(command);
    }
    return found.size() >= count;
  });
  return found;
}

}  // namespace floe::live
