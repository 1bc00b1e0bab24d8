#include "orchestrator/engine/replay.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/describe.h"

namespace floe {
namespace {

std::string DescribeActionAt(const Actions& actions, size_t index) {
  return index < actions.size() ? DescribeAction(actions[index]) : "nothing more";
}

std::string DescribeDifference(uint64_t number, const JournalRecord& record,
                               const Actions& actions) {
  const auto [recorded, decided] =
      std::mismatch(record.actions.begin(), record.actions.end(), actions.begin(), actions.end());
  const auto index = static_cast<size_t>(recorded - record.actions.begin());
  return absl::StrCat("record ", number, " at ", DescribeInstant(record.event.at), ": ",
                      DescribeEvent(record.event.event), "\n  action ", index + 1,
                      " expected: ", DescribeActionAt(record.actions, index), "\n  action ",
                      index + 1, " got:      ", DescribeActionAt(actions, index));
}

}  // namespace

absl::StatusOr<ReplayOutcome> Replay(JournalReader& reader,
                                     const std::function<void(const JournalRecord&)>& observe,
                                     KeepAlivePolicy* policy) {
  Scheduler scheduler(reader.options(), policy);
  ReplayOutcome outcome;
  Actions actions;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<JournalRecord> record, reader.Next());
    if (!record.has_value()) break;
    if (observe != nullptr) observe(*record);
    ++outcome.records;
    if (outcome.records == 1) outcome.first = record->event.at;
    outcome.last = record->event.at;
    actions.clear();
    scheduler.Step(record->event.at, record->event.event, actions);
    if (actions != record->actions) {
      outcome.difference = DescribeDifference(outcome.records, *record, actions);
      return outcome;
    }
  }
  outcome.torn_bytes = reader.torn_bytes();
  return outcome;
}

}  // namespace floe
