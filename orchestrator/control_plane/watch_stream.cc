#include "orchestrator/control_plane/watch_stream.h"

#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "orchestrator/control_plane/control_convert.h"
#include "orchestrator/control_plane/status_convert.h"

namespace floe::control_plane {

class WatchStreams::Stream final : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  explicit Stream(WatchStreams* streams) : streams_(streams) {}

  void Begin(std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    // Tells the caller that the watching has begun: from here on nothing is missed.
    const absl::StatusOr<uint64_t> watch =
        streams_->orchestrator_->Watch([this](const live::WatchEvent& event) { OnEvent(event); });
    if (!watch.ok()) return End(watch.status());
    watch_ = *watch;
    StartSendInitialMetadata();
  }

  void End(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    EndLocked(status);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.pop_front();
    is_writing_ = false;
    if (ok) WriteNext();
  }
  void OnCancel() override { End(absl::CancelledError("watch events: the caller has gone")); }
  void OnDone() override {
    // No event comes any more once Unwatch returns.
    if (watch_ != 0) streams_->orchestrator_->Unwatch(watch_);
    {
      const std::lock_guard<std::mutex> lock(streams_->mutex_);
      streams_->streams_.erase(self_);
    }
    self_.reset();
  }

 private:
  void OnEvent(const live::WatchEvent& event) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (finished_) return;
    if (events_.size() >= streams_->events_max_) {
      return EndLocked(absl::ResourceExhaustedError(absl::StrCat(
          "watch events: ", streams_->events_max_, " events are unread, which is the limit")));
    }
    ToProto(event, &events_.emplace_back());
    WriteNext();
  }

  // REQUIRES, for both: mutex_ held.
  void WriteNext() {
    if (finished_ || is_writing_ || events_.empty()) return;
    is_writing_ = true;
    StartWrite(&events_.front());
  }
  void EndLocked(const absl::Status& status) {
    if (std::exchange(finished_, true)) return;
    Finish(ToGrpcStatus(status));
  }

  WatchStreams* const streams_;
  std::shared_ptr<Stream> self_;  // Until OnDone.
  uint64_t watch_ = 0;
  std::mutex mutex_;
  // All guarded by mutex_. The front event stays in place while it is written.
  std::deque<v1::WatchEventsResponse> events_;
  bool is_writing_ = false;
  bool finished_ = false;
};

grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchStreams::Start() {
  auto stream = std::make_shared<Stream>(this);
  bool closed = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed = closed_;
    if (!closed) streams_.insert(stream);
  }
  stream->Begin(stream);
  if (closed)
    stream->End(absl::UnavailableError("watch events: the orchestrator is shutting down"));
  return stream.get();
}

void WatchStreams::Close() {
  std::set<std::shared_ptr<Stream>> streams;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    streams = streams_;
  }
  for (const std::shared_ptr<Stream>& stream : streams) {
    stream->End(absl::UnavailableError("watch events: the orchestrator is shutting down"));
  }
}

}  // namespace floe::control_plane
