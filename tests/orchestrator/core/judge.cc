#include "tests/orchestrator/core/judge.h"

#include <sstream>

#include "tests/orchestrator/core/print.h"

namespace floe {
namespace {

// The functions whose counts are compared one by one.
constexpr uint32_t kFunctionsCompared = 6;

void PrintAll(std::ostream& out, const Actions& actions) {
  for (const Action& action : actions) out << " " << action;
  if (actions.empty()) out << " nothing";
}

}  // namespace

std::string Judge::Step(Instant now, const Event& event) {
  actions_.clear();
  scheduler_.Step(now, event, actions_);
  scheduler_.CheckInvariants();
  const Actions expected = naive_.Step(now, event, actions_);

  std::ostringstream difference;
  if (actions_ != expected) {
    difference << " did";
    PrintAll(difference, actions_);
    difference << " instead of";
    PrintAll(difference, expected);
  }
  if (scheduler_.counts() != naive_.Counts(std::nullopt)) difference << " counts differ";
  for (uint32_t i = 0; i < kFunctionsCompared; ++i) {
    if (scheduler_.counts(FunctionId{i}) != naive_.Counts(FunctionId{i})) {
      difference << " counts of function " << i << " differ";
    }
    if (scheduler_.provisioned(FunctionId{i}) != naive_.Provisioned(FunctionId{i})) {
      difference << " provisioned concurrency of function " << i << " differs";
    }
  }
  if (scheduler_.NextDeadline() != naive_.NextDeadline()) {
    difference << " next deadline " << scheduler_.NextDeadline().nanoseconds() << " instead of "
               << naive_.NextDeadline().nanoseconds();
  }
  if (scheduler_.claimed_concurrency() != naive_.ClaimedConcurrency()) {
    difference << " claimed " << scheduler_.claimed_concurrency() << " instead of "
               << naive_.ClaimedConcurrency();
  }
  const StaleEventCounts& stale = scheduler_.stale_events();
  const StaleEventCounts& naive_stale = naive_.stale_events();
  if (stale.environment_reports != naive_stale.environment_reports ||
      stale.invocation_reports != naive_stale.invocation_reports ||
      stale.unknown_functions != naive_stale.unknown_functions) {
    difference << " stale events differ";
  }
  if (difference.str().empty()) return "";
  std::ostringstream message;
  message << "at " << now.nanoseconds() << " ns, " << event << ":" << difference.str();
  return message.str();
}

}  // namespace floe
