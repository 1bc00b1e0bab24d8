// NodeService: where node agents open their sessions.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_

#include "orchestrator/control_plane/session_connection.h"
#include "orchestrator/control_plane/session_table.h"
#include "proto/floe/v1/node.grpc.pb.h"

namespace floe::control_plane {

// Thread-safe.
class NodeService final : public v1::NodeService::CallbackService {
 public:
  // `table` outlives the service.
  explicit NodeService(SessionTable* table) : table_(table) {}

  grpc::ServerBidiReactor<v1::SessionRequest, v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override {
    return SessionConnection::Start(context, table_);
  }

 private:
  SessionTable* const table_;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_
