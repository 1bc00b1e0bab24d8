// How a journal's records are written as bytes.
//
// Numbers are little-endian base-128 varints, signed ones in zigzag form; an event or action is the
// number of its alternative followed by its fields in the order of their declaration. The encoding
// of a journal version never changes: an alternative is appended, a changed field is a new version.

#ifndef FLOE_ORCHESTRATOR_ENGINE_JOURNAL_CODEC_H_
#define FLOE_ORCHESTRATOR_ENGINE_JOURNAL_CODEC_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/engine.h"

namespace floe {

// The time from which the first record counts: before every other.
inline constexpr Instant kJournalStart =
    Instant::FromNanoseconds(std::numeric_limits<int64_t>::min());

// What is written. Older versions down to kJournalVersionMin are read; what they lack has its
// default.
inline constexpr uint32_t kJournalVersion = 2;
inline constexpr uint32_t kJournalVersionMin = 1;

// One Step: when, what happened, what was ordered.
struct JournalRecord {
  TimedEvent event;
  Actions actions;
};

void EncodeOptions(const SchedulerOptions& options, std::string& out);
// None unless `bytes` is exactly one encoding of this version.
std::optional<SchedulerOptions> DecodeOptions(uint32_t version, std::string_view bytes);

// The time is stored as its distance from `previous`. REQUIRES: event.at >= previous.
void EncodeStep(Instant previous, const TimedEvent& event, const Actions& actions,
                std::string& out);
// None unless `bytes` is exactly one encoding of this version with known alternatives and
// enumerators.
std::optional<JournalRecord> DecodeStep(uint32_t version, Instant previous, std::string_view bytes);

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_JOURNAL_CODEC_H_
