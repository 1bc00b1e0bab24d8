// Requests that are neither running nor answered, and invocations that end without an answer.

#include <algorithm>
#include <optional>

#include "simulator/world.h"

namespace floe {

std::optional<World::Request> World::TakeWaiting(Instant now, InvocationId invocation) {
  const auto found = waiting_.find(invocation);
  if (found == waiting_.end()) return std::nullopt;
  const Request request = found->second;
  waiting_.erase(found);
  tracker_.Advance(now);
  --tracker_.levels.waiting;
  SumUnfinished(request.entry, request.arrived, -1);
  return request;
}

void World::KeepWaiting() {
  arrival_open_ = false;
  if (arrival_.wait == Wait::kNone) arrival_.wait = Wait::kOther;
  Begin(arrival_.arrived, arrival_.entry);
  AddWaiting(arrival_.arrived, InvocationId{invocations_ - 1}, arrival_);
}

void World::AddWaiting(Instant now, InvocationId invocation, const Request& request) {
  tracker_.Advance(now);
  ++tracker_.levels.waiting;
  waiting_.emplace(invocation, request);
  SumUnfinished(request.entry, request.arrived, 1);
}

void World::Interrupt(Instant now, Environment& environment) {
  if (environment.phase != Phase::kRunning && environment.phase != Phase::kRepeatingInit) return;
  Bill(now, environment);
  const auto failure = std::find_if(early_failures_.begin(), early_failures_.end(),
                                    [&environment](const EarlyFailure& early) {
                                      return early.invocation == environment.invocation;
                                    });
  const Request request{.arrived = environment.arrived,
                        .assigned = environment.assigned,
                        .entry = environment.entry,
                        .sender = environment.sender,
                        .wait = environment.wait};
  if (failure != early_failures_.end()) {
    CountFailure(now, request, failure->cause);
    early_failures_.erase(failure);
  } else {
    AddWaiting(now, environment.invocation, request);
  }
}

void World::On(Instant now, const FailInvocation& action) {
  if (arrival_open_ && action.invocation.value + 1 == invocations_) KeepWaiting();
  if (const std::optional<Request> request = TakeWaiting(now, action.invocation)) {
    CountFailure(now, *request, action.cause);
  } else {
    early_failures_.push_back({action.invocation, action.cause});
  }
}

}  // namespace floe
