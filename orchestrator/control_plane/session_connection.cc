#include "orchestrator/control_plane/session_connection.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orchestrator/control_plane/status_convert.h"
#include "orchestrator/live/steady_clock.h"

namespace floe::control_plane {
namespace {

// For a peer to take the status of an ended connection.
constexpr std::chrono::seconds kGrace{1};

}  // namespace

void SessionConnection::Await(const Parts& parts, std::function<void()> on_accepted) {
  const std::shared_ptr<SessionConnection> connection(
      new SessionConnection(parts, std::move(on_accepted)));
  connection->self_ = connection;
  connection->operations_ = 1;
  connection->context_.AsyncNotifyWhenDone(&connection->close_);
  parts.service->RequestSession(&connection->context_, &connection->stream_, parts.queue,
                                parts.queue, &connection->accept_);
  parts.completions->Poke();
}

void SessionConnection::OnAccepted(bool ok) {
  if (!ok) return;  // The server shuts down: there is no call, and close_ does not come.
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    operations_ += 2;
    stream_.Read(&incoming_, &read_);
    parts_.completions->Poke();
  }
  on_accepted_();
}

void SessionConnection::OnRead(bool ok) {
  // The peer has closed its half or is gone. Its session waits for a resume.
  if (!ok) return End(absl::OkStatus(), WireEnd::kAtOnce);
  std::shared_ptr<NodeSession> session;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    session = session_;
  }
  if (session == nullptr) {
    absl::StatusOr<std::shared_ptr<NodeSession>> admitted = parts_.table->Admit(incoming_, self_);
    if (!admitted.ok()) return End(admitted.status(), WireEnd::kGraceful);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      session_ = *std::move(admitted);
    }
    Wake();
  } else {
    absl::Status taken = session->OnMessage(this, std::move(incoming_), live::SteadyNow());
    if (!taken.ok()) return End(std::move(taken), WireEnd::kGraceful);
  }
  incoming_.Clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  ++operations_;
  stream_.Read(&incoming_, &read_);
  parts_.completions->Poke();
}

void SessionConnection::Wake() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (finished_ || outgoing_ != nullptr || session_ == nullptr) return;
  outgoing_ = session_->NextToWrite(this, live::SteadyNow());
  if (outgoing_ == nullptr) return;
  ++operations_;
  stream_.Write(*outgoing_, &write_);
  parts_.completions->Poke();
}

void SessionConnection::OnWritten(bool ok) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    outgoing_.reset();
  }
  if (ok) Wake();
}

void SessionConnection::End(absl::Status status, WireEnd end) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (std::exchange(finished_, true) || done_) return;
  ++operations_;
  stream_.Finish(ToGrpcStatus(status), &finish_);
  // A peer that does not read would keep an unfinished write, and with it the connection, for ever.
  const bool is_writing = outgoing_ != nullptr;
  if (is_writing && end == WireEnd::kAtOnce) context_.TryCancel();
  parts_.completions->Poke();
  if (!is_writing || end == WireEnd::kAtOnce) return;
  grace_.Set(std::chrono::system_clock::now() + kGrace,
             [weak = std::weak_ptr<SessionConnection>(self_)](bool) {
               const std::shared_ptr<SessionConnection> self = weak.lock();
               if (self == nullptr) return;
               const std::lock_guard<std::mutex> grace_lock(self->mutex_);
               if (self->done_) return;
               self->context_.TryCancel();
               self->parts_.completions->Poke();
             });
}

void SessionConnection::OnFinished(bool) {}

void SessionConnection::OnClosed(bool) {
  if (!context_.IsCancelled()) return;
  End(absl::CancelledError("session: connection lost"), WireEnd::kAtOnce);
}

void SessionConnection::OnOperationDone() {
  std::shared_ptr<NodeSession> session;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--operations_ > 0) return;
    done_ = true;
    session = std::move(session_);
  }
  grace_.Cancel();
  if (session != nullptr) session->Detach(this, live::SteadyNow());
  const std::shared_ptr<SessionConnection> last = std::move(self_);
}

}  // namespace floe::control_plane
