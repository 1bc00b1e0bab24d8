#include "orchestrator/control_plane/node_session.h"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe::control_plane {
namespace {

void SetDuration(Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(duration.nanoseconds() / 1'000'000'000);
  proto->set_nanos(static_cast<int32_t>(duration.nanoseconds() % 1'000'000'000));
}

}  // namespace

NodeSession::NodeSession(Options options, live::Orchestrator* orchestrator)
    : options_(std::move(options)), orchestrator_(orchestrator), stream_(options_.limits) {}

bool NodeSession::IsConnected() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return wire_ != nullptr;
}

void NodeSession::Attach(std::shared_ptr<SessionWire> wire, const v1::SessionRequest& hello,
                         bool resumed, Instant now) {
  Candidate candidate{.wire = wire, .acknowledged = hello.acknowledged(), .welcome = {}};
  candidate.welcome.set_protocol_version(kProtocolVersion);
  candidate.welcome.set_session(options_.number);
  candidate.welcome.set_resumed(resumed);
  SetDuration(options_.heartbeat_interval, candidate.welcome.mutable_heartbeat_interval());
  SetDuration(options_.lease, candidate.welcome.mutable_lease());
  const auto& held = hello.hello().environments();
  for (const uint64_t environment :
       orchestrator_->UnknownEnvironments(node_, std::vector<uint64_t>(held.begin(), held.end()))) {
    candidate.welcome.add_unknown_environments(environment);
  }
  std::shared_ptr<SessionWire> ending;
  absl::Status used;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (over_) {
      used = over_because_;
    } else if (wire_ != nullptr) {
      heard_at_ = now;
      ending = wire_;
      if (candidate_.has_value()) ending = std::exchange(candidate_, std::nullopt)->wire;
      candidate_ = std::move(candidate);
    } else {
      used = Use(std::move(candidate), now);
    }
  }
  if (ending != nullptr) {
    ending->End(absl::AbortedError("session: a newer connection has taken over"), WireEnd::kAtOnce);
  } else if (used.ok()) {
    wire->Wake();
  } else {
    wire->End(used, WireEnd::kGraceful);
  }
}

absl::Status NodeSession::Use(Candidate candidate, Instant now) {
  RETURN_IF_ERROR(stream_.Acknowledge(candidate.acknowledged));
  stream_.Rewind();
  wire_ = std::move(candidate.wire);
  welcome_ = std::move(candidate.welcome);
  heartbeat_due_ = false;
  heard_at_ = now;
  written_at_ = now;
  return absl::OkStatus();
}

void NodeSession::Detach(const SessionWire* wire, Instant now) {
  std::shared_ptr<SessionWire> next;
  absl::Status used;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (candidate_.has_value() && candidate_->wire.get() == wire) candidate_.reset();
    if (wire_.get() != wire) return;
    wire_.reset();
    welcome_.reset();
    if (!candidate_.has_value()) return;
    next = candidate_->wire;
    used = over_ ? over_because_ : Use(*std::exchange(candidate_, std::nullopt), now);
  }
  if (used.ok()) {
    next->Wake();
  } else {
    next->End(used, WireEnd::kGraceful);
  }
}

std::shared_ptr<const v1::SessionResponse> NodeSession::NextToWrite(const SessionWire* wire,
                                                                    Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (wire_.get() != wire || over_) return nullptr;
  if (welcome_.has_value()) {
    auto message = std::make_shared<v1::SessionResponse>();
    *message->mutable_welcome() = *std::exchange(welcome_, std::nullopt);
    stream_.Stamp(*message);
    written_at_ = now;
    return message;
  }
  if (std::shared_ptr<const v1::SessionResponse> message = stream_.NextToSend()) {
    heartbeat_due_ = false;
    written_at_ = now;
    return message;
  }
  if (!std::exchange(heartbeat_due_, false)) return nullptr;
  auto message = std::make_shared<v1::SessionResponse>();
  message->mutable_heartbeat();
  stream_.Stamp(*message);
  written_at_ = now;
  return message;
}

absl::Status NodeSession::OnMessage(const SessionWire* wire, v1::SessionRequest message,
                                    Instant now) {
  bool is_new = false;
  bool owes = false;
  absl::Status fault;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (wire_.get() != wire) {
      return absl::InvalidArgumentError("session: a message came before the welcome");
    }
    if (over_) return over_because_;
    heard_at_ = now;
    fault = stream_.Acknowledge(message.acknowledged());
    if (fault.ok() && message.has_leaving()) {
      fault = absl::CancelledError("session: the agent leaves");
    } else if (fault.ok()) {
      const session::Receipt receipt = stream_.Receive(message.sequence());
      is_new = receipt == session::Receipt::kNew;
      if (receipt == session::Receipt::kGap) {
        fault = absl::InvalidArgumentError(absl::StrCat(
            "session: message ", message.sequence(), " came after message ", stream_.received()));
      } else if (receipt == session::Receipt::kUnnumbered && !message.has_heartbeat()) {
        fault = absl::InvalidArgumentError("session: a report has no number");
      }
    }
    owes = stream_.acknowledgements_owed() >= options_.acknowledgements_owed_max;
    heartbeat_due_ = heartbeat_due_ || owes;
    if (!fault.ok()) SetOver(fault);
  }
  if (!fault.ok()) {
    options_.on_over();
    return fault;
  }
  // Connections of one session never overlap, so this order is the order of the numbers.
  if (is_new) orchestrator_->OnReport(node_, std::move(message));
  if (owes) {
    std::shared_ptr<SessionWire> current;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      current = wire_;
    }
    if (current != nullptr) current->Wake();
  }
  return absl::OkStatus();
}

void NodeSession::Send(v1::SessionResponse command) {
  std::shared_ptr<SessionWire> wire;
  bool is_over = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return;
    if (const absl::Status queued = stream_.Append(std::move(command)); !queued.ok()) {
      is_over = SetOver(queued);
    }
    wire = wire_;
  }
  // The orchestrator is inside this call: whoever is told must not remove the node on this thread.
  if (is_over) options_.on_over();
  if (wire != nullptr) wire->Wake();
}

bool NodeSession::Tick(Instant now) {
  std::shared_ptr<SessionWire> wire;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (over_) return false;
    if (now - heard_at_ >= options_.lease) {
      SetOver(absl::DeadlineExceededError(absl::StrCat("session: node ", options_.node_name,
                                                       " was silent for its lease of ",
                                                       options_.lease.seconds(), " s")));
      return false;
    }
    if (wire_ == nullptr || now - written_at_ < options_.heartbeat_interval) return true;
    heartbeat_due_ = true;
    wire = wire_;
  }
  wire->Wake();
  return true;
}

void NodeSession::End(const absl::Status& status) {
  std::shared_ptr<SessionWire> wire;
  std::shared_ptr<SessionWire> waiting;
  absl::Status why;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    SetOver(status);
    why = over_because_;
    wire = wire_;
    if (candidate_.has_value()) waiting = candidate_->wire;
  }
  if (wire != nullptr) wire->End(why, WireEnd::kGraceful);
  if (waiting != nullptr) waiting->End(why, WireEnd::kGraceful);
}

bool NodeSession::SetOver(absl::Status why) {
  if (over_) return false;
  over_ = true;
  over_because_ = std::move(why);
  return true;
}

}  // namespace floe::control_plane
