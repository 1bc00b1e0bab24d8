// The agent's end of one connection, with every message in the test's hands.

#ifndef FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SESSION_CLIENT_H_
#define FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SESSION_CLIENT_H_

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "proto/floe/v1/node.grpc.pb.h"

namespace floe::control_plane {

inline v1::SessionRequest Hello(const std::string& name, uint64_t incarnation,
                                uint64_t session = 0) {
  v1::SessionRequest message;
  v1::AgentHello& hello = *message.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_node_name(name);
  hello.set_incarnation(incarnation);
  hello.set_memory_mib(4'096);
  hello.set_session(session);
  hello.set_runtime("process");
  return message;
}

class SessionClient {
 public:
  explicit SessionClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::NodeService::NewStub(channel)) {
    // Far longer than anything takes: a test that waits so long has failed.
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    stream_ = stub_->Session(&context_);
  }
  ~SessionClient() { Break(); }

  bool Write(const v1::SessionRequest& message) { return stream_->Write(message); }
  // The next message; an empty one when the stream has ended.
  v1::SessionResponse Read() {
    v1::SessionResponse message;
    if (!stream_->Read(&message)) return {};
    return message;
  }
  // The next message that is no heartbeat.
  v1::SessionResponse ReadCommand() {
    v1::SessionResponse message = Read();
    while (message.has_heartbeat()) message = Read();
    return message;
  }
  v1::OrchestratorWelcome Open(const v1::SessionRequest& hello) {
    Write(hello);
    return Read().welcome();
  }
  // Reads to the end and tells why it ended.
  grpc::Status Status() {
    v1::SessionResponse message;
    while (stream_->Read(&message)) {
    }
    ended_ = true;
    return stream_->Finish();
  }
  // Drops the connection as a network would.
  void Break() {
    if (std::exchange(ended_, true)) return;
    context_.TryCancel();
    v1::SessionResponse message;
    while (stream_->Read(&message)) {
    }
    stream_->Finish();
  }

 private:
  std::unique_ptr<v1::NodeService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  bool ended_ = false;
};

}  // namespace floe::control_plane

#endif  // FLOE_TESTS_ORCHESTRATOR_CONTROL_PLANE_SESSION_CLIENT_H_
