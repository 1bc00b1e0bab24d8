// One NodeService.Session stream: reads and writes one message at a time, decides nothing.
//
// Thread-safe. Owns itself from Start until gRPC is done with it.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_

#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "grpcpp/alarm.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "orchestrator/control_plane/node_session.h"
#include "orchestrator/control_plane/session_table.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::control_plane {

class SessionConnection final
    : public grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>,
      public SessionWire {
 public:
  // `table` outlives every connection.
  static SessionConnection* Start(grpc::CallbackServerContext* context, SessionTable* table);

  void Wake() override;
  void End(absl::Status status, WireEnd end) override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  SessionConnection(grpc::CallbackServerContext* context, SessionTable* table)
      : context_(context), table_(table) {}

  grpc::CallbackServerContext* const context_;
  SessionTable* const table_;
  v1::SessionRequest incoming_;
  std::shared_ptr<SessionConnection> self_;  // Until OnDone.

  std::mutex mutex_;
  // All guarded by mutex_.
  std::shared_ptr<NodeSession> session_;
  std::shared_ptr<const v1::SessionResponse> outgoing_;  // Being written.
  bool finished_ = false;
  bool done_ = false;  // gRPC has let go of context_.
  grpc::Alarm grace_;  // Set once finished.
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_SESSION_CONNECTION_H_
