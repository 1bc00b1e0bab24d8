#include "orchestrator/control_plane/node_service.h"

#include <memory>
#include <mutex>
#include <utility>

namespace floe::control_plane {
namespace {

constexpr int kNetworkThreads = 2;

}  // namespace

NodeService::~NodeService() {
  Stop();
}

void NodeService::RegisterWith(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  const int queues = origin_ == Origin::kNetwork ? kNetworkThreads : 1;
  for (int i = 0; i < queues; ++i) queues_.push_back(builder->AddCompletionQueue());
}

void NodeService::Start() {
  for (auto& queue : std::exchange(queues_, {})) {
    grpc::ServerCompletionQueue* const server_queue = queue.get();
    completions_.push_back(std::make_shared<session::Completions>(std::move(queue), origin_));
    AwaitSession({.service = &service_,
                  .table = table_,
                  .queue = server_queue,
                  .completions = completions_.back().get()});
  }
}

void NodeService::AwaitSession(const SessionConnection::Parts& parts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_closed_) return;
  SessionConnection::Await(parts, [this, parts] { AwaitSession(parts); });
}

void NodeService::PrepareStop() {
  for (const auto& completions : completions_) completions->AwaitUnasked();
}

void NodeService::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
  }
  for (const auto& completions : completions_) completions->ShutDown();
  for (auto& queue : std::exchange(queues_, {})) {
    queue->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) continue;  // A server that was never started asked for nothing.
  }
}

}  // namespace floe::control_plane
