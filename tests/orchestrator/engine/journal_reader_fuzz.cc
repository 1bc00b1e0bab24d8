// Any bytes: the reader and the codec give an error or a record, and what they give survives a
// round trip.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/check.h"
#include "base/time.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/engine/journal_codec.h"

namespace floe {
namespace {

void ReadToTheEnd(const std::string& bytes) {
  absl::StatusOr<JournalReader> reader = JournalReader::Open(std::make_unique<StringSource>(bytes));
  if (!reader.ok()) return;
  while (true) {
    const absl::StatusOr<std::optional<JournalRecord>> record = reader->Next();
    if (!record.ok() || !record->has_value()) break;
  }
  CHECK(reader->torn_bytes() <= bytes.size());
}

void RoundTrip(uint32_t version, std::string_view bytes) {
  const std::optional<JournalRecord> record = DecodeStep(version, Instant(), bytes);
  if (!record.has_value()) return;
  std::string encoded;
  EncodeStep(Instant(), record->event, record->actions, encoded);
  const std::optional<JournalRecord> again = DecodeStep(kJournalVersion, Instant(), encoded);
  CHECK(again.has_value());
  CHECK(again->event.at == record->event.at);
  CHECK(again->event.event == record->event.event);
  CHECK(again->actions == record->actions);
}

// The bytes behind the head of a journal that is in order.
std::string BehindHead(std::string_view payload) {
  std::string journal;
  JournalWriter writer(std::make_unique<StringSink>(&journal), SchedulerOptions());
  CHECK(writer.Flush().ok());
  return journal.append(payload);
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  floe::ReadToTheEnd(std::string(bytes));
  floe::ReadToTheEnd(floe::BehindHead(bytes));
  for (uint32_t version = floe::kJournalVersionMin; version <= floe::kJournalVersion; ++version) {
    floe::RoundTrip(version, bytes);
    static_cast<void>(floe::DecodeOptions(version, bytes));
  }
  return 0;
}
