#include "orchestrator/control_plane/node_service.h"

#include <mutex>
#include <thread>
#include <utility>

#include "orchestrator/control_plane/session_connection.h"

namespace floe::control_plane {
namespace {

constexpr int kThreads = 2;

}  // namespace

NodeService::~NodeService() {
  Stop();
}

void NodeService::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (std::exchange(is_closed_, true)) return;
    for (const auto& queue : queues_) queue->Shutdown();
  }
  if (threads_.empty()) {
    for (const auto& queue : queues_) SessionConnection::Serve(queue.get());
  }
  for (std::thread& thread : threads_) thread.join();
}

void NodeService::RegisterWith(grpc::ServerBuilder* builder) {
  builder->RegisterService(&service_);
  for (int i = 0; i < kThreads; ++i) queues_.push_back(builder->AddCompletionQueue());
}

void NodeService::Start() {
  for (const auto& queue : queues_) {
    AwaitSession(queue.get());
    threads_.emplace_back([queue = queue.get()] { SessionConnection::Serve(queue); });
  }
}

void NodeService::AwaitSession(grpc::ServerCompletionQueue* queue) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_closed_) return;
  SessionConnection::Await(&service_, queue, table_, [this, queue] { AwaitSession(queue); });
}

}  // namespace floe::control_plane
