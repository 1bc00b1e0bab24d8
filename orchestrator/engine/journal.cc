#include "orchestrator/engine/journal.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe {
namespace {

constexpr size_t kFrameBytes = 8;  // Head and CRC.
constexpr size_t kHeadBytes = 4;

uint32_t LoadU32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

void StoreU32(uint32_t value, char* bytes) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
}

uint32_t Crc(uint32_t crc, std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// CRC-8 of the 24 bits of length, polynomial x^8+x^2+x+1: finds every burst of up to 8 bits. The
// inversion makes a head of zeros invalid.
uint32_t LengthCheck(uint32_t length) {
  uint32_t remainder = length << 8;
  for (int bit = 31; bit >= 8; --bit) {
    if ((remainder >> bit & 1) != 0) remainder ^= uint32_t{0x107} << (bit - 8);
  }
  return ~remainder & 0xFF;
}

uint32_t Head(uint32_t length) {
  return length | LengthCheck(length) << 24;
}

}  // namespace

JournalWriter::JournalWriter(std::unique_ptr<ByteSink> sink, const SchedulerOptions& options)
    : sink_(std::move(sink)) {
  buffer_.append(kJournalMagic);
  buffer_.resize(buffer_.size() + 4);
  StoreU32(kJournalVersion, buffer_.data() + kJournalMagic.size());
  const size_t begin = buffer_.size();
  buffer_.resize(begin + kFrameBytes);
  EncodeOptions(options, buffer_);
  CloseRecord(begin);
}

JournalWriter::~JournalWriter() {
  static_cast<void>(Flush());
}

void JournalWriter::Record(const TimedEvent& event, const Actions& actions) {
  if (!status_.ok()) return;
  if (event.at < previous_) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat("write journal record ", records_ + 1, ": its time is before the last one's"));
    return;
  }
  const size_t begin = buffer_.size();
  buffer_.resize(begin + kFrameBytes);
  EncodeStep(previous_, event, actions, buffer_);
  if (const size_t length = buffer_.size() - begin - kFrameBytes; length > kJournalRecordBytesMax) {
    buffer_.resize(begin);
    status_ = absl::ResourceExhaustedError(absl::StrCat("write journal record ", records_ + 1, ": ",
                                                        length, " bytes, above the limit of ",
                                                        kJournalRecordBytesMax));
    return;
  }
  CloseRecord(begin);
  previous_ = event.at;
  ++records_;
  if (buffer_.size() >= kJournalBufferBytes) static_cast<void>(Flush());
}

void JournalWriter::CloseRecord(size_t begin) {
  char* const frame = buffer_.data() + begin;
  const std::string_view payload = std::string_view(buffer_).substr(begin + kFrameBytes);
  StoreU32(Head(static_cast<uint32_t>(payload.size())), frame);
  StoreU32(Crc(Crc(0, {frame, kHeadBytes}), payload), frame + kHeadBytes);
}

absl::Status JournalWriter::Flush() {
  if (!buffer_.empty()) {
    absl::Status appended = sink_->Append(buffer_);
    buffer_.clear();
    if (status_.ok()) status_ = std::move(appended);
  }
  return status_;
}

absl::StatusOr<JournalReader> JournalReader::Open(std::unique_ptr<ByteSource> source) {
  JournalReader reader(std::move(source));
  RETURN_IF_ERROR(reader.ReadHead());
  return reader;
}

