#include "orchestrator/live/live_ports.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "orchestrator/engine/describe.h"
#include "orchestrator/live/answers.h"
#include "orchestrator/live/environment_variables.h"
#include "orchestrator/live/node_convert.h"
#include "orchestrator/live/steady_clock.h"

namespace floe::live {
namespace {

// What a crash of the whole process can cost the journal at most.
constexpr Duration kJournalFlushInterval = Duration::Milliseconds(500);

// Grows `table` as needed. Numbers are dense: whoever gives them out reuses them.
template <typename Value>
void SetAt(uint32_t index, Value value, std::vector<Value>& table) {
  if (index >= table.size()) table.resize(index + 1);
  table[index] = std::move(value);
}

}  // namespace

// ---- Events in.

Instant LivePorts::Now() {
  now_ = std::max(now_, SteadyNow());
  return now_;
}

std::optional<TimedEvent> LivePorts::Next(Instant deadline) {
  details_.reset();
  reported_.reset();
  arriving_ = {};
  while (true) {
    Instant wake_at = deadline;
    if (journal_dirty_) wake_at = std::min(wake_at, journal_flushed_at_ + kJournalFlushInterval);
    InboxItem item;
    const Inbox::Outcome outcome = parts_.inbox->Take(wake_at, item);
    if (outcome == Inbox::Outcome::kTurnOver) return std::nullopt;
    const Instant now = Now();
    FlushJournalIfDue(now);
    if (outcome == Inbox::Outcome::kItem) {
      if (!Admit(item, now)) continue;
      return TimedEvent{.at = now, .event = item.event};
    }
    if (now >= deadline) return TimedEvent{.at = now, .event = DeadlineReached{}};
  }
}

void LivePorts::FlushJournalIfDue(Instant now) {
  if (!journal_dirty_ || now < journal_flushed_at_ + kJournalFlushInterval) return;
  journal_flushed_at_ = now;
  journal_dirty_ = false;
  if (const absl::Status flushed = parts_.journal->Flush(); !flushed.ok()) {
    Tell(absl::StrCat("journal ended: ", absl::string_view(flushed.message())));
  }
}

bool LivePorts::Admit(InboxItem& item, Instant now) {
  if (const auto* arrived = std::get_if<InvocationArrived>(&item.event)) {
    arriving_ = arrived->invocation;
    parts_.counters->arrivals.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  if (const std::optional<EnvironmentId> environment = ReportedEnvironment(item.event)) {
    reported_ = parts_.environments->Find(*environment);
    if (reported_ != nullptr && reported_->node != item.node) {
      reported_.reset();
      return false;
    }
  }
  if (auto* details = std::get_if<std::unique_ptr<FailureDetails>>(&item.attachment)) {
    details_ = std::move(*details);
  } else if (auto* function = std::get_if<DeployedFunctionPtr>(&item.attachment)) {
    const DeployedFunctionPtr& deployed = *function;
    const bool removed = std::holds_alternative<FunctionRemoved>(item.event);
    Tell(absl::StrCat("function ", deployed->life->name, removed ? " removed" : " deployed"));
    if (!removed) SetAt(deployed->record.id.value, deployed, functions_);
  } else if (auto* node = std::get_if<std::shared_ptr<Node>>(&item.attachment)) {
    const NodeId id = (*node)->id();
    if (std::holds_alternative<NodeLost>(item.event)) {
      Tell(absl::StrCat("node ", (*node)->name(), " lost"));
      nodes_[id.value].reset();
    } else {
      Tell(absl::StrCat("node ", (*node)->name(), " joined with ", (*node)->memory_mib(), " MiB"));
      SetAt(id.value, std::move(*node), nodes_);
    }
  }
  Note(item.event, now);
  return true;
}

void LivePorts::Note(const Event& event, Instant now) {
  EnvironmentMirror& environments = *parts_.environments;
  if (const auto* started = std::get_if<EnvironmentStarted>(&event)) {
    if (environments.MoveFrom(EnvironmentPhase::kStarting, started->environment,
                              EnvironmentPhase::kInitializing, now)) {
      Tell(*reported_, "initializing");
    }
  } else if (const auto* failed = std::get_if<EnvironmentStartFailed>(&event)) {
    if (environments.Remove(failed->environment)) Tell(*reported_, "did not start");
  } else if (const auto* stopped = std::get_if<EnvironmentStopped>(&event)) {
    if (environments.Remove(stopped->environment)) Tell(*reported_, "gone");
  } else if (const auto* lost = std::get_if<NodeLost>(&event)) {
    environments.RemoveNode(lost->node);
  }
}

void LivePorts::Record(const TimedEvent& event, const Actions& actions) {
  const StaleEventCounts& stale = parts_.scheduler->stale_events();
  parts_.counters->stale_events.store(
      stale.environment_reports + stale.invocation_reports + stale.unknown_functions,
      std::memory_order_relaxed);
  parts_.counters->claimed_concurrency.store(parts_.scheduler->claimed_concurrency(),
                                             std::memory_order_relaxed);
  if (parts_.journal == nullptr || !parts_.journal->status().ok()) return;
  parts_.journal->Record(event, actions);
  if (!journal_dirty_) journal_flushed_at_ = event.at;
  journal_dirty_ = true;
}

// ---- Actions out.

void LivePorts::Execute(Instant now, const Action& action) {
  std::visit([&](const auto& order) { Do(order, now); }, action);
}

void LivePorts::Send(NodeId node, v1::SessionResponse command) {
  if (node.value >= nodes_.size() || nodes_[node.value] == nullptr) return;
  nodes_[node.value]->Send(std::move(command));
}

void LivePorts::Do(const StartEnvironment& action, Instant now) {
  const DeployedFunctionPtr& function = functions_[action.function.value];
  auto info = std::make_shared<EnvironmentInfo>();
  info->id = action.environment;
  info->node = action.node;
  info->node_name = nodes_[action.node.value]->name();
  info->function = function;
  info->last_invocation = arriving_;
  parts_.environments->Add(info, now);
  parts_.counters->cold_starts.fetch_add(1, std::memory_order_relaxed);
  Tell(*info, "starting");
  Send(action.node,
       ToCommand(action, function->record.spec,
                 {.region = parts_.region, .log_stream_name = MakeLogStreamName(absl::Now())}));
}

void LivePorts::Do(const AssignInvocation& action, Instant now) {
  const EnvironmentMirror::Info info = parts_.environments->Find(action.environment);
  if (info == nullptr) return;
  info->last_invocation = action.invocation;
  const bool cold_start = !std::exchange(info->was_assigned, true);
  v1::SessionResponse command;
  const bool waits = parts_.in_flight->Change(action.invocation, [&](PendingInvocation& pending) {
    pending.environment = info;
    pending.assigned_at = now;
    pending.cold_start = cold_start;
    command = ToCommand(action, action.deadline - SteadyNow(), pending);
  });
  if (parts_.environments->Move(action.environment, EnvironmentPhase::kBusy, now)) {
    Tell(*info, "busy");
  }
  if (waits) Send(info->node, std::move(command));
}

void LivePorts::Do(const FreezeEnvironment& action, Instant now) {
  const EnvironmentMirror::Info info = parts_.environments->Find(action.environment);
  if (info == nullptr) return;
  Send(info->node, ToCommand(action, info->last_invocation));
  if (parts_.environments->Move(action.environment, EnvironmentPhase::kIdle, now)) {
    Tell(*info, "idle");
  }
}

void LivePorts::Do(const ResetEnvironment& action, Instant now) {
  const EnvironmentMirror::Info info = parts_.environments->Find(action.environment);
  if (info == nullptr) return;
  Send(info->node, ToCommand(action));
  if (parts_.environments->Move(action.environment, EnvironmentPhase::kReset, now)) {
    Tell(*info, "reset");
  }
}

void LivePorts::Do(const StopEnvironment& action, Instant now) {
  const EnvironmentMirror::Info info = parts_.environments->Find(action.environment);
  if (info == nullptr) return;
  Send(info->node, ToCommand(action));
  if (parts_.environments->Move(action.environment, EnvironmentPhase::kStopping, now)) {
    const auto reason = StopReasonName(action.reason);
    Tell(*info, absl::StrCat("stopping: ", absl::string_view(reason.data(), reason.size())));
  }
}

void LivePorts::Do(const ThrottleInvocation& action, Instant) {
  parts_.counters->throttles[static_cast<size_t>(action.reason)].fetch_add(
      1, std::memory_order_relaxed);
  const InFlightTable::Entry entry = parts_.in_flight->Take(action.invocation);
  if (entry == nullptr) return;
  const auto reason = ThrottleReasonName(action.reason);
  Tell(absl::StrCat("invocation of ", entry->request.function_name,
                    " throttled: ", absl::string_view(reason.data(), reason.size())));
  entry->done(AnswerThrottled(*entry, action.reason));
}

void LivePorts::Do(const FailInvocation& action, Instant now) {
  const InFlightTable::Entry entry = parts_.in_flight->Take(action.invocation);
  if (entry == nullptr) return;  // Answered already.
  // A Step may also fail invocations whose deadlines have come; the details are not theirs.
  const bool is_reported = action.cause != FailureCause::kTimedOut && details_ != nullptr &&
                           reported_ != nullptr && reported_->last_invocation == action.invocation;
  InvokeResult result =
      AnswerFailed(*entry, action.cause, is_reported ? details_.get() : nullptr, now);
  if (result.outcome == InvokeOutcome::kFunctionError) {
    parts_.counters->function_errors.fetch_add(1, std::memory_order_relaxed);
  }
  const auto cause = FailureCauseName(action.cause);
  Tell(absl::StrCat("invocation of ", entry->request.function_name,
                    " failed: ", absl::string_view(cause.data(), cause.size())));
  entry->done(std::move(result));
}

// ---- Watchers.

void LivePorts::Tell(const EnvironmentInfo& environment, std::string_view what) {
  if (!parts_.watchers->any()) return;
  Tell(absl::StrCat("environment ", DescribeEnvironment(environment.id), " of ",
                    environment.function->life->name, " ",
                    absl::string_view(what.data(), what.size())));
}

void LivePorts::Tell(std::string text) {
  if (!parts_.watchers->any()) return;
  parts_.watchers->Tell(
      {.at = absl::Now(), .text = std::move(text), .environments = parts_.environments->counts()});
}

}  // namespace floe::live
