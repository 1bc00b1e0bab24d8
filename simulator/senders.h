// Whoever sends invocations in answer to what became of earlier ones: clients that wait and think,
// Lambda's asynchronous queue, and queues with an event source mapping.
//
// The machines of orchestrator/delivery decide for the queues; here they meet the arrivals of the
// scenario and virtual time. At one instant invocations go out in the order in which they were
// caused. Draws belong to a client and the number of its request, or to the arrival that became an
// event or message, and to the attempt. Thread-compatible.

#ifndef FLOE_SIMULATOR_SENDERS_H_
#define FLOE_SIMULATOR_SENDERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/delivery/asynchronous_queue.h"
#include "orchestrator/delivery/attempt.h"
#include "orchestrator/delivery/message_queue.h"
#include "simulator/arrivals.h"
#include "simulator/draws.h"
#include "simulator/event_queue.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"
#include "simulator/statistics.h"

namespace floe {

// An invocation that a sender makes.
struct SentInvocation {
  FunctionId function;
  uint32_t entry = 0;
  uint32_t tenant = 0;
  // What it is drawn by: an arrival process, or arrival_processes + the number of a client group.
  uint32_t process = 0;
  uint64_t number = 0;
  Duration run;
  // Names the invocation to Senders::OnEnding. Not 0.
  uint32_t sender = 0;
  bool is_retry = false;
};

// What became of an invocation.
enum class Ending : uint8_t {
  kAnswered,
  kAnsweredWithError,
  kFailed,        // By fault of the function: it ended, or passed its time-out.
  kSystemFailed,  // It could not be run.
  kThrottled,
};

class Senders {
 public:
  // `scenario` is valid and outlives this; `arrivals` are its arrivals.
  Senders(const Scenario& scenario, const ArrivalStream& arrivals);

  // False: nobody sends anything, and nobody need ask here.
  bool is_used() const { return is_used_; }
  // Whether the entry's arrivals are events or messages.
  bool Delivers(uint32_t entry) const {
    return !delivers_.empty() && delivers_[entry] != Kind::kClient;
  }
  // What each group of clients draws by: the `source` of its DrawStreams.
  const std::vector<uint64_t>& client_sources() const { return sources_; }

  // An event or message arrives. REQUIRES: Delivers(arrival.entry).
  void OnArrival(const Arrival& arrival);
  // An invocation that was sent is over.
  void OnEnding(Instant now, uint32_t sender, Ending ending);

  // When Send must be called next, or Instant::InfiniteFuture().
  Instant next_time() { return sends_begin_ < sends_.size() ? sends_at_ : timers_.top_time(); }
  // The next invocation, at this instant. False: there was something else to do; ask again.
  // REQUIRES: next_time() is `now`.
  bool Send(Instant now, SentInvocation& sent);

  // By entry.
  const std::vector<DeliveryTally>& deliveries() const { return tallies_; }

 private:
  enum class Kind : uint8_t { kClient, kAsynchronous, kQueue };

  // The identical clients of one entry's functions.
  struct Group {
    Group(const Scenario& scenario, uint64_t source, const ScenarioFunction& function,
          const ScenarioClients& clients_of_function);
    const ScenarioClients* clients;
    uint32_t entry = 0;
    int32_t tenants = 0;
    LengthSampler think;
    LengthSampler run;
    DrawStream thinks;
    DrawStream runs;
    DrawStream backoffs;
    DrawStream tenant_choices;
    uint32_t first_client = 0;
  };
  struct Client {
    uint32_t group = 0;
    uint32_t function = 0;
    int32_t attempt = 0;
    uint64_t request = 0;
    Instant first_sent;  // Of the present request.
  };
  // An arrival that has become an event or message.
  struct Parcel {
    Instant arrived;
    Duration run;
    uint64_t number = 0;
    uint32_t process = 0;
    uint32_t function = 0;
    uint32_t tenant = 0;
  };
  struct EventQueueOfEntry {
    AsynchronousQueue queue;
    uint32_t entry = 0;
    uint32_t timer = 0;
  };
  struct QueueOfFunction {
    MessageQueue queue;
    LengthSampler run_per_message;
    uint32_t entry = 0;
    uint32_t timer = 0;
  };
  // Who is to be told of an invocation: row of `clients_`, `event_queues_` or `message_queues_`.
  struct Flight {
    Kind kind = Kind::kClient;
    uint32_t subject = 0;
    AttemptId attempt;
    BatchId batch;
    uint64_t key = 0;
    bool is_retry = false;
    int32_t runs = 0;  // Before, of the function with the same event.
  };

  // What the timers are for.
  struct Timer {
    Kind kind = Kind::kClient;
    uint32_t subject = 0;
    Instant at = Instant::InfiniteFuture();  // Nothing is due before.
  };

  void AddClients(const Scenario& scenario, uint32_t entry, uint32_t first_function);
  void AddQueues(const ScenarioFunction& function, uint32_t entry, uint32_t first_function);

  void OnTimer(Instant now, uint32_t timer);
  void OnClientEnding(Instant now, uint32_t client, Ending ending);
  void SendRequest(Instant now, const Flight& flight, SentInvocation& sent);
  void SendEvent(Instant now, const Flight& flight, SentInvocation& sent);
  void SendBatch(Instant now, const Flight& flight, SentInvocation& sent);

  void StepEvents(Instant now, uint32_t subject, const AsynchronousEvent& event);
  void StepQueue(Instant now, uint32_t subject, const MessageQueueEvent& event);

  // What the client's present request is drawn by, without its attempt.
  uint64_t DrawNumber(uint32_t client) const;
  void ThinkThenSend(Instant now, uint32_t client);
  void SetTimer(uint32_t timer, Instant at);
  void PushSend(Instant now, const Flight& flight);
  uint64_t AddParcel(const Arrival& arrival);
  static void FillFrom(const Parcel& parcel, int32_t attempt, SentInvocation& sent);
  // The way of the parcel ends here.
  void CountDelivery(Instant now, uint32_t entry, uint64_t key);
  void TakeParcel(uint32_t entry, uint64_t key, uint64_t DeliveryTally::*count);
  void TakeDeadParcel(uint32_t entry, uint64_t key, DeadLetterCause cause);
  bool Counts(Instant arrived) const { return arrived >= counted_from_; }

  bool is_used_ = false;
  const Instant counted_from_;
  const uint32_t arrival_processes_;
  std::vector<Kind> delivers_;        // By entry: kClient means that arrivals are requests.
  std::vector<uint32_t> subject_of_;  // By function, of entries that deliver.
  std::vector<Group> groups_;
  std::vector<Client> clients_;
  std::vector<EventQueueOfEntry> event_queues_;
  std::vector<QueueOfFunction> message_queues_;
  std::vector<DrawStream> message_runs_;  // By arrival process.
  std::vector<uint64_t> sources_;         // By group.

  // Of clients, each with its number, and then of queues.
  std::vector<Timer> timers_of_;
  EventQueue timers_;
  std::vector<Parcel> parcels_;
  std::vector<uint32_t> free_parcels_;
  std::vector<Flight> flights_;  // By sender - 1.
  std::vector<uint32_t> free_flights_;
  // Flights that leave at `sends_at_`, from sends_begin_ on.
  std::vector<Flight> sends_;
  size_t sends_begin_ = 0;
  Instant sends_at_;

  AsynchronousActions event_actions_;
  MessageQueueActions queue_actions_;
  std::vector<DeliveryTally> tallies_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_SENDERS_H_
