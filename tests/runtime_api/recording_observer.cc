#include "tests/runtime_api/recording_observer.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace floe::runtime_api {

std::vector<std::string> RecordingObserver::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> RecordingObserver::AwaitCalls(size_t count) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(30), [&] { return calls_.size() >= count; });
  return calls_;
}

PostedResponse RecordingObserver::last_response() const {
  const std::lock_guard lock(mutex_);
  return last_response_;
}

bool RecordingObserver::has_overlapped() const {
  const std::lock_guard lock(mutex_);
  return overlapped_;
}

void RecordingObserver::set_on_call(std::function<void(const std::string&)> on_call) {
  const std::lock_guard lock(mutex_);
  on_call_ = std::move(on_call);
}

void RecordingObserver::OnReady() {
  Record("ready");
}

void RecordingObserver::OnInitError(PostedError error) {
  Record(absl::StrCat("init error ", error.error_type, " ", error.body));
}

void RecordingObserver::OnResponse(const std::string& request_id, PostedResponse response) {
  const std::string call = absl::StrCat("response ", request_id, " ", response.payload);
  {
    const std::lock_guard lock(mutex_);
    last_response_ = std::move(response);
  }
  Record(call);
}

void RecordingObserver::OnError(const std::string& request_id, PostedError error) {
  Record(absl::StrCat("error ", request_id, " ", error.error_type, " ", error.body));
}

void RecordingObserver::OnFinished(const std::string& request_id) {
  Record(absl::StrCat("finished ", request_id));
}

void RecordingObserver::Record(const std::string& call) {
  std::function<void(const std::string&)> on_call;
  {
    const std::lock_guard lock(mutex_);
    if (running_++ > 0) overlapped_ = true;
    calls_.push_back(call);
    changed_.notify_all();
    on_call = on_call_;
  }
  if (on_call) on_call(call);
  const std::lock_guard lock(mutex_);
  --running_;
}

}  // namespace floe::runtime_api
