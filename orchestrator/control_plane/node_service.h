// NodeService: where node agents open their sessions.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_

#include <memory>
#include <mutex>
#include <vector>

#include "grpcpp/completion_queue.h"
#include "grpcpp/server_builder.h"
#include "orchestrator/control_plane/session_connection.h"
#include "orchestrator/control_plane/session_table.h"
#include "proto/floe/v1/node.grpc.pb.h"
#include "proto/session/completions.h"

namespace floe::control_plane {

// Serves the sessions of one server: over the network on a few threads of its own, each with its
// share of the connections; inside the process on the threads that bring something, see
// session::Completions. Thread-safe. Outlives the server that it is registered with.
class NodeService final {
 public:
  using Origin = session::Completions::Origin;

  // `table` outlives the service.
  NodeService(Origin origin, SessionTable* table) : origin_(origin), table_(table) {}
  // Stops.
  ~NodeService();
  NodeService(const NodeService&) = delete;
  NodeService& operator=(const NodeService&) = delete;

  void RegisterWith(grpc::ServerBuilder* builder);
  // Accepts sessions from now on. Once, when the server has been built.
  void Start();
  // Of the only queue of sessions inside the process. REQUIRES: started.
  const std::shared_ptr<session::Completions>& completions() const { return completions_.front(); }
  // The server is about to shut down.
  void PrepareStop();
  // Waits for what is left of the connections. The server must have been shut down, and must still
  // be there: what waited for a next session still refers to it. May be repeated.
  void Stop();

 private:
  void AwaitSession(const SessionConnection::Parts& parts);

  const Origin origin_;
  SessionTable* const table_;
  v1::NodeService::AsyncService service_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;  // Until started.
  std::vector<std::shared_ptr<session::Completions>> completions_;    // Once started.
  std::mutex mutex_;
  bool is_closed_ = false;  // Guarded by mutex_. Nothing new may be asked of the queues.
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_NODE_SERVICE_H_
