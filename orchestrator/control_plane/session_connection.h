// One NodeService.Session stream: reads and writes one message at a time, decides nothing.
//
// Thread-safe. Owns itself from Await until gRPC is done with it. What gRPC has done comes through
// session::Completions, on any thread; of reads, as of writes, one at most is under way.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/alarm.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "orchestrator/control_plane/node_session.h"
#include "orchestrator/control_plane/session_table.h"
#include "proto/floe/v1/node.grpc.pb.h"
#include "proto/floe/v1/node.pb.h"
#include "proto/session/completions.h"

namespace floe::control_plane {

class SessionConnection final : public SessionWire {
 public:
  // What connections share. All of it outlives them.
  struct Parts {
    v1::NodeService::AsyncService* service = nullptr;
    SessionTable* table = nullptr;
    grpc::ServerCompletionQueue* queue = nullptr;
    session::Completions* completions = nullptr;  // Of `queue`.
  };

  // Waits for a call, then calls `on_accepted` and serves the call.
  static void Await(const Parts& parts, std::function<void()> on_accepted);

  void Wake() override;
  void End(absl::Status status, WireEnd end) override;

 private:
  SessionConnection(const Parts& parts, std::function<void()> on_accepted)
      : parts_(parts), on_accepted_(std::move(on_accepted)) {}

  template <void (SessionConnection::*on_done)(bool ok)>
  void Complete(bool ok) {
    (this->*on_done)(ok);
    OnOperationDone();
  }
  template <void (SessionConnection::*on_done)(bool ok)>
  session::Operation Operation() {
    return session::OperationOf<&SessionConnection::Complete<on_done>>(this);
  }

  void OnAccepted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  // The call is over, by Finish or because the peer has gone.
  void OnClosed(bool ok);
  void OnOperationDone();

  const Parts parts_;
  const std::function<void()> on_accepted_;
  session::Operation accept_ = Operation<&SessionConnection::OnAccepted>();
  session::Operation read_ = Operation<&SessionConnection::OnRead>();
  session::Operation write_ = Operation<&SessionConnection::OnWritten>();
  session::Operation finish_ = Operation<&SessionConnection::OnFinished>();
  session::Operation close_ = Operation<&SessionConnection::OnClosed>();
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<v1::SessionResponse, v1::SessionRequest> stream_{&context_};
  v1::SessionRequest incoming_;              // Of the read under way and its handler.
  std::shared_ptr<SessionConnection> self_;  // Until no operation is under way.

  std::mutex mutex_;
  // All guarded by mutex_.
  int operations_ = 0;  // Under way.
  std::shared_ptr<NodeSession> session_;
  std::shared_ptr<const v1::SessionResponse> outgoing_;  // Being written.
  bool finished_ = false;
  bool done_ = false;  // No operation is under way any more.
  grpc::Alarm grace_;  // Set once finished.
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_
