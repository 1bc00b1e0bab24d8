#include "tests/node_agent/fake_orchestrator.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "grpcpp/server_builder.h"
#include "node_agent/duration_convert.h"

namespace floe::node_agent {
namespace {

constexpr std::chrono::seconds kPatience(20);

}  // namespace

FakeOrchestrator::FakeOrchestrator() {
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

FakeOrchestrator::~FakeOrchestrator() {
  SetReachable(false);
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::shared_ptr<grpc::Channel> FakeOrchestrator::Channel() {
  return server_->InProcessChannel({});
}

void FakeOrchestrator::SetLease(Duration heartbeat_interval, Duration lease) {
  std::lock_guard lock(mutex_);
  heartbeat_interval_ = heartbeat_interval;
  lease_ = lease;
}

void FakeOrchestrator::SetResumes(bool resumes) {
  std::lock_guard lock(mutex_);
  resumes_ = resumes;
}

void FakeOrchestrator::SetReachable(bool reachable) {
  std::lock_guard lock(mutex_);
  is_reachable_ = reachable;
  if (!reachable && context_ != nullptr) context_->TryCancel();
}

void FakeOrchestrator::SetAcknowledges(bool acknowledges) {
  std::lock_guard lock(mutex_);
  acknowledges_ = acknowledges;
}

void FakeOrchestrator::SetUnknown(std::function<bool(uint64_t)> is_unknown) {
  std::lock_guard lock(mutex_);
  is_unknown_ = std::move(is_unknown);
}

void FakeOrchestrator::SetWelcome(std::function<void(v1::SessionResponse&)> change) {
  std::lock_guard lock(mutex_);
  change_welcome_ = std::move(change);
}

void FakeOrchestrator::Send(v1::SessionResponse command) {
  std::lock_guard lock(mutex_);
  command.set_sequence(commands_.size() + 1);
  commands_.push_back(command);
  if (stream_ == nullptr) return;
  if (acknowledges_) command.set_acknowledged(received_);
  stream_->Write(command);
}

void FakeOrchestrator::SendRaw(const v1::SessionResponse& message) {
  std::unique_lock lock(mutex_);
  ASSERT_TRUE(WaitFor(lock, [this] { return stream_ != nullptr; }));
  stream_->Write(message);
}

void FakeOrchestrator::Disconnect() {
  std::lock_guard lock(mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

v1::SessionRequest FakeOrchestrator::NextReport() {
  std::unique_lock lock(mutex_);
  if (!WaitFor(lock, [this] { return !reports_.empty(); })) {
    ADD_FAILURE() << "the agent reports nothing";
    return {};
  }
  v1::SessionRequest report = std::move(reports_.front());
  reports_.pop_front();
  return report;
}

bool FakeOrchestrator::HasNoReport() {
  std::lock_guard lock(mutex_);
  return reports_.empty();
}

v1::AgentHello FakeOrchestrator::WaitForHello(size_t index) {
  std::unique_lock lock(mutex_);
  if (!WaitFor(lock, [&] { return hellos_.size() > index; })) {
    ADD_FAILURE() << "no hello number " << index;
    return {};
  }
  return hellos_[index];
}

void FakeOrchestrator::WaitForHeartbeats(int64_t count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(WaitFor(lock, [&] { return heartbeats_ >= count; })) << heartbeats_;
}

bool FakeOrchestrator::WaitForAcknowledgement() {
  std::unique_lock lock(mutex_);
  return WaitFor(lock, [this] { return acknowledged_ == commands_.size(); });
}

void FakeOrchestrator::WaitForDisconnect() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(WaitFor(lock, [this] { return stream_ == nullptr; }));
}

void FakeOrchestrator::WaitForLeaving() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(WaitFor(lock, [this] { return has_left_; }));
}

bool FakeOrchestrator::WaitFor(std::unique_lock<std::mutex>& lock,
                               const std::function<bool()>& condition) {
  return changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience, condition);
}

grpc::Status FakeOrchestrator::Session(grpc::ServerContext* context, Stream* stream) {
  v1::SessionRequest message;
  if (!stream->Read(&message) || !message.has_hello()) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "no hello"};
  }
  {
    std::lock_guard lock(mutex_);
    if (!is_reachable_) return {grpc::StatusCode::UNAVAILABLE, "not reachable"};
    context_ = context;
  }
  if (Welcome(message, stream)) {
    while (stream->Read(&message) && !message.has_leaving()) Take(std::move(message), stream);
  }
  // The next connection may be here already.
  std::lock_guard lock(mutex_);
  if (message.has_leaving()) has_left_ = true;
  if (stream_ == stream) stream_ = nullptr;
  if (context_ == context) context_ = nullptr;
  changed_.notify_all();
  return grpc::Status::OK;
}

bool FakeOrchestrator::Welcome(const v1::SessionRequest& hello, Stream* stream) {
  std::lock_guard lock(mutex_);
  const bool resumed = resumes_ && session_ != 0 && hello.hello().session() == session_;
  if (!resumed) {
    session_ = 1'000 + ++sessions_;
    received_ = 0;
    acknowledged_ = 0;
    // What is queued before the first session belongs to it; later ones start without commands.
    if (sessions_ > 1) commands_.clear();
  }
  v1::SessionResponse response;
  v1::OrchestratorWelcome& welcome = *response.mutable_welcome();
  welcome.set_protocol_version(1);
  welcome.set_session(session_);
  welcome.set_resumed(resumed);
  ToProto(heartbeat_interval_, welcome.mutable_heartbeat_interval());
  ToProto(lease_, welcome.mutable_lease());
  for (const uint64_t environment : hello.hello().environments()) {
    if (is_unknown_ != nullptr && is_unknown_(environment)) {
      welcome.add_unknown_environments(environment);
    }
  }
  response.set_acknowledged(received_);
  if (change_welcome_ != nullptr) change_welcome_(response);
  hellos_.push_back(hello.hello());
  changed_.notify_all();
  if (!stream->Write(response)) return false;
  if (resumed) acknowledged_ = hello.acknowledged();
  for (uint64_t i = acknowledged_; i < commands_.size(); ++i) stream->Write(commands_[i]);
  stream_ = stream;
  changed_.notify_all();
  return true;
}

void FakeOrchestrator::Take(v1::SessionRequest message, Stream* stream) {
  std::lock_guard lock(mutex_);
  acknowledged_ = std::max(acknowledged_, message.acknowledged());
  changed_.notify_all();
  if (message.has_heartbeat()) {
    ++heartbeats_;
    v1::SessionResponse response;
    response.mutable_heartbeat();
    if (acknowledges_) response.set_acknowledged(received_);
    stream->Write(response);
    return;
  }
  if (message.sequence() <= received_) return;  // Repeated.
  EXPECT_EQ(message.sequence(), received_ + 1);
  received_ = message.sequence();
  reports_.push_back(std::move(message));
}

}  // namespace floe::node_agent
