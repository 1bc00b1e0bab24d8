#include "simulator/world.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "base/check.h"

namespace floe {
namespace {

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
// So many environments and what belongs to them are in the second-level cache anyway.
constexpr size_t kRowsInCache = 2'000;

// Draws of environments that no request caused: no arrival process has this number.
constexpr uint64_t kUnaskedSource = uint64_t{1} << 54;

size_t CountNodes(const Scenario& scenario) {
  size_t count = 0;
  for (const ScenarioNodes& nodes : scenario.nodes) count += static_cast<size_t>(nodes.count);
  return std::max<size_t>(count, 1);
}

// Rounded up.
int64_t WholeMilliseconds(Duration length) {
  return (length.nanoseconds() + kNanosecondsPerMillisecond - 1) / kNanosecondsPerMillisecond;
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
  AddToLevel(environment.phase, memory_mib, -1);
  AddToLevel(to, memory_mib, 1);
  environment.phase = to;
}

inline void World::Begin(Instant now, uint32_t entry) {
  const int64_t concurrency = ++entries_[entry].concurrency;
  int64_t& max = tallies_[entry].concurrency_max;
  if (concurrency > max && Counts(now)) max = concurrency;
}

inline void World::End(Instant now, uint32_t entry) {
  const int64_t concurrency = entries_[entry].concurrency--;
  int64_t& max = tallies_[entry].concurrency_max;
  if (concurrency > max && Counts(now)) max = concurrency;
}

World::World(const Scenario& scenario, const Scheduler* hinted)
    : scenario_(scenario),
      hinted_(hinted),
      end_(Instant() + scenario.duration),
      counted_from_(Instant() + scenario.warm_up),
      arrivals_(scenario),
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
    const Instant first = std::min(report, arrival);
    if (deadline <= first && deadline < end_) {
      ++events_;
      next->at = deadline;  // And the event is DeadlineReached, the first alternative.
      return next;
    }
    if (first >= end_) {
      next.reset();
      return next;
    }
    if (arrival < report) {
      TakeArrival(*next);
      PrefetchAtArrival();
      return next;
    }
    if (TakeReport(report, *next)) return next;
  }
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
  ++events_;
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

void World::TakeArrival(TimedEvent& next) {
  ++events_;
  const Arrival& arrival = arrivals_.Take();
  // Field by field: a temporary would be read back in wider pieces than it was written in, and the
  // processor waits for that.
  arrival_.arrived = arrival.at;
  arrival_.run = arrival.run;
  arrival_.number = arrival.number;
  arrival_.process = arrival.process;
  arrival_.entry = arrival.entry;
  arrival_.wait = Wait::kNone;
  arrival_open_ = true;
  tracker_.CountArrival(arrival.at);
  if (Counts(arrival.at)) ++tallies_[arrival.entry].arrived;
  next.at = arrival.at;
  auto& event = next.event.emplace<InvocationArrived>();
  event.invocation = InvocationId{invocations_++};
  event.function = arrival.function;
}

bool World::TakeReport(Instant now, TimedEvent& next) {
  const uint32_t row = reports_.top_value();
  const uint64_t ticket = reports_.top_ticket();
  reports_.Pop();
  PrefetchAtReport();
  Environment& environment = environments_[row];
  if (environment.ticket != ticket) return false;
  environment.ticket = 0;
  ++events_;
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
      origin.init = entries_[environment.entry].init.Draw(streams.init, origin.number);
      ScheduleReport(now + origin.init, row);
      event = EnvironmentStarted{environment.id};
      return;
    }
    case Phase::kInitializing:
      MovePhase(now, environment, Phase::kIdle);
      environment.init_unbilled = true;
      event = EnvironmentReady{environment.id, environment.incarnation};
      return;
    case Phase::kRepeatingInit:
      MovePhase(now, environment, Phase::kRunning);
      ScheduleReport(now + origins_[row].run, row);
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
  environment.fate = DrawFate(request);
  if (environment.phase == Phase::kIdle) [[likely]] {
    MovePhase(now, environment, Phase::kRunning);
    ScheduleReport(now + request.run, row);
    return;
  }
  CHECK(environment.phase == Phase::kReset);
  environment.incarnation = action.incarnation;
  environment.init_unbilled = false;
  origins_[row].run = request.run;
  MovePhase(now, environment, Phase::kRepeatingInit);
  const Streams& streams = streams_[request.process];
  const LengthSampler& init = entries_[environment.entry].init;
  ScheduleReport(now + init.Draw(streams.repeated_init, request.number), row);
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
  environment =
      Environment{.id = action.environment, .entry = entry_of_function_[action.function.value]};
  Origin& origin = origins_[row];
  if (arrival_open_ && arrival_.entry == environment.entry) {
    arrival_.wait = Wait::kColdStart;
    environment.fresh = true;
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
  ScheduleReport(now + start.Draw(streams_[origin.process].start, origin.number), row);
}

void World::On(Instant now, const ResetEnvironment& action) {
  Environment& environment = environments_[action.environment.row];
  Interrupt(now, environment);
  environment.incarnation = action.incarnation;
  environment.ticket = 0;
  MovePhase(now, environment, Phase::kReset);
}

void World::On(Instant now, const StopEnvironment& action) {
  Environment& environment = environments_[action.environment.row];
  Interrupt(now, environment);
  MovePhase(now, environment, Phase::kStopping);
  ScheduleReport(now, action.environment.row);
}

void World::On(Instant now, const ThrottleInvocation& action) {
  CHECK(arrival_open_ && action.invocation.value + 1 == invocations_);
  arrival_open_ = false;
  const Request& request = arrival_;
  tracker_.CountThrottle(now, action.reason);
  if (!Counts(request.arrived)) return;
  ++tallies_[request.entry].throttled_by_reason[static_cast<size_t>(action.reason)];
}

void World::On(Instant now, const FailInvocation& action) {
  if (arrival_open_ && action.invocation.value + 1 == invocations_) KeepWaiting();
  if (const std::optional<Request> request = TakeWaiting(now, action.invocation)) {
    CountFailure(now, *request, action.cause);
  } else {
    early_failures_.push_back({action.invocation, action.cause});
  }
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

std::optional<World::Request> World::TakeWaiting(Instant now, InvocationId invocation) {
  const auto found = waiting_.find(invocation);
  if (found == waiting_.end()) return std::nullopt;
  const Request request = found->second;
  waiting_.erase(found);
  tracker_.Advance(now);
  --tracker_.levels.waiting;
  SumUnfinished(request.entry, request.arrived, -1);
  return request;
}

void World::KeepWaiting() {
  arrival_open_ = false;
  if (arrival_.wait == Wait::kNone) arrival_.wait = Wait::kOther;
  Begin(arrival_.arrived, arrival_.entry);
  AddWaiting(arrival_.arrived, InvocationId{invocations_ - 1}, arrival_);
}

void World::AddWaiting(Instant now, InvocationId invocation, const Request& request) {
  tracker_.Advance(now);
  ++tracker_.levels.waiting;
  waiting_.emplace(invocation, request);
  SumUnfinished(request.entry, request.arrived, 1);
}

void World::ScheduleReport(Instant at, uint32_t row) {
  environments_[row].ticket = reports_.Push(at, row);
}

World::Fate World::DrawFate(const Request& request) const {
  const Entry& entry = entries_[request.entry];
  if (entry.failure_rate == 0) [[likely]] {
    return Fate::kSuccess;
  }
  const double draw = streams_[request.process].fate.Uniform(request.number);
  if (draw < entry.crash_rate) return Fate::kCrash;
  return draw < entry.failure_rate ? Fate::kError : Fate::kSuccess;
}

void World::Interrupt(Instant now, Environment& environment) {
  if (environment.phase != Phase::kRunning && environment.phase != Phase::kRepeatingInit) return;
  Bill(now, environment);
  const auto failure = std::find_if(early_failures_.begin(), early_failures_.end(),
                                    [&environment](const EarlyFailure& early) {
                                      return early.invocation == environment.invocation;
                                    });
  const Request request{.arrived = environment.arrived,
                        .assigned = environment.assigned,
                        .entry = environment.entry,
                        .wait = environment.wait};
  if (failure != early_failures_.end()) {
    CountFailure(now, request, failure->cause);
    early_failures_.erase(failure);
  } else {
    AddWaiting(now, environment.invocation, request);
  }
}

void World::CountAnswer(Instant now, Environment& environment) {
  Bill(now, environment);
  End(now, environment.entry);
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

void World::CountFailure(Instant now, const Request& request, FailureCause cause) {
  End(now, request.entry);
  if (!Counts(request.arrived)) return;
  ++tallies_[request.entry].failed_by_cause[static_cast<size_t>(cause)];
  CountLatency(now, request);
}

void World::CountLatency(Instant now, const Request& request) {
  LatencyTally& latency = LatencyOf(request.entry);
  const bool was_assigned = request.assigned != Instant::InfiniteFuture();
  switch (request.wait) {
    case Wait::kNone:
      latency.warm.Add(now - request.arrived);
      break;
    case Wait::kColdStart:
      latency.cold.Add(now - request.arrived);
      latency.cold_init.Add((was_assigned ? request.assigned : now) - request.arrived);
      if (was_assigned) latency.cold_run.Add(now - request.assigned);
      break;
    case Wait::kOther:
      latency.queued.Add(now - request.arrived);
      if (was_assigned) latency.queued_run.Add(now - request.assigned);
      break;
  }
}

void World::Bill(Instant now, Environment& environment) {
  const Duration run = now - environment.assigned;
  const Duration init = environment.init_unbilled ? origins_[environment.id.row].init : Duration();
  environment.init_unbilled = false;
  if (!Counts(environment.arrived)) return;
  const Entry& entry = entries_[environment.entry];
  InvocationTally& tally = tallies_[environment.entry];
  const int64_t milliseconds = WholeMilliseconds(init + run);
  const auto mib_ms = static_cast<uint64_t>(milliseconds * entry.memory_mib);
  ++tally.billed_requests;
  tally.billed_mib_ms += mib_ms;
  if (init > Duration()) [[unlikely]] {
    tally.billed_init_mib_ms +=
        static_cast<uint64_t>((milliseconds - WholeMilliseconds(run)) * entry.memory_mib);
  }
  if (entry.tmp_extra_mib > 0) [[unlikely]] {
    tally.billed_tmp_mib_ms += static_cast<uint64_t>(milliseconds * entry.tmp_extra_mib);
  }
}

void World::SumUnfinished(uint32_t entry, Instant arrived, int64_t count) {
  if (!Counts(arrived)) return;
  tallies_[entry].unfinished_ns += static_cast<__int128>((end_ - arrived).nanoseconds()) * count;
}

LevelSummary World::Finish() {
  if (arrival_open_) KeepWaiting();
  for (const Environment& environment : environments_) {
    if (environment.phase == Phase::kRunning || environment.phase == Phase::kRepeatingInit) {
      SumUnfinished(environment.entry, environment.arrived, 1);
    }
  }
  for (size_t entry = 0; entry < entries_.size(); ++entry) {
    int64_t& max = tallies_[entry].concurrency_max;
    max = std::max(max, entries_[entry].concurrency);
  }
  return tracker_.Finish();
}

}  // namespace floe
