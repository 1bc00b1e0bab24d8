// The rules of the asynchronous queue and of message queues once more, with plain lists that are
// searched from end to end: the judges of the machines.

#ifndef FLOE_TESTS_ORCHESTRATOR_DELIVERY_NAIVE_QUEUES_H_
#define FLOE_TESTS_ORCHESTRATOR_DELIVERY_NAIVE_QUEUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "orchestrator/delivery/asynchronous_queue.h"
#include "orchestrator/delivery/message_queue.h"

namespace floe {

// What each says is a list of lines, such as "invoke 7".
using Lines = std::vector<std::string>;

// Keys are unique, so they stand for attempts.
class NaiveAsynchronousQueue {
 public:
  explicit NaiveAsynchronousQueue(const AsynchronousOptions& options) : options_(options) {}

  Lines Accept(Instant now, uint64_t key);
  Lines End(Instant now, uint64_t key, AttemptOutcome outcome);
  Lines Switch(Instant now, bool off);
  Lines Wait(Instant now);
  // Those that are being tried.
  std::vector<uint64_t> Tried() const;
  Instant Next() const;

 private:
  struct Event {
    uint64_t key;
    Instant accepted;
    Instant due;  // InfiniteFuture: it is being tried.
    uint64_t order = 0;
    int errors = 0;
    int throttles = 0;
  };
  void Try(size_t index, Lines& lines);
  void Later(size_t index, Instant due, Lines& lines);
  void Give(size_t index, const std::string& what, Lines& lines);

  AsynchronousOptions options_;
  bool off_ = false;
  uint64_t orders_ = 0;
  std::vector<Event> events_;
};

// Batches are numbered from 1 in the order in which they are invoked first.
class NaiveMessageQueue {
 public:
  NaiveMessageQueue(const MessageQueueOptions& options, Instant start);

  Lines Send(Instant now, uint64_t key, int32_t bytes);
  Lines Fail(Instant now, uint64_t batch, uint64_t key);
  Lines End(Instant now, uint64_t batch, AttemptOutcome outcome);
  Lines Wait(Instant now);
  // The batches that the last call invoked, in the order of its lines.
  const std::vector<uint64_t>& invoked() const { return invoked_; }
  Instant Next() const;

 private:
  struct Message {
    uint64_t key;
    int32_t bytes;
    int receives = 0;
    Instant visible;        // Of a received one.
    uint64_t received = 0;  // The number of its receipt.
  };
  struct Batch {
    uint64_t name = 0;
    std::vector<Message> messages;
    enum { kGathers, kInvoked, kThrottled } stage = kGathers;
    Instant window_end;
    Instant retry;
    uint64_t order = 0;
    int64_t wait_seconds = 1;
    int throttles = 0;
  };
  void Pass(Instant now, Lines& lines);
  void Minute(Instant now);
  void Receive(Instant now, Lines& lines);
  void Invoke(Batch& batch, Lines& lines);
  void ComeBack(Message message, Lines& lines);
  size_t Find(uint64_t name) const;

  MessageQueueOptions options_;
  Duration visibility_;
  int64_t most_;
  int64_t least_;
  Duration interval_;
  std::vector<Message> waiting_;
  std::vector<Message> invisible_;  // Of no batch.
  std::vector<Batch> batches_;      // In the order in which they began.
  int64_t limit_;
  Instant grows_ = Instant::InfiniteFuture();
  Instant minute_;
  bool waited_ = false;
  int64_t peak_ = 0;
  uint64_t orders_ = 0;
  uint64_t receipts_ = 0;
  uint64_t names_ = 0;
  std::vector<uint64_t> invoked_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_DELIVERY_NAIVE_QUEUES_H_
