// ControlService: for programs that deploy and run functions. Translates, and nothing else.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_SERVICE_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_SERVICE_H_

#include <cstddef>

#include "orchestrator/control_plane/watch_stream.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/floe/v1/control.grpc.pb.h"

namespace floe::control_plane {

// Thread-safe.
class ControlService final : public v1::ControlService::CallbackService {
 public:
  // `orchestrator` outlives the service. A watcher that leaves more than `watch_events_max` events
  // unread is ended.
  ControlService(live::Orchestrator* orchestrator, size_t watch_events_max)
      : orchestrator_(orchestrator), watch_streams_(orchestrator, watch_events_max) {}

  grpc::ServerUnaryReactor* DeployFunction(grpc::CallbackServerContext* context,
                                           const v1::DeployFunctionRequest* request,
                                           v1::DeployFunctionResponse* response) override;
  grpc::ServerUnaryReactor* DeleteFunction(grpc::CallbackServerContext* context,
                                           const v1::DeleteFunctionRequest* request,
                                           v1::DeleteFunctionResponse* response) override;
  grpc::ServerUnaryReactor* ListFunctions(grpc::CallbackServerContext* context,
                                          const v1::ListFunctionsRequest* request,
                                          v1::ListFunctionsResponse* response) override;
  grpc::ServerUnaryReactor* SetReservedConcurrency(
      grpc::CallbackServerContext* context, const v1::SetReservedConcurrencyRequest* request,
      v1::SetReservedConcurrencyResponse* response) override;
  grpc::ServerUnaryReactor* Invoke(grpc::CallbackServerContext* context,
                                   const v1::InvokeRequest* request,
                                   v1::InvokeResponse* response) override;
  grpc::ServerUnaryReactor* ListEnvironments(grpc::CallbackServerContext* context,
                                             const v1::ListEnvironmentsRequest* request,
                                             v1::ListEnvironmentsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context, const v1::WatchEventsRequest* request) override;
  grpc::ServerUnaryReactor* GetLimits(grpc::CallbackServerContext* context,
                                      const v1::GetLimitsRequest* request,
                                      v1::GetLimitsResponse* response) override;
  grpc::ServerUnaryReactor* GetMetrics(grpc::CallbackServerContext* context,
                                       const v1::GetMetricsRequest* request,
                                       v1::GetMetricsResponse* response) override;

  // Ends all watchers; later ones are ended at once.
  void CloseWatchers() { watch_streams_.Close(); }

 private:
  live::Orchestrator* const orchestrator_;
  WatchStreams watch_streams_;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_CONTROL_SERVICE_H_
