// Messages that survive a broken connection: numbered, kept until the peer has taken them over,
// sent again after a reconnect, and dropped by the receiver when they come twice.
//
// One object is one end of a session, whatever connections carry it. It is pure: the owner moves
// the messages. `Outgoing` is a protobuf message with `sequence` and `acknowledged` fields.
//
//   ReliableStream<SessionResponse> stream({});
//   RETURN_IF_ERROR(stream.Append(command));              // to be sent
//   while (auto message = stream.NextToSend()) Write(*message);
//   ...
//   RETURN_IF_ERROR(stream.Acknowledge(report.acknowledged()));   // for every message that comes
//   in if (stream.Receive(report.sequence()) == Receipt::kNew) Use(report);
//   ...
//   stream.Rewind();                                      // the connection broke; a new one is
//   there
//
// After a reconnect each side first learns from hello and welcome (their `acknowledged` fields)
// what the other has, calls Acknowledge with it, then Rewind. A session that cannot be resumed gets
// a new object on both sides. Thread-compatible.

#ifndef FLOE_PROTO_SESSION_RELIABLE_STREAM_H_
#define FLOE_PROTO_SESSION_RELIABLE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace floe::session {

// The largest message of a session, either way: a streamed response of 20 MiB has room in it. gRPC
// ends the connection over a larger one, so both ends must use this.
inline constexpr int kMessageBytesMax = 32 * 1'048'576;

// What has been sent or waits to be, and is not acknowledged.
struct ReliableStreamLimits {
  int64_t messages_max = 65'536;
  int64_t bytes_max = 512 * 1'048'576;
};

enum class Receipt {
  kUnnumbered,  // Hello, welcome or heartbeat: not part of the sequence.
  kNew,         // The next in order: use it.
  kDuplicate,   // Seen before: drop it.
  kGap,         // A number was skipped: the peer is broken, end the session.
};

template <typename Outgoing>
class ReliableStream {
 public:
  explicit ReliableStream(const ReliableStreamLimits& limits) : limits_(limits) {}

  // Numbers `message` and queues it. RESOURCE_EXHAUSTED when the peer has left too much
  // unacknowledged; the session should end then.
  absl::Status Append(Outgoing message) {
    if (static_cast<int64_t>(kept_.size()) >= limits_.messages_max) {
      return Full("messages", limits_.messages_max);
    }
    message.set_sequence(last_appended_ + 1);
    const auto bytes = static_cast<int64_t>(message.ByteSizeLong());
    // One message alone always fits, so that a small limit cannot block a session for ever.
    if (!kept_.empty() && kept_bytes_ + bytes > limits_.bytes_max) {
      return Full("bytes", limits_.bytes_max);
    }
    ++last_appended_;
    kept_bytes_ += bytes;
    kept_.push_back({std::make_shared<Outgoing>(std::move(message)), bytes});
    return absl::OkStatus();
  }

  bool HasMessageToSend() const { return next_ < kept_.size(); }

  // The next message to be written to the connection, with the current acknowledgement; null when
  // all have been handed out. Nothing changes the message afterwards, so it may be serialized
  // anywhere.
  std::shared_ptr<const Outgoing> NextToSend() {
    if (!HasMessageToSend()) return nullptr;
    std::shared_ptr<Outgoing>& message = kept_[next_].message;
    if (message->sequence() <= last_handed_out_) {
      // A write on the broken connection may still be reading the one handed out before.
      message = std::make_shared<Outgoing>(*message);
    }
    last_handed_out_ =
        message->sequence() > last_handed_out_ ? message->sequence() : last_handed_out_;
    ++next_;
    message->set_acknowledged(received_);
    acknowledgement_sent_ = received_;
    return message;
  }

  // Makes `message` an unnumbered one (hello, welcome, heartbeat) with the current acknowledgement.
  void Stamp(Outgoing& message) {
    message.set_sequence(0);
    message.set_acknowledged(received_);
    acknowledgement_sent_ = received_;
  }

  // The peer has taken over everything up to `acknowledged`: it is not sent again. Older numbers
  // than before are fine. INVALID_ARGUMENT when nothing of that number was ever sent.
  absl::Status Acknowledge(uint64_t acknowledged) {
    if (acknowledged > last_handed_out_) {
      return absl::InvalidArgumentError(absl::StrCat("acknowledgement of message ", acknowledged,
                                                     ": only ", last_handed_out_,
                                                     " messages were sent"));
    }
    while (!kept_.empty() && kept_.front().message->sequence() <= acknowledged) {
      kept_bytes_ -= kept_.front().bytes;
      kept_.pop_front();
      if (next_ > 0) --next_;
    }
    return absl::OkStatus();
  }

  // Judges the number of a message that came in, and takes it over when it is new.
  Receipt Receive(uint64_t sequence) {
    if (sequence == 0) return Receipt::kUnnumbered;
    if (sequence <= received_) return Receipt::kDuplicate;
    if (sequence > received_ + 1) return Receipt::kGap;
    received_ = sequence;
    return Receipt::kNew;
  }

  // From here on NextToSend starts again with the oldest message that is not acknowledged.
  void Rewind() { next_ = 0; }

  // How many received messages the peer has not been told about.
  uint64_t acknowledgements_owed() const { return received_ - acknowledgement_sent_; }
  // The number of the last message taken over from the peer.
  uint64_t received() const { return received_; }
  int64_t unacknowledged() const { return static_cast<int64_t>(kept_.size()); }
  int64_t unacknowledged_bytes() const { return kept_bytes_; }

 private:
  struct Kept {
    std::shared_ptr<Outgoing> message;
    int64_t bytes = 0;
  };

  static absl::Status Full(const char* what, int64_t limit) {
    return absl::ResourceExhaustedError(absl::StrCat("queue message for the peer: it has left ",
                                                     limit, " ", what,
                                                     " unacknowledged, which is the limit"));
  }

  ReliableStreamLimits limits_;
  std::deque<Kept> kept_;  // In order, numbers without a gap.
  int64_t kept_bytes_ = 0;
  size_t next_ = 0;  // Index into kept_ of what NextToSend hands out.
  uint64_t last_appended_ = 0;
  uint64_t last_handed_out_ = 0;
  uint64_t received_ = 0;
  uint64_t acknowledgement_sent_ = 0;
};

}  // namespace floe::session

#endif  // FLOE_PROTO_SESSION_RELIABLE_STREAM_H_
