#include "simulator/world.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "base/check.h"

namespace floe {
namespace {

// So many environments and what belongs to them are in the second-level cache anyway.
constexpr size_t kRowsInCache = 2'000;

// Draws of environments that no request caused: no arrival process has this number.
constexpr uint64_t kUnaskedSource = uint64_t{1} << 54;

size_t CountNodes(const Scenario& scenario) {
  size_t count = 0;
  for (const ScenarioNodes& nodes : scenario.nodes) count += static_cast<size_t>(nodes.count);
  return std::max<size_t>(count, 1);
}

// Of the node with this number.
int64_t NodeMemory(const Scenario& scenario, size_t number) {
  for (const ScenarioNodes& nodes : scenario.nodes) {
    if (number < static_cast<size_t>(nodes.count)) return nodes.memory_mib;
    number -= static_cast<size_t>(nodes.count);
  }
  return kNodeMemoryMibMax;
}

}  // namespace

inline void World::AddToLevel(Phase phase, int64_t memory_mib, int64_t count) {
  Levels& levels = tracker_.levels;
  switch (phase) {
    case Phase::kStarting:
    case Phase::kInitializing:
      levels.starting += count;
      break;
    case Phase::kRunning:
    case Phase::kRepeatingInit:
      levels.busy += count;
      break;
    case Phase::kIdle:
    case Phase::kReset:
      levels.idle += count;
      levels.idle_mib += count * memory_mib;
      break;
    case Phase::kGone:
    case Phase::kStopping:
      break;
  }
}

inline void World::MovePhase(Instant now, Environment& environment, Phase to) {
  tracker_.Advance(now);
  const int64_t memory_mib = entries_[environment.entry].memory_mib;
  if (environment.provisioned) [[unlikely]] {
    FollowProvisioned(environment, to);
  }
  AddToLevel(environment.phase, memory_mib, -1);
  AddToLevel(to, memory_mib, 1);
  environment.phase = to;
}

World::World(const Scenario& scenario, const Scheduler* hinted)
    : scenario_(scenario),
      hinted_(hinted),
      end_(Instant() + scenario.duration),
      counted_from_(Instant() + scenario.warm_up),
      arrivals_(scenario),
      senders_(scenario, arrivals_),
      provisioning_(scenario),
      node_starts_(scenario.nodes),
      has_extras_(senders_.is_used() || provisioning_.is_used() || node_starts_.is_limited()),
      setup_nodes_(CountNodes(scenario)),
      tracker_(scenario.duration, scenario.warm_up),
      tallies_(scenario.functions.size()),
      latencies_(scenario.functions.size() <= kEntriesWithLatencyMax ? scenario.functions.size()
                                                                     : 1) {
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    entries_.emplace_back(function);
    entry_of_function_.insert(entry_of_function_.end(), static_cast<size_t>(function.count),
                              static_cast<uint32_t>(entry));
  }
  for (size_t process = 0; process < arrivals_.processes(); ++process) {
    streams_.emplace_back(scenario.seed, arrivals_.source(process));
  }
  for (const uint64_t source : senders_.client_sources()) {
    streams_.emplace_back(scenario.seed, source);
  }
  streams_.emplace_back(scenario.seed, kUnaskedSource);
}

std::optional<TimedEvent> World::Next(Instant deadline) {
  std::optional<TimedEvent> next(std::in_place);
  if (setup_done_ < setup_nodes_ + entry_of_function_.size()) [[unlikely]] {
    NextSetup(*next);
    return next;
  }
  if (arrival_open_) KeepWaiting();
  while (true) {
    const Instant report = reports_.top_time();
    const Instant arrival = arrivals_.next_time();
    const Instant extra = has_extras_ ? NextExtra() : Instant::InfiniteFuture();
    const Instant first = std::min({report, arrival, extra});
    if (deadline <= first && deadline < end_) {
      next->at = deadline;  // And the event is DeadlineReached, the first alternative.
      return next;
    }
    if (first >= end_) {
      next.reset();
      return next;
    }
    if (report == first) {
      if (TakeReport(report, *next)) return next;
    } else if (extra == first) {
      if (TakeExtra(extra, *next)) return next;
    } else if (has_extras_ && senders_.Delivers(arrivals_.PeekEntry())) {
      senders_.OnArrival(arrivals_.Take());
    } else {
      TakeArrival(*next);
      PrefetchAtArrival();
      return next;
    }
  }
}

Instant World::NextExtra() {
  return std::min({node_starts_.next_time(), provisioning_.next_time(), senders_.next_time()});
}

