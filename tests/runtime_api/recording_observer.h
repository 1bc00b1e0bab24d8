// An observer of the Runtime API that writes down what it is told, and waits for it.

#ifndef FLOE_TESTS_RUNTIME_API_RECORDING_OBSERVER_H_
#define FLOE_TESTS_RUNTIME_API_RECORDING_OBSERVER_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "runtime_api/runtime_api_endpoint.h"

namespace floe::runtime_api {

// Thread-safe.
class RecordingObserver : public RuntimeApiObserver {
 public:
  // "ready", "init error TYPE BODY", "response ID PAYLOAD", "error ID TYPE BODY", "finished ID".
  std::vector<std::string> calls() const;
  // The first `count` calls, once there are so many or half a minute has passed.
  std::vector<std::string> AwaitCalls(size_t count) const;
  PostedResponse last_response() const;
  // True when two calls ever ran at the same time.
  bool has_overlapped() const;

  // Runs inside each later call, after it has been written down.
  void set_on_call(std::function<void(const std::string& call)> on_call);

  void OnReady() override;
  void OnInitError(PostedError error) override;
  void OnResponse(const std::string& request_id, PostedResponse response) override;
  void OnError(const std::string& request_id, PostedError error) override;
  void OnFinished(const std::string& request_id) override;

 private:
  void Record(const std::string& call);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> calls_;
  PostedResponse last_response_;
  std::function<void(const std::string& call)> on_call_;
  int running_ = 0;
  bool overlapped_ = false;
};

}  // namespace floe::runtime_api

#endif  // FLOE_TESTS_RUNTIME_API_RECORDING_OBSERVER_H_
