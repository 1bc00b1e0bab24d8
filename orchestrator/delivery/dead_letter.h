// Why an event or message was given up, and how many were.

#ifndef FLOE_ORCHESTRATOR_DELIVERY_DEAD_LETTER_H_
#define FLOE_ORCHESTRATOR_DELIVERY_DEAD_LETTER_H_

#include <cstddef>
#include <cstdint>

namespace floe {

// The first three are the conditions of Lambda's destination records, in its words.
enum class DeadLetterCause : uint8_t {
  kRetriesExhausted,         // The function failed once too often.
  kEventAgeExceeded,         // The next attempt would have come after the event's maximum age.
  kZeroReservedConcurrency,  // The function is switched off: no attempt was made.
  kReceivesExhausted,        // A queue's message came back once too often (maxReceiveCount).
};
inline constexpr size_t kDeadLetterCauseCount = 4;

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_DELIVERY_DEAD_LETTER_H_
