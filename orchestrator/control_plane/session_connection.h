// One NodeService.Session stream: reads and writes one message at a time, decides nothing.
//
// Thread-safe. Owns itself from Await until gRPC is done with it. What gRPC has done comes through
// a completion queue, on the one thread that serves it: a report wakes the thread that takes it
// over, and no other.

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

namespace floe::control_plane {

class SessionConnection final : public SessionWire {
 public:
  // Waits for a call on `queue`, then calls `on_accepted` and serves the call. All of the arguments
  // outlive every connection.
  static void Await(v1::NodeService::AsyncService* service, grpc::ServerCompletionQueue* queue,
                    SessionTable* table, std::function<void()> on_accepted);
  // Carries the connections of `queue` on until it is shut down and empty.
  static void Serve(grpc::ServerCompletionQueue* queue);

  void Wake() override;
  void End(absl::Status status, WireEnd end) override;

 private:
  // What gRPC does for a connection; its address is the tag.
  struct Operation {
    SessionConnection* connection = nullptr;
    void (SessionConnection::*on_done)(bool ok) = nullptr;
  };

  SessionConnection(SessionTable* table, std::function<void()> on_accepted)
      : table_(table), on_accepted_(std::move(on_accepted)) {}

  void OnAccepted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  // The call is over, by Finish or because the peer has gone.
  void OnClosed(bool ok);
  void OnOperationDone();

  SessionTable* const table_;
  const std::function<void()> on_accepted_;
  Operation accept_{this, &SessionConnection::OnAccepted};
  Operation read_{this, &SessionConnection::OnRead};
  Operation write_{this, &SessionConnection::OnWritten};
  Operation finish_{this, &SessionConnection::OnFinished};
  Operation close_{this, &SessionConnection::OnClosed};
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<v1::SessionResponse, v1::SessionRequest> stream_{&context_};
  v1::SessionRequest incoming_;
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
