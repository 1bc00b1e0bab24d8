// The journal: what crossed the two ports of one run, so that the run can be examined and replayed.
//
// A file is the 8 bytes "FLOEJRNL", a 4-byte version, one record with the SchedulerOptions, then
// one record per Step. A record is a 4-byte head (24 bits of length, 8 bits that check them), a
// 4-byte CRC-32 over head and payload, and the payload (orchestrator/engine/journal_codec.h). All
// numbers are little-endian. The head's own check lets a reader tell a file that was cut off (the
// last record is shorter than its length) from a damaged length.

#ifndef FLOE_ORCHESTRATOR_ENGINE_JOURNAL_H_
#define FLOE_ORCHESTRATOR_ENGINE_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal_codec.h"

namespace floe {

inline constexpr std::string_view kJournalMagic = "FLOEJRNL";
// One Step that stops half a million environments stays below it.
inline constexpr size_t kJournalRecordBytesMax = (size_t{1} << 22) - 1;
// Records wait in memory up to this size before they are handed to the sink.
inline constexpr size_t kJournalBufferBytes = size_t{64} * 1024;

// Writes a journal. The first error ends the writing, but not the run: later records are dropped
// and status() tells why. Thread-compatible.
//
//   absl::StatusOr<std::unique_ptr<ByteSink>> file = OpenFileSink(path);
//   JournalWriter journal(*std::move(file), scheduler.options());
//   RunEngine(scheduler, source, sink, &journal);
//   RETURN_IF_ERROR(journal.Flush());
class JournalWriter final : public Recorder {
 public:
  JournalWriter(std::unique_ptr<ByteSink> sink, const SchedulerOptions& options);
  // Flushes; an error at this point is lost, so call Flush before.
  ~JournalWriter() override;
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void Record(const TimedEvent& event, const Actions& actions) override;
  // Hands everything recorded so far to the sink. Returns status().
  absl::Status Flush();
  // OK, or the error that ended the writing.
  const absl::Status& status() const { return status_; }
  uint64_t records() const { return records_; }

 private:
  // Frames what was appended to the buffer from `begin` on, where 8 bytes were left for the frame.
  void CloseRecord(size_t begin);

  std::unique_ptr<ByteSink> sink_;
  std::string buffer_;
  Instant previous_ = kJournalStart;
  uint64_t records_ = 0;
  absl::Status status_;
};

// Reads a journal, record by record, in bounded memory. Thread-compatible.
class JournalReader {
 public:
  // Reads the head of the journal.
  // kInvalidArgument: not a journal. kUnimplemented: a version that this program does not know.
  // kDataLoss: the head is cut off or damaged. Else the source's error.
  static absl::StatusOr<JournalReader> Open(std::unique_ptr<ByteSource> source);

  // Of the run that was recorded.
  const SchedulerOptions& options() const { return options_; }

  // The next record; none at the end. When the last record is cut off, as after a crash of the
  // writer, the journal ends before it and torn_bytes() is not 0.
  // kDataLoss: a record is damaged; the text names the record and its place. The error stays.
  absl::StatusOr<std::optional<JournalRecord>> Next();

  // Records returned so far.
  uint64_t records() const { return records_; }
  // Bytes after the last whole record. Valid once Next has returned none.
  uint64_t torn_bytes() const { return torn_bytes_; }

 private:
  // What stands at the reading position.
  enum class Frame : uint8_t { kWhole, kTorn, kDamaged };

  explicit JournalReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  absl::Status ReadHead();
  // Makes at least `size` bytes available at the reading position, or all that are left.
  absl::Status Fill(size_t size);
  std::string_view available() const { return std::string_view(buffer_).substr(position_); }
  // Reads one record's frame; `payload` stays valid until the next Fill.
  absl::StatusOr<Frame> ReadFrame(std::string_view& payload);
  // Reads on to the end. True if nothing but zero bytes is left, as file systems leave after a
  // crash.
  absl::StatusOr<bool> DiscardRest();
  absl::Status Damaged(const std::string& what) const;
  void Consume(size_t size);

  std::unique_ptr<ByteSource> source_;
  SchedulerOptions options_;
  std::string buffer_;
  size_t position_ = 0;    // In the buffer.
  uint64_t consumed_ = 0;  // In the journal.
  bool source_ended_ = false;
  bool ended_ = false;
  uint32_t version_ = kJournalVersion;
  Instant previous_ = kJournalStart;
  uint64_t records_ = 0;
  uint64_t torn_bytes_ = 0;
  absl::Status status_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_JOURNAL_H_
