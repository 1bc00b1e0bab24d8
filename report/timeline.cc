#include "report/timeline.h"

#include <algorithm>
#include <variant>

namespace floe {

std::string_view SpanStateName(SpanState state) {
  switch (state) {
    case SpanState::kStart:
      return "start";
    case SpanState::kInit:
      return "init";
    case SpanState::kRun:
      return "run";
    case SpanState::kFailed:
      return "failed";
    case SpanState::kIdle:
      return "idle";
    case SpanState::kReset:
      return "reset";
  }
  return "";
}

void Timeline::Record(const TimedEvent& event, const Actions& actions) {
  std::visit([&](const auto& fact) { On(event.at, fact); }, event.event);
  for (const Action& action : actions) {
    std::visit([&](const auto& order) { On(event.at, order); }, action);
  }
  // Only now: an invocation that is throttled has never been in flight.
  for (const FunctionId function : changed_) {
    for (SpanSink* sink : sinks_) {
      sink->TakeConcurrency(event.at, function, concurrency_[function.value]);
    }
  }
  changed_.clear();
}

void Timeline::Finish(Instant end) {
  for (Environment& environment : environments_) {
    if (environment.is_there) EndSpan(end, environment.span);
  }
  environments_.clear();
}

// ---- Events

void Timeline::On(Instant, const InvocationArrived& event) {
  flights_.emplace(event.invocation, Flight{.function = event.function});
  ChangeConcurrency(event.function, 1);
}

void Timeline::On(Instant now, const InvocationFinished& event) {
  Environment* environment = Find(event.environment);
  if (environment == nullptr || environment->span.state != SpanState::kRun ||
      environment->span.invocation != event.invocation) {
    return;
  }
  Land(event.invocation);
  Enter(now, *environment, SpanState::kIdle);
}

void Timeline::On(Instant now, const EnvironmentStarted& event) {
  Environment* environment = Find(event.environment);
  if (environment == nullptr || environment->span.state != SpanState::kStart) return;
  Enter(now, *environment, SpanState::kInit);
}

void Timeline::On(Instant now, const EnvironmentStartFailed& event) {
  if (Environment* environment = Find(event.environment)) Lose(now, *environment);
}

void Timeline::On(Instant now, const EnvironmentReady& event) {
  Environment* environment = Find(event.environment);
  if (environment == nullptr || environment->span.state != SpanState::kInit) return;
  Enter(now, *environment, SpanState::kIdle);
}

void Timeline::On(Instant now, const EnvironmentStopped& event) {
  if (Environment* environment = Find(event.environment)) Lose(now, *environment);
}

void Timeline::On(Instant now, const NodeLost& event) {
  for (Environment& environment : environments_) {
    if (environment.is_there && environment.span.node == event.node) Lose(now, environment);
  }
}

// ---- Actions

void Timeline::On(Instant now, const AssignInvocation& action) {
  Environment* environment = Find(action.environment);
  if (environment == nullptr) return;
  Enter(now, *environment, SpanState::kRun);
  environment->span.invocation = action.invocation;
  const auto flight = flights_.find(action.invocation);
  if (flight != flights_.end()) flight->second.row = action.environment.row;
}

void Timeline::On(Instant now, const StartEnvironment& action) {
  const uint32_t row = action.environment.row;
  if (row >= environments_.size()) environments_.resize(row + 1);
  Environment& environment = environments_[row];
  if (environment.is_there) Lose(now, environment);
  environment.is_there = true;
  environment.span = {.environment = action.environment,
                      .number = made_++,
                      .function = action.function,
                      .node = action.node,
                      .from = now};
}

void Timeline::On(Instant now, const ResetEnvironment& action) {
  if (Environment* environment = Find(action.environment)) {
    Enter(now, *environment, SpanState::kReset);
  }
}

void Timeline::On(Instant now, const StopEnvironment& action) {
  if (Environment* environment = Find(action.environment)) Lose(now, *environment);
}

void Timeline::On(Instant, const ThrottleInvocation& action) {
  Land(action.invocation);
}

void Timeline::On(Instant, const FailInvocation& action) {
  const auto flight = flights_.find(action.invocation);
  if (flight == flights_.end()) return;
  const uint32_t row = flight->second.row;
  if (row < environments_.size() && environments_[row].span.invocation == action.invocation &&
      environments_[row].span.state == SpanState::kRun) {
    environments_[row].span.state = SpanState::kFailed;
  }
  Land(action.invocation);
}

// ---- Spans

Timeline::Environment* Timeline::Find(EnvironmentId id) {
  if (id.row >= environments_.size()) return nullptr;
  Environment& environment = environments_[id.row];
  return environment.is_there && environment.span.environment == id ? &environment : nullptr;
}

void Timeline::Enter(Instant now, Environment& environment, SpanState state) {
  EndSpan(now, environment.span);
  environment.span.state = state;
  environment.span.from = now;
}

void Timeline::EndSpan(Instant now, const EnvironmentSpan& span) {
  const bool has_invocation = span.state == SpanState::kRun || span.state == SpanState::kFailed;
  // What took no time is of interest only when something ran.
  if (span.from == now && !has_invocation) return;
  EnvironmentSpan ended = span;
  ended.to = now;
  for (SpanSink* sink : sinks_) sink->Take(ended);
}

void Timeline::Lose(Instant now, Environment& environment) {
  if (environment.span.state == SpanState::kRun) environment.span.state = SpanState::kFailed;
  EndSpan(now, environment.span);
  environment.is_there = false;
}

void Timeline::Land(InvocationId invocation) {
  const auto flight = flights_.find(invocation);
  if (flight == flights_.end()) return;
  ChangeConcurrency(flight->second.function, -1);
  flights_.erase(flight);
}

void Timeline::ChangeConcurrency(FunctionId function, int64_t change) {
  if (function.value >= concurrency_.size()) concurrency_.resize(function.value + 1);
  concurrency_[function.value] += change;
  if (std::find(changed_.begin(), changed_.end(), function) == changed_.end()) {
    changed_.push_back(function);
  }
}

}  // namespace floe