bool World::TakeExtra(Instant now, TimedEvent& next) {
  next.at = now;
  if (node_starts_.next_time() == now) {
    Report(now, node_starts_.TakeEnded(now), next.event);
    return true;
  }
  if (provisioning_.next_time() == now) {
    const std::optional<ProvisionedConcurrencySet> change = provisioning_.Step(now);
    if (!change.has_value()) return false;
    next.event = *change;
    return true;
  }
  SentInvocation sent;
  if (!senders_.Send(now, sent)) return false;
  arrival_ = {.arrived = now,
              .run = sent.run,
              .number = sent.number,
              .process = sent.process,
              .entry = sent.entry,
              .sender = sent.sender};
  if (sent.is_retry && Counts(now)) ++tallies_[sent.entry].retries;
  Announce(sent.function, sent.tenant, next);
  return true;
}

inline void World::PrefetchAtArrival() {
  if (!hints_pay_) [[likely]] {
    return;
  }
  hinted_->PrefetchArrival(arrivals_.PeekFunction(ArrivalStream::kAhead - 1));
  const uint32_t reused = hinted_->PrefetchReuse(arrivals_.PeekFunction(0));
  if (reused < environments_.size()) __builtin_prefetch(&environments_[reused], 1);
  if (!reports_.empty()) hinted_->PrefetchReportSoon(reports_.top_value());
}

inline void World::PrefetchAtReport() {
  if (!hints_pay_) [[likely]] {
    return;
  }
  reports_.VisitNearTop([this](uint32_t row) {
    __builtin_prefetch(&environments_[row], 1);
    hinted_->PrefetchReport(row);
  });
}

void World::NextSetup(TimedEvent& next) {
  const size_t number = setup_done_++;
  if (number < setup_nodes_) {
    next.event = NodeJoined{.node = NodeId{static_cast<uint32_t>(number)},
                            .memory_mib = NodeMemory(scenario_, number)};
    return;
  }
  const auto id = static_cast<uint32_t>(number - setup_nodes_);
  const ScenarioFunction& function = scenario_.functions[entry_of_function_[id]];
  next.event = FunctionDeployed{.function = FunctionId{id},
                                .config = {.memory_mib = function.memory_mib,
                                           .timeout = function.timeout,
                                           .concurrency_reserved = function.concurrency_reserved}};
}

inline void World::Announce(FunctionId function, uint32_t tenant, TimedEvent& next) {
  ++events_;
  arrival_open_ = true;
  tracker_.CountArrival(arrival_.arrived);
  if (Counts(arrival_.arrived)) ++tallies_[arrival_.entry].arrived;
  next.at = arrival_.arrived;
  auto& event = next.event.emplace<InvocationArrived>();
  event.invocation = InvocationId{invocations_++};
  event.function = function;
  event.tenant = TenantId{tenant};
}

void World::TakeArrival(TimedEvent& next) {
  const Arrival& arrival = arrivals_.Take();
  // Field by field: a temporary would be read back in wider pieces than it was written in, and the
  // processor waits for that.
  arrival_.arrived = arrival.at;
  arrival_.run = arrival.run;
  arrival_.number = arrival.number;
  arrival_.process = arrival.process;
  arrival_.entry = arrival.entry;
  arrival_.sender = 0;
  arrival_.wait = Wait::kNone;
  Announce(arrival.function, arrival.tenant, next);
}

bool World::TakeReport(Instant now, TimedEvent& next) {
  const uint32_t row = reports_.top_value();
  const uint64_t ticket = reports_.top_ticket();
  reports_.Pop();
  PrefetchAtReport();
  Environment& environment = environments_[row];
  if (environment.ticket != ticket) return false;
  environment.ticket = 0;
  next.at = now;
  if (environment.phase == Phase::kRunning && environment.fate != Fate::kCrash) [[likely]] {
    CountAnswer(now, environment);
    MovePhase(now, environment, Phase::kIdle);
    auto& event = next.event.emplace<InvocationFinished>();
    event.environment = environment.id;
    event.invocation = environment.invocation;
  } else {
    Report(now, row, next.event);
  }
  return true;
}