absl::Status JournalReader::ReadHead() {
  constexpr size_t kStart = kJournalMagic.size() + 4;
  RETURN_IF_ERROR(Fill(kStart));
  const std::string_view magic = available().substr(0, kJournalMagic.size());
  if (available().empty() || magic != kJournalMagic.substr(0, magic.size())) {
    return absl::InvalidArgumentError("read journal: this is not a journal");
  }
  if (available().size() < kStart) {
    return absl::DataLossError("read journal: cut off inside its head");
  }
  const uint32_t version = LoadU32(available().data() + kJournalMagic.size());
  if (version < kJournalVersionMin || version > kJournalVersion) {
    return absl::UnimplementedError(absl::StrCat("read journal: version ", version,
                                                 ", this program knows versions ",
                                                 kJournalVersionMin, " to ", kJournalVersion));
  }
  version_ = version;
  Consume(kStart);
  std::string_view payload;
  ASSIGN_OR_RETURN(const Frame frame, ReadFrame(payload));
  if (frame == Frame::kTorn) return absl::DataLossError("read journal: cut off inside its head");
  const std::optional<SchedulerOptions> options =
      frame == Frame::kWhole ? DecodeOptions(version, payload) : std::nullopt;
  if (!options.has_value()) return absl::DataLossError("read journal: its head is damaged");
  options_ = *options;
  Consume(kFrameBytes + payload.size());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<JournalRecord>> JournalReader::Next() {
  if (!status_.ok()) return status_;
  if (ended_) return std::nullopt;
  std::string_view payload;
  absl::StatusOr<Frame> frame = ReadFrame(payload);
  if (!frame.ok()) return status_ = frame.status();
  if (*frame == Frame::kDamaged) {
    absl::StatusOr<bool> zeros = DiscardRest();
    if (!zeros.ok()) return status_ = zeros.status();
    if (!*zeros) return status_ = Damaged("checksum does not match");
    frame = Frame::kTorn;
  }
  if (*frame == Frame::kTorn) {
    torn_bytes_ += available().size();
    ended_ = true;
    return std::nullopt;
  }
  std::optional<JournalRecord> record = DecodeStep(version_, previous_, payload);
  if (!record.has_value()) return status_ = Damaged("content does not make sense");
  previous_ = record->event.at;
  Consume(kFrameBytes + payload.size());
  ++records_;
  return record;
}

absl::Status JournalReader::Damaged(const std::string& what) const {
  return absl::DataLossError(
      absl::StrCat("read journal record ", records_ + 1, " at byte ", consumed_, ": ", what));
}

absl::StatusOr<JournalReader::Frame> JournalReader::ReadFrame(std::string_view& payload) {
  RETURN_IF_ERROR(Fill(kFrameBytes));
  if (available().size() < kHeadBytes) return Frame::kTorn;
  const uint32_t head = LoadU32(available().data());
  const uint32_t length = head & 0xFF'FFFF;
  if (Head(length) != head) return Frame::kDamaged;
  RETURN_IF_ERROR(Fill(kFrameBytes + length));
  if (available().size() < kFrameBytes + length) return Frame::kTorn;
  payload = available().substr(kFrameBytes, length);
  const uint32_t crc = Crc(Crc(0, available().substr(0, kHeadBytes)), payload);
  return crc == LoadU32(available().data() + kHeadBytes) ? Frame::kWhole : Frame::kDamaged;
}

absl::StatusOr<bool> JournalReader::DiscardRest() {
  const auto is_zero = [](char byte) { return byte == 0; };
  bool zeros = true;
  while (true) {
    const std::string_view bytes = available();
    zeros = zeros && std::all_of(bytes.begin(), bytes.end(), is_zero);
    if (!zeros || source_ended_) return zeros;
    torn_bytes_ += bytes.size();
    position_ = buffer_.size();
    RETURN_IF_ERROR(Fill(1));
  }
}

void JournalReader::Consume(size_t size) {
  position_ += size;
  consumed_ += size;
}

absl::Status JournalReader::Fill(size_t size) {
  while (!source_ended_ && available().size() < size) {
    buffer_.erase(0, position_);
    position_ = 0;
    // Grows with what has really been read, never on the word of a length alone.
    const size_t old_size = buffer_.size();
    buffer_.resize(old_size + kJournalBufferBytes);
    absl::StatusOr<size_t> count = source_->Read(buffer_.data() + old_size, kJournalBufferBytes);
    buffer_.resize(old_size + (count.ok() ? *count : 0));
    RETURN_IF_ERROR(count.status());
    source_ended_ = *count == 0;
  }
  return absl::OkStatus();
}

}  // namespace floe
