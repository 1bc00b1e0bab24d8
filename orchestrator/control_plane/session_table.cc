#include "orchestrator/control_plane/session_table.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "orchestrator/live/steady_clock.h"
#include "orchestrator/live/uuid.h"

namespace floe::control_plane {
SessionTable::SessionTable(const SessionOptions& options, live::Orchestrator* orchestrator)
    : options_(options), orchestrator_(orchestrator) {
  timekeeper_ = std::thread([this] { KeepTime(); });
}

SessionTable::~SessionTable() {
  Close();
  {
    const std::lock_guard<std::mutex> lock(wake_mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  timekeeper_.join();
}

absl::Status SessionTable::CheckHello(const v1::SessionRequest& first) const {
  if (!first.has_hello()) {
    return absl::InvalidArgumentError("open session: the first message is no hello");
  }
  const v1::AgentHello& hello = first.hello();
  if (hello.protocol_version() != kProtocolVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("open session: the agent speaks protocol version ", hello.protocol_version(),
                     ", the orchestrator ", kProtocolVersion));
  }
  if (hello.incarnation() == 0) {
    return absl::InvalidArgumentError("open session: incarnation is 0; it must be random");
  }
  if (hello.environments_size() > options_.hello_environments_max) {
    return absl::InvalidArgumentError(
        absl::StrCat("open session: environments has ", hello.environments_size(),
                     " entries; the limit is ", options_.hello_environments_max));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<NodeSession>> SessionTable::Admit(
    const v1::SessionRequest& first, const std::shared_ptr<SessionWire>& wire) {
  RETURN_IF_ERROR(CheckHello(first));
  const v1::AgentHello& hello = first.hello();
  const std::lock_guard<std::mutex> lock(admission_mutex_);
  if (closed_) return absl::UnavailableError("open session: the orchestrator is shutting down");
  const Instant now = live::SteadyNow();
  if (const auto found = by_name_.find(hello.node_name()); found != by_name_.end()) {
    const std::shared_ptr<NodeSession> session = found->second;
    const bool same_process = session->incarnation() == hello.incarnation();
    if (same_process && session->number() == hello.session() && session->Tick(now)) {
      session->Attach(wire, first, /*resumed=*/true, now);
      return session;
    }
    if (!same_process && session->IsConnected() && session->Tick(now)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "open session: another agent with the node name ", hello.node_name(), " is connected"));
    }
    Remove(session, absl::AbortedError("session: the agent has opened a new one"));
    by_name_.erase(found);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<NodeSession> session, Open(hello));
  v1::SessionRequest fresh = first;
  fresh.set_acknowledged(0);  // It counts the commands of a session that is gone.
  session->Attach(wire, fresh, /*resumed=*/false, now);
  return session;
}

absl::StatusOr<std::shared_ptr<NodeSession>> SessionTable::Open(const v1::AgentHello& hello) {
  auto session = std::make_shared<NodeSession>(
      NodeSession::Options{.node_name = hello.node_name(),
                           .number = live::RandomNumber(),
                           .incarnation = hello.incarnation(),
                           .heartbeat_interval = options_.heartbeat_interval,
                           .lease = options_.lease,
                           .limits = options_.commands,
                           .on_over =
                               [this] {
                                 {
                                   const std::lock_guard<std::mutex> lock(wake_mutex_);
                                   session_over_ = true;
                                 }
                                 wake_.notify_all();
                               }},
      orchestrator_);
  ASSIGN_OR_RETURN(const NodeId node,
                   orchestrator_->AddNode(hello.node_name(), hello.memory_mib(), session.get()));
  session->SetNode(node);
  by_name_[hello.node_name()] = session;
  return session;
}

void SessionTable::Remove(const std::shared_ptr<NodeSession>& session, const absl::Status& status) {
  orchestrator_->RemoveNode(session->node());
  session->End(status);
}

void SessionTable::Close() {
  const std::lock_guard<std::mutex> lock(admission_mutex_);
  closed_ = true;
  for (const auto& [name, session] : by_name_) {
    Remove(session, absl::UnavailableError("session: the orchestrator is shutting down"));
  }
  by_name_.clear();
}

void SessionTable::KeepTime() {
  const auto period = std::chrono::nanoseconds(std::max<int64_t>(
      1'000'000,
      std::min(options_.heartbeat_interval.nanoseconds() / 2, options_.lease.nanoseconds() / 4)));
  while (true) {
    {
      std::unique_lock<std::mutex> lock(wake_mutex_);
      wake_.wait_for(lock, period, [this] { return ended_ || session_over_; });
      if (ended_) return;
      session_over_ = false;
    }
    const std::lock_guard<std::mutex> lock(admission_mutex_);
    const Instant now = live::SteadyNow();
    for (auto entry = by_name_.begin(); entry != by_name_.end();) {
      if (entry->second->Tick(now)) {
        ++entry;
        continue;
      }
      Remove(entry->second, absl::AbortedError("session: over"));
      entry = by_name_.erase(entry);
    }
  }
}

}  // namespace floe::control_plane