void World::Report(Instant now, uint32_t row, Event& event) {
  Environment& environment = environments_[row];
  switch (environment.phase) {
    case Phase::kStarting: {
      MovePhase(now, environment, Phase::kInitializing);
      Origin& origin = origins_[row];
      const Streams& streams = streams_[origin.process];
      const Duration work = entries_[environment.entry].init.Draw(streams.init, origin.number);
      origin.init_began = now;
      ScheduleInit(now, row, work);
      event = EnvironmentStarted{environment.id};
      return;
    }
    case Phase::kInitializing:
      MovePhase(now, environment, Phase::kIdle);
      origins_[row].init = now - origins_[row].init_began;
      if (environment.provisioned) {
        BillProvisionedInit(now, row);
      } else {
        environment.init_unbilled = true;
      }
      event = EnvironmentReady{environment.id, environment.incarnation};
      return;
    case Phase::kRepeatingInit:
      MovePhase(now, environment, Phase::kRunning);
      ScheduleEnd(now, row, origins_[row].run);
      event = EnvironmentReady{environment.id, environment.incarnation};
      return;
    case Phase::kRunning:
      event =
          EnvironmentFailed{environment.id, environment.incarnation, FailureCause::kRuntimeExited};
      return;
    case Phase::kStopping:
      MovePhase(now, environment, Phase::kGone);
      event = EnvironmentStopped{environment.id};
      return;
    case Phase::kIdle:
    case Phase::kReset:
    case Phase::kGone:
      break;
  }
  CHECK(false && "an environment at rest has nothing to report");
}

void World::Execute(Instant now, const Action& action) {
  // The two actions of a warm invocation come first, past the jump table.
  if (const auto* assign = std::get_if<AssignInvocation>(&action)) {
    On(now, *assign);
  } else if (!std::holds_alternative<FreezeEnvironment>(action)) {
    std::visit([this, now](const auto& other) { On(now, other); }, action);
  }
}

void World::On(Instant now, const AssignInvocation& action) {
  const uint32_t row = action.environment.row;
  CHECK(row < environments_.size());
  Environment& environment = environments_[row];
  const Request& request = TakeRequest(now, action.invocation);
  environment.invocation = action.invocation;
  environment.arrived = request.arrived;
  environment.assigned = now;
  environment.wait = request.wait == Wait::kNone || environment.fresh ? request.wait : Wait::kOther;
  environment.fresh = false;
  environment.sender = request.sender;
  environment.fate = DrawFate(request);
  if (provisioning_.is_used()) [[unlikely]] {
    CountProvisioned(environment);
  }
  if (environment.phase == Phase::kIdle) [[likely]] {
    MovePhase(now, environment, Phase::kRunning);
    ScheduleEnd(now, row, request.run);
    return;
  }
  CHECK(environment.phase == Phase::kReset);
  environment.incarnation = action.incarnation;
  environment.init_unbilled = false;
  origins_[row].run = request.run;
  MovePhase(now, environment, Phase::kRepeatingInit);
  const Streams& streams = streams_[request.process];
  const LengthSampler& init = entries_[environment.entry].init;
  ScheduleInit(now, row, init.Draw(streams.repeated_init, request.number));
}

void World::On(Instant now, const StartEnvironment& action) {
  const uint32_t row = action.environment.row;
  CHECK(row <= EventQueue::kValueMax);
  if (row >= environments_.size()) {
    environments_.resize(row + 1);
    origins_.resize(row + 1);
    hints_pay_ = hinted_ != nullptr && environments_.size() >= kRowsInCache;
  }
  Environment& environment = environments_[row];
  CHECK(environment.phase == Phase::kGone);
  environment = Environment{.id = action.environment,
                            .entry = entry_of_function_[action.function.value],
                            .fresh = action.purpose == StartPurpose::kInvocation,
                            .provisioned = action.purpose == StartPurpose::kProvisioned};
  Origin& origin = origins_[row];
  origin = {.function = action.function, .node = action.node.value};
  if (arrival_open_ && environment.fresh && arrival_.entry == environment.entry) {
    arrival_.wait = Wait::kColdStart;
    origin.process = arrival_.process;
    origin.number = arrival_.number;
    tracker_.CountColdStart(now);
    if (Counts(arrival_.arrived)) ++tallies_[arrival_.entry].cold_starts;
  } else {
    origin.process = static_cast<uint32_t>(streams_.size() - 1);
    origin.number = unasked_starts_++;
  }
  MovePhase(now, environment, Phase::kStarting);
  const LengthSampler& start = entries_[environment.entry].start;
  const Duration work = start.Draw(streams_[origin.process].start, origin.number);
  if (node_starts_.is_limited()) {
    node_starts_.Start(now, origin.node, row, work);
  } else {
    ScheduleReport(now + work, row);
  }
}

void World::On(Instant now, const ResetEnvironment& action) {
  Environment& environment = environments_[action.environment.row];
  Interrupt(now, environment);
  environment.incarnation = action.incarnation;
  CancelReport(now, action.environment.row);
  MovePhase(now, environment, Phase::kReset);
}

