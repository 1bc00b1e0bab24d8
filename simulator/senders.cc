#include "simulator/senders.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "base/check.h"

namespace floe {
namespace {

// Groups of clients draw by numbers that no arrival process has.
constexpr uint64_t kClientSource = uint64_t{1} << 55;
// A draw of a client: its number in the group, that of its request, and the attempt.
constexpr int kClientShift = 40;
constexpr int kRequestShift = 10;
static_assert(kClientRetriesMax < 1 << kRequestShift);
static_assert(kScenarioSendersMax < int64_t{1} << (64 - kClientShift));
static_assert(kScenarioSendersMax <= EventQueue::kValueMax);
// A draw of an event or message: the number of its arrival below the attempt.
constexpr int kAttemptShift = 56;

MessageQueueOptions OptionsOf(const ScenarioFunction& function, const QueueDelivery& delivery) {
  return {.scaling = delivery.scaling == QueueDelivery::Scaling::kCurrent ? PollerScaling::kCurrent
                                                                          : PollerScaling::kLegacy,
          .batch_size = delivery.batch_size,
          .batch_window = delivery.batch_window,
          .concurrency_max = delivery.concurrency_max,
          .visibility_timeout = delivery.visibility_timeout,
          .function_timeout = function.timeout,
          .receives_max = delivery.receives_max};
}

AttemptOutcome OutcomeOf(Ending ending) {
  switch (ending) {
    case Ending::kAnswered:
      return AttemptOutcome::kSuccess;
    case Ending::kAnsweredWithError:
    case Ending::kFailed:
      return AttemptOutcome::kFunctionError;
    case Ending::kSystemFailed:
      return AttemptOutcome::kSystemError;
    case Ending::kThrottled:
      break;
  }
  return AttemptOutcome::kThrottled;
}

}  // namespace

Senders::Group::Group(const Scenario& scenario, uint64_t source, const ScenarioFunction& function,
                      const ScenarioClients& clients_of_function)
    : clients(&clients_of_function),
      tenants(function.tenants),
      think(clients_of_function.think),
      run(function.run),
      thinks(scenario.seed, source, DrawPurpose::kThink),
      runs(scenario.seed, source, DrawPurpose::kRun),
      backoffs(scenario.seed, source, DrawPurpose::kBackoff),
      tenant_choices(scenario.seed, source, DrawPurpose::kTenant) {}

Senders::Senders(const Scenario& scenario, const ArrivalStream& arrivals)
    : counted_from_(Instant() + scenario.warm_up),
      arrival_processes_(static_cast<uint32_t>(arrivals.processes())),
      tallies_(scenario.functions.size()) {
  uint32_t first_function = 0;
  for (uint32_t entry = 0; entry < scenario.functions.size(); ++entry) {
    AddClients(scenario, entry, first_function);
    first_function += static_cast<uint32_t>(scenario.functions[entry].count);
  }
  first_function = 0;
  for (uint32_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    if (!std::holds_alternative<SynchronousDelivery>(function.delivery)) {
      delivers_.resize(scenario.functions.size(), Kind::kClient);
      AddQueues(function, entry, first_function);
    }
    first_function += static_cast<uint32_t>(function.count);
  }
  if (!message_queues_.empty()) {
    for (size_t process = 0; process < arrivals.processes(); ++process) {
      message_runs_.emplace_back(scenario.seed, arrivals.source(process),
                                 DrawPurpose::kRunPerMessage);
    }
  }
  is_used_ = !timers_of_.empty();
  CHECK(timers_of_.size() <= EventQueue::kValueMax);
  for (uint32_t client = 0; client < clients_.size(); ++client) {
    ThinkThenSend(groups_[clients_[client].group].clients->from, client);
  }
}

void Senders::AddClients(const Scenario& scenario, uint32_t entry, uint32_t first_function) {
  const ScenarioFunction& function = scenario.functions[entry];
  for (size_t block = 0; block < function.clients.size(); ++block) {
    const ScenarioClients& clients = function.clients[block];
    const uint64_t source = kClientSource | uint64_t{entry} << 16 | block;
    sources_.push_back(source);
    Group& group = groups_.emplace_back(scenario, source, function, clients);
    group.entry = entry;
    group.first_client = static_cast<uint32_t>(clients_.size());
    for (int64_t i = 0; i < function.count * clients.count; ++i) {
      timers_of_.push_back(
          {.kind = Kind::kClient, .subject = static_cast<uint32_t>(clients_.size())});
      clients_.push_back({.group = static_cast<uint32_t>(groups_.size() - 1),
                          .function = first_function + static_cast<uint32_t>(i / clients.count)});
    }
  }
}

void Senders::AddQueues(const ScenarioFunction& function, uint32_t entry, uint32_t first_function) {
  const auto functions = static_cast<uint32_t>(function.count);
  subject_of_.resize(first_function + functions);
  if (const auto* delivery = std::get_if<AsynchronousDelivery>(&function.delivery)) {
    delivers_[entry] = Kind::kAsynchronous;
    const auto subject = static_cast<uint32_t>(event_queues_.size());
    std::fill_n(subject_of_.begin() + first_function, functions, subject);
    event_queues_.push_back({.queue = AsynchronousQueue({.retries_max = delivery->retries_max,
                                                         .event_age_max = delivery->event_age_max}),
                             .entry = entry,
                             .timer = static_cast<uint32_t>(timers_of_.size())});
    timers_of_.push_back({.kind = Kind::kAsynchronous, .subject = subject});
    if (function.concurrency_reserved == 0) StepEvents(Instant(), subject, FunctionSwitchedOff{});
  } else if (const auto* queue = std::get_if<QueueDelivery>(&function.delivery)) {
    delivers_[entry] = Kind::kQueue;
    for (uint32_t i = 0; i < functions; ++i) {
      const auto subject = static_cast<uint32_t>(message_queues_.size());
      subject_of_[first_function + i] = subject;
      message_queues_.push_back({.queue = MessageQueue(OptionsOf(function, *queue), Instant()),
                                 .run_per_message = LengthSampler(queue->run_per_message),
                                 .entry = entry,
                                 .timer = static_cast<uint32_t>(timers_of_.size())});
      timers_of_.push_back({.kind = Kind::kQueue, .subject = subject});
    }
  }
}

// --- What happens

void Senders::OnArrival(const Arrival& arrival) {
  DeliveryTally& tally = tallies_[arrival.entry];
  if (Counts(arrival.at)) ++tally.arrived;
  const uint64_t key = AddParcel(arrival);
  const uint32_t subject = subject_of_[arrival.function.value];
  if (delivers_[arrival.entry] == Kind::kAsynchronous) {
    StepEvents(arrival.at, subject, EventAccepted{key});
  } else {
    StepQueue(arrival.at, subject, MessageSent{.key = key});
  }
}

void Senders::OnEnding(Instant now, uint32_t sender, Ending ending) {
  const Flight flight = flights_[sender - 1];
  free_flights_.push_back(sender - 1);
  switch (flight.kind) {
    case Kind::kClient:
      return OnClientEnding(now, flight.subject, ending);
    case Kind::kAsynchronous:
      return StepEvents(now, flight.subject, AttemptEnded{flight.attempt, OutcomeOf(ending)});
    case Kind::kQueue:
      return StepQueue(now, flight.subject, BatchEnded{flight.batch, OutcomeOf(ending)});
  }
}

bool Senders::Send(Instant now, SentInvocation& sent) {
  if (sends_begin_ == sends_.size()) {
    const uint32_t timer = timers_.top_value();
    timers_.Pop();
    OnTimer(now, timer);
    return false;
  }
  const Flight flight = sends_[sends_begin_++];
  if (sends_begin_ == sends_.size()) {
    sends_.clear();
    sends_begin_ = 0;
  }
  if (free_flights_.empty()) {
    free_flights_.push_back(static_cast<uint32_t>(flights_.size()));
    flights_.emplace_back();
  }
  const uint32_t row = free_flights_.back();
  free_flights_.pop_back();
  flights_[row] = flight;
  sent = {.sender = row + 1, .is_retry = flight.is_retry};
  switch (flight.kind) {
    case Kind::kClient:
      SendRequest(now, flight, sent);
      break;
    case Kind::kAsynchronous:
      SendEvent(now, flight, sent);
      break;
    case Kind::kQueue:
      SendBatch(now, flight, sent);
      break;
  }
  return true;
}

void Senders::OnTimer(Instant now, uint32_t timer) {
  Timer& due = timers_of_[timer];
  if (due.at == now) due.at = Instant::InfiniteFuture();
  switch (due.kind) {
    case Kind::kClient: {
      const bool is_retry = clients_[due.subject].attempt > 0;
      return PushSend(now, {.kind = Kind::kClient, .subject = due.subject, .is_retry = is_retry});
    }
    // A timer that has come too early finds nothing due, and is set again.
    case Kind::kAsynchronous:
      return StepEvents(now, due.subject, DeadlineReached{});
    case Kind::kQueue:
      return StepQueue(now, due.subject, DeadlineReached{});
  }
}

void Senders::SetTimer(uint32_t timer, Instant at) {
  // One that is set for earlier will look again.
  if (at >= timers_of_[timer].at) return;
  timers_of_[timer].at = at;
  timers_.Push(at, timer);
}

void Senders::PushSend(Instant now, const Flight& flight) {
  DCHECK(sends_.empty() || sends_at_ == now);
  sends_at_ = now;
  sends_.push_back(flight);
}

// --- Clients

uint64_t Senders::DrawNumber(uint32_t client) const {
  const uint64_t number = client - groups_[clients_[client].group].first_client;
  return number << kClientShift | clients_[client].request << kRequestShift;
}

void Senders::ThinkThenSend(Instant now, uint32_t client) {
  const Group& group = groups_[clients_[client].group];
  const Instant at = now + group.think.Draw(group.thinks, DrawNumber(client));
  if (at < group.clients->until) SetTimer(client, at);
}

void Senders::SendRequest(Instant now, const Flight& flight, SentInvocation& sent) {
  Client& client = clients_[flight.subject];
  const Group& group = groups_[client.group];
  const uint64_t number = DrawNumber(flight.subject);
  if (client.attempt == 0) client.first_sent = now;
  if (Counts(client.first_sent)) {
    DeliveryTally& tally = tallies_[group.entry];
    if (client.attempt == 0) ++tally.arrived;
    tally.age.Add(now - client.first_sent);
  }
  sent.function = FunctionId{client.function};
  sent.entry = group.entry;
  if (group.tenants > 0) {
    sent.tenant = 1 + static_cast<uint32_t>(
                          group.tenant_choices.Below(number, static_cast<uint64_t>(group.tenants)));
  }
  sent.process = arrival_processes_ + client.group;
  sent.number = number + static_cast<uint64_t>(client.attempt);
  sent.run = group.run.Draw(group.runs, number);
}

void Senders::OnClientEnding(Instant now, uint32_t index, Ending ending) {
  Client& client = clients_[index];
  const Group& group = groups_[client.group];
  const ScenarioClients& clients = *group.clients;
  const bool is_answered = ending == Ending::kAnswered || ending == Ending::kAnsweredWithError;
  if (!is_answered && client.attempt < clients.retries_max) {
    Duration backoff = clients.backoff_first;
    for (int32_t i = 0; i < client.attempt && backoff < clients.backoff_max; ++i) {
      backoff += backoff;
    }
    backoff = std::min(backoff, clients.backoff_max);
    if (clients.jitter) {
      const double part =
          group.backoffs.Uniform(DrawNumber(index) + static_cast<uint64_t>(client.attempt));
      backoff = Duration::Nanoseconds(
          static_cast<int64_t>(part * static_cast<double>(backoff.nanoseconds())));
    }
    ++client.attempt;
    return SetTimer(index, now + backoff);
  }
  if (Counts(client.first_sent)) {
    DeliveryTally& tally = tallies_[group.entry];
    if (is_answered) {
      ++tally.delivered;
      tally.latency.Add(now - client.first_sent);
    } else {
      ++tally.dead_by_cause[static_cast<size_t>(DeadLetterCause::kRetriesExhausted)];
    }
  }
  ++client.request;
  client.attempt = 0;
  ThinkThenSend(now, index);
}

// --- Events and messages

uint64_t Senders::AddParcel(const Arrival& arrival) {
  if (free_parcels_.empty()) {
    free_parcels_.push_back(static_cast<uint32_t>(parcels_.size()));
    parcels_.emplace_back();
  }
  const uint32_t row = free_parcels_.back();
  free_parcels_.pop_back();
  parcels_[row] = {.arrived = arrival.at,
                   .run = arrival.run,
                   .number = arrival.number,
                   .process = arrival.process,
                   .function = arrival.function.value,
                   .tenant = arrival.tenant};
  return row;
}

void Senders::TakeParcel(uint32_t entry, uint64_t key, uint64_t DeliveryTally::*count) {
  free_parcels_.push_back(static_cast<uint32_t>(key));
  if (Counts(parcels_[key].arrived)) ++(tallies_[entry].*count);
}

void Senders::TakeDeadParcel(uint32_t entry, uint64_t key, DeadLetterCause cause) {
  free_parcels_.push_back(static_cast<uint32_t>(key));
  if (Counts(parcels_[key].arrived)) {
    ++tallies_[entry].dead_by_cause[static_cast<size_t>(cause)];
  }
}

void Senders::CountDelivery(Instant now, uint32_t entry, uint64_t key) {
  const Instant arrived = parcels_[key].arrived;
  if (Counts(arrived)) tallies_[entry].latency.Add(now - arrived);
  TakeParcel(entry, key, &DeliveryTally::delivered);
}

void Senders::FillFrom(const Parcel& parcel, int32_t attempt, SentInvocation& sent) {
  sent.function = FunctionId{parcel.function};
  sent.tenant = parcel.tenant;
  sent.process = parcel.process;
  sent.number = parcel.number + (static_cast<uint64_t>(attempt) << kAttemptShift);
  sent.run = parcel.run;
}

void Senders::SendEvent(Instant now, const Flight& flight, SentInvocation& sent) {
  const Parcel& parcel = parcels_[flight.key];
  sent.entry = event_queues_[flight.subject].entry;
  FillFrom(parcel, flight.runs, sent);
  if (Counts(parcel.arrived)) tallies_[sent.entry].age.Add(now - parcel.arrived);
}

void Senders::SendBatch(Instant now, const Flight& flight, SentInvocation& sent) {
  const QueueOfFunction& queue = message_queues_[flight.subject];
  sent.entry = queue.entry;
  bool is_first = true;
  queue.queue.VisitBatch(flight.batch, [&](uint64_t key, int32_t receives) {
    const Parcel& parcel = parcels_[key];
    if (is_first) {
      FillFrom(parcel, receives - 1, sent);
      sent.is_retry = sent.is_retry || receives > 1;
      is_first = false;
    } else {
      sent.run += queue.run_per_message.Draw(message_runs_[parcel.process], parcel.number);
    }
    if (Counts(parcel.arrived)) tallies_[queue.entry].age.Add(now - parcel.arrived);
  });
  CHECK(!is_first);
}

void Senders::StepEvents(Instant now, uint32_t subject, const AsynchronousEvent& event) {
  EventQueueOfEntry& stepped = event_queues_[subject];
  event_actions_.clear();
  stepped.queue.Step(now, event, event_actions_);
  for (const AsynchronousAction& action : event_actions_) {
    if (const auto* invoke = std::get_if<InvokeWithEvent>(&action)) {
      PushSend(now, {.kind = Kind::kAsynchronous,
                     .subject = subject,
                     .attempt = invoke->attempt,
                     .key = invoke->key,
                     .is_retry = invoke->errors + invoke->throttles > 0,
                     .runs = invoke->errors});
    } else if (const auto* delivered = std::get_if<EventDelivered>(&action)) {
      CountDelivery(now, stepped.entry, delivered->key);
    } else if (const auto* dead = std::get_if<EventDead>(&action)) {
      TakeDeadParcel(stepped.entry, dead->key, dead->cause);
    } else if (const auto* refused = std::get_if<EventRefused>(&action)) {
      TakeParcel(stepped.entry, refused->key, &DeliveryTally::refused);
    }
  }
  SetTimer(stepped.timer, stepped.queue.NextDeadline());
}

void Senders::StepQueue(Instant now, uint32_t subject, const MessageQueueEvent& event) {
  QueueOfFunction& stepped = message_queues_[subject];
  queue_actions_.clear();
  stepped.queue.Step(now, event, queue_actions_);
  for (const MessageQueueAction& action : queue_actions_) {
    if (const auto* invoke = std::get_if<InvokeWithBatch>(&action)) {
      PushSend(now, {.kind = Kind::kQueue,
                     .subject = subject,
                     .batch = invoke->batch,
                     .is_retry = invoke->throttles > 0});
    } else if (const auto* delivered = std::get_if<MessageDelivered>(&action)) {
      CountDelivery(now, stepped.entry, delivered->key);
    } else if (const auto* dead = std::get_if<MessageDead>(&action)) {
      TakeDeadParcel(stepped.entry, dead->key, dead->cause);
    } else if (const auto* refused = std::get_if<MessageRefused>(&action)) {
      TakeParcel(stepped.entry, refused->key, &DeliveryTally::refused);
    }
  }
  SetTimer(stepped.timer, stepped.queue.NextDeadline());
}

}  // namespace floe
