// One thread on which the control operations run, one after the other: unpacking a package takes
// seconds, and the threads that serve invocations must not wait for it.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_CONTROL_THREAD_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_CONTROL_THREAD_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "net/http_server.h"
#include "orchestrator/invoke_api/function_operations.h"
#include "orchestrator/invoke_api/router.h"

namespace floe::invoke_api {

// Requests that wait for the thread. Packages are large, so the number is small.
inline constexpr size_t kControlQueueMax = 64;

// Thread-safe.
class ControlThread {
 public:
  explicit ControlThread(std::unique_ptr<FunctionOperations> operations);
  // Finishes the operation under way and refuses those that wait.
  ~ControlThread();
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  // Runs `operation` and sends its answer. TooManyRequestsException when the queue is full.
  void Run(FunctionOperations::Operation operation, RoutedRequest request,
           net::HttpResponder responder);

 private:
  struct Task {
    FunctionOperations::Operation operation = nullptr;
    RoutedRequest request;
    net::HttpResponder responder;
  };

  void Loop();

  const std::unique_ptr<FunctionOperations> operations_;  // Used by thread_ only.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // Guarded by mutex_.
  bool stopping_ = false;   // Guarded by mutex_.
  std::thread thread_;      // Last: it uses the rest.
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_CONTROL_THREAD_H_