void World::On(Instant now, const StopEnvironment& action) {
  Environment& environment = environments_[action.environment.row];
  Interrupt(now, environment);
  CancelReport(now, action.environment.row);
  MovePhase(now, environment, Phase::kStopping);
  ScheduleReport(now, action.environment.row);
}

void World::On(Instant now, const ThrottleInvocation& action) {
  CHECK(arrival_open_ && action.invocation.value + 1 == invocations_);
  arrival_open_ = false;
  tracker_.CountThrottle(now, action.reason);
  if (Counts(arrival_.arrived)) {
    ++tallies_[arrival_.entry].throttled_by_reason[static_cast<size_t>(action.reason)];
  }
  if (arrival_.sender != 0) senders_.OnEnding(now, arrival_.sender, Ending::kThrottled);
}

const World::Request& World::TakeRequest(Instant now, InvocationId invocation) {
  if (arrival_open_ && invocation.value + 1 == invocations_) [[likely]] {
    arrival_open_ = false;
    Begin(now, arrival_.entry);
    return arrival_;
  }
  const std::optional<Request> request = TakeWaiting(now, invocation);
  CHECK(request.has_value());
  waited_ = *request;
  return waited_;
}

inline void World::ScheduleReport(Instant at, uint32_t row) {
  environments_[row].ticket = reports_.Push(at, row);
}

inline void World::ScheduleEnd(Instant now, uint32_t row, Duration run) {
  if (environments_[row].fate == Fate::kHang) [[unlikely]] {
    environments_[row].ticket = 0;
    return;
  }
  ScheduleReport(now + run, row);
}

void World::ScheduleInit(Instant now, uint32_t row, Duration work) {
  if (node_starts_.is_limited()) {
    node_starts_.Initialize(now, origins_[row].node, row, work);
  } else {
    ScheduleReport(now + work, row);
  }
}

void World::CancelReport(Instant now, uint32_t row) {
  environments_[row].ticket = 0;
  if (node_starts_.is_limited()) node_starts_.Cancel(now, row);
}

World::Fate World::DrawFate(const Request& request) const {
  const Entry& entry = entries_[request.entry];
  if (entry.failure_rate == 0) [[likely]] {
    return Fate::kSuccess;
  }
  const double draw = streams_[request.process].fate.Uniform(request.number);
  if (draw < entry.crash_rate) return Fate::kCrash;
  if (draw < entry.error_rate) return Fate::kError;
  return draw < entry.failure_rate ? Fate::kHang : Fate::kSuccess;
}

void World::CountAnswer(Instant now, Environment& environment) {
  Bill(now, environment);
  End(now, environment.entry);
  if (environment.sender != 0) [[unlikely]] {
    senders_.OnEnding(
        now, environment.sender,
        environment.fate == Fate::kError ? Ending::kAnsweredWithError : Ending::kAnswered);
  }
  if (!Counts(environment.arrived)) return;
  InvocationTally& tally = tallies_[environment.entry];
  ++tally.finished;
  if (environment.fate == Fate::kError) ++tally.function_errors;
  if (environment.wait == Wait::kNone) [[likely]] {
    LatencyOf(environment.entry).warm.Add(now - environment.arrived);
  } else {
    CountLatency(now, {.arrived = environment.arrived,
                       .assigned = environment.assigned,
                       .entry = environment.entry,
                       .wait = environment.wait});
  }
}

void World::Bill(Instant now, Environment& environment) {
  const Duration run = now - environment.assigned;
  const Duration init = environment.init_unbilled ? origins_[environment.id.row].init : Duration();
  environment.init_unbilled = false;
  if (!Counts(environment.arrived)) return;
  const Entry& entry = entries_[environment.entry];
  InvocationTally& tally = tallies_[environment.entry];
  const int64_t milliseconds = BilledMilliseconds(init + run);
  const auto mib_ms = static_cast<uint64_t>(milliseconds * entry.memory_mib);
  ++tally.billed_requests;
  (environment.provisioned ? tally.billed_provisioned_mib_ms : tally.billed_mib_ms) += mib_ms;
  if (init > Duration()) [[unlikely]] {
    tally.billed_init_mib_ms +=
        static_cast<uint64_t>((milliseconds - BilledMilliseconds(run)) * entry.memory_mib);
  }
  if (entry.tmp_extra_mib > 0) [[unlikely]] {
    tally.billed_tmp_mib_ms += static_cast<uint64_t>(milliseconds * entry.tmp_extra_mib);
  }
}

}  // namespace floe
