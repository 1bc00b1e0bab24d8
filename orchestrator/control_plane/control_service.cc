#include "orchestrator/control_plane/control_service.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "orchestrator/control_plane/control_convert.h"
#include "orchestrator/control_plane/status_convert.h"

namespace floe::control_plane {
namespace {

grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                    const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// An invocation whose caller waits. The answer and a cancellation may race; the first one counts.
class InvokeCall final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<InvokeCall> Make(v1::InvokeResponse* response) {
    const std::shared_ptr<InvokeCall> call(new InvokeCall(response));
    call->self_ = call;
    return call;
  }

  void Answer(live::InvokeResult result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(finished_, true)) return;
    Finish(ToGrpcStatus(ToProto(std::move(result), response_)));
  }
  void Refuse(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(finished_, true)) return;
    Finish(ToGrpcStatus(status));
  }
  void OnCancel() override { Refuse(absl::CancelledError("invoke: the caller has gone")); }
  void OnDone() override { self_.reset(); }

 private:
  explicit InvokeCall(v1::InvokeResponse* response) : response_(response) {}

  v1::InvokeResponse* const response_;  // Valid until Finish.
  std::shared_ptr<InvokeCall> self_;    // Until OnDone.
  std::mutex mutex_;
  bool finished_ = false;  // Guarded by mutex_.
};

absl::StatusOr<live::FunctionRecord> Deploy(live::Orchestrator& orchestrator,
                                            live::FunctionSpec spec) {
  // Another caller may create or delete it in between; then the other order is right.
  constexpr int kAttempts = 8;
  absl::Status last;
  for (int i = 0; i < kAttempts; ++i) {
    if (const auto existing = orchestrator.GetFunction(spec.name); existing.ok()) {
      spec.role = existing->spec.role;
    }
    absl::StatusOr<live::FunctionRecord> updated = orchestrator.UpdateFunction(spec);
    if (!absl::IsNotFound(updated.status())) return updated;
    absl::StatusOr<live::FunctionRecord> created = orchestrator.CreateFunction(spec);
    if (!absl::IsAlreadyExists(created.status())) return created;
    last = created.status();
  }
  return absl::AbortedError(last.message());
}

}  // namespace

grpc::ServerUnaryReactor* ControlService::DeployFunction(grpc::CallbackServerContext* context,
                                                         const v1::DeployFunctionRequest* request,
                                                         v1::DeployFunctionResponse* response) {
  return FinishNow(context, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(live::FunctionSpec spec, FromProto(request->spec()));
    ASSIGN_OR_RETURN(const live::FunctionRecord record, Deploy(*orchestrator_, std::move(spec)));
    ToProto(record, orchestrator_->FunctionCounts(record.spec.name), response->mutable_function());
    return absl::OkStatus();
  }());
}

grpc::ServerUnaryReactor* ControlService::DeleteFunction(grpc::CallbackServerContext* context,
                                                         const v1::DeleteFunctionRequest* request,
                                                         v1::DeleteFunctionResponse*) {
  return FinishNow(context, orchestrator_->DeleteFunction(request->name()));
}

grpc::ServerUnaryReactor* ControlService::ListFunctions(grpc::CallbackServerContext* context,
                                                        const v1::ListFunctionsRequest*,
                                                        v1::ListFunctionsResponse* response) {
  for (const live::FunctionRecord& record : orchestrator_->ListFunctions()) {
    ToProto(record, orchestrator_->FunctionCounts(record.spec.name), response->add_functions());
  }
  return FinishNow(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ControlService::SetReservedConcurrency(
    grpc::CallbackServerContext* context, const v1::SetReservedConcurrencyRequest* request,
    v1::SetReservedConcurrencyResponse*) {
  std::optional<int32_t> concurrency;
  if (request->has_concurrency_reserved()) concurrency = request->concurrency_reserved();
  absl::Status set = orchestrator_->SetReservedConcurrency(request->name(), concurrency);
  // Negative numbers are wrong by themselves; others only by what else is reserved.
  if (absl::IsInvalidArgument(set) && concurrency.value_or(0) >= 0) {
    set = absl::FailedPreconditionError(set.message());
  }
  return FinishNow(context, set);
}

grpc::ServerUnaryReactor* ControlService::Invoke(grpc::CallbackServerContext*,
                                                 const v1::InvokeRequest* request,
                                                 v1::InvokeResponse* response) {
  const std::shared_ptr<InvokeCall> call = InvokeCall::Make(response);
  absl::StatusOr<live::InvokeRequest> invocation = TakeInvokeRequest(*request);
  if (invocation.ok()) {
    orchestrator_->Invoke(*std::move(invocation),
                          [call](live::InvokeResult result) { call->Answer(std::move(result)); });
  } else {
    call->Refuse(invocation.status());
  }
  return call.get();
}

grpc::ServerUnaryReactor* ControlService::ListEnvironments(grpc::CallbackServerContext* context,
                                                           const v1::ListEnvironmentsRequest*,
                                                           v1::ListEnvironmentsResponse* response) {
  for (const live::EnvironmentView& view : orchestrator_->ListEnvironments()) {
    ToProto(view, response->add_environments());
  }
  return FinishNow(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::WatchEventsResponse>* ControlService::WatchEvents(
    grpc::CallbackServerContext*, const v1::WatchEventsRequest*) {
  return watch_streams_.Start();
}

grpc::ServerUnaryReactor* ControlService::GetLimits(grpc::CallbackServerContext* context,
                                                    const v1::GetLimitsRequest*,
                                                    v1::GetLimitsResponse* response) {
  ToProto(orchestrator_->options(), orchestrator_->unreserved_concurrency(), response);
  return FinishNow(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* ControlService::GetMetrics(grpc::CallbackServerContext* context,
                                                     const v1::GetMetricsRequest*,
                                                     v1::GetMetricsResponse* response) {
  ToProto(orchestrator_->GetMetrics(), response);
  return FinishNow(context, absl::OkStatus());
}

}  // namespace floe::control_plane
