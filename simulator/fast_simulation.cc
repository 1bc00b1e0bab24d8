#include "simulator/fast_simulation.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/concurrency_ledger.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/request_rate.h"
#include "orchestrator/core/scaling_limiter.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/core/token_bucket.h"
#include "simulator/arrivals.h"
#include "simulator/draws.h"
#include "simulator/fast_entries.h"
#include "simulator/fast_event_queue.h"
#include "simulator/fast_functions.h"
#include "simulator/fast_levels.h"
#include "simulator/simulation_observer.h"
#include "simulator/world.h"

namespace floe {
namespace {

constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
// With so many functions, what an event needs is fetched from memory some events ahead.
constexpr size_t kFunctionsInCache = 256;
constexpr size_t kPrefetchAhead = 8;

// What is due. Below the kind stands the function.
enum class Due : uint32_t {
  kEnd,          // An invocation ends, and its environment is idle.
  kEndReset,     // It has failed: its environment is idle and must be initialised again.
  kReady,        // An environment is given the invocation that it was started for.
  kStartFailed,  // It was not there in time.
  kExpiry,       // An idle environment may have to be stopped.
  kResetExpiry,  // The same of those that must be initialised again.
};
constexpr int kFunctionBits = 20;
static_assert(kFunctionsMax <= uint32_t{1} << kFunctionBits);
static_assert(kFunctionBits + 3 <= FastEventQueue::kValueBits);

uint32_t Value(Due due, uint32_t function) {
  return static_cast<uint32_t>(due) << kFunctionBits | function;
}

uint64_t WholeMilliseconds(int64_t nanoseconds) {
  return (static_cast<uint64_t>(nanoseconds) + kNanosecondsPerMillisecond - 1) /
         kNanosecondsPerMillisecond;
}

// An invocation that has been given to an environment.
struct Assigned {
  const Arrival& arrival;
  int64_t at = 0;
  int64_t init_ns = 0;           // Of the environment, billed with this invocation.
  int64_t repeated_init_ns = 0;  // Part of this invocation.
  bool cold = false;
};

// The memory of every environment if it is the same; else 0.
int64_t CommonMemory(const Scenario& scenario) {
  const int32_t memory_mib = scenario.functions.front().memory_mib;
  const bool common =
      std::all_of(scenario.functions.begin(), scenario.functions.end(),
                  [memory_mib](const auto& f) { return f.memory_mib == memory_mib; });
  return common ? memory_mib : 0;
}

size_t CountFunctions(const Scenario& scenario) {
  size_t count = 0;
  for (const ScenarioFunction& function : scenario.functions) {
    count += static_cast<size_t>(function.count);
  }
  return count;
}

class FastSimulation {
 public:
  explicit FastSimulation(const Scenario& scenario);
  FastResult Run(SimulationObserver* observer);

 private:
  void AddEntry(const ScenarioFunction& function, uint32_t entry, uint32_t function_first);
  // Everything that is due by `now` happens.
  void HappenBy(Instant now) {
    while (queue_.HasDue(now)) Happen();
  }
  void Happen();
  void PrefetchDue();
  void Reach(int64_t now);

  void Arrive(const Arrival& arrival);
  // Gives an invocation that fits under the limits to an idle environment.
  void Reuse(const Arrival& arrival, FastFunction& function, FastHotEntry& entry);
  void ReuseReset(const Arrival& arrival, FastFunction& function, FastHotEntry& entry);
  void Start(const Arrival& arrival, FastFunction& function, FastHotEntry& entry);
  void Throttle(const Arrival& arrival, ThrottleReason reason);
  void TakeTokens(FastFunction& function, Instant now);
  // How the invocation ends, whatever that is.
  void Assign(const Assigned& assigned);
  void FailStart(const Arrival& arrival, int64_t at);
  // Schedules the end. False if it lies beyond that of the run.
  bool ScheduleEnd(const Arrival& arrival, int64_t at, Due due);
  void Bill(const Assigned& assigned, int64_t end);
  DrawStream StreamOf(const Arrival& arrival, DrawPurpose purpose) const {
    return DrawStream(scenario_.seed, arrivals_.source(arrival.process), purpose);
  }

  void End(uint32_t function_id, int64_t now);
  void EndReset(uint32_t function_id, int64_t now);
  void EndFlight(FastFunction& function);
  void Expire(uint32_t function_id, int64_t now);
  void ExpireReset(uint32_t function_id, int64_t now);
  void ScheduleExpiry(uint32_t function_id, int64_t since, Due due);
  void AddIdleMemory(int64_t now, int64_t mib) {
    if (common_memory_mib_ == 0) [[unlikely]] {
      levels_.AddIdleMemory(now, mib);
    }
  }
  static void BeginConcurrency(FastHotEntry& entry) {
    entry.concurrency_max = std::max(entry.concurrency_max, ++entry.concurrency);
  }
  bool Counts(const Arrival& arrival) const { return arrival.at.nanoseconds() >= counted_from_; }
  LatencyTally& LatencyOf(uint32_t entry) { return latencies_[latencies_.size() == 1 ? 0 : entry]; }
  FastResult Finish();

  const Scenario& scenario_;
  const int64_t end_;
  const int64_t counted_from_;
  const int64_t keep_alive_ns_;
  const int64_t common_memory_mib_;
  const bool prefetches_;
  ArrivalStream arrivals_;
  FastEventQueue queue_;
  int64_t prefetched_bin_ = -1;
  uint64_t events_ = 0;
  bool counting_ = false;

  FastFunctions functions_;
  absl::flat_hash_map<uint32_t, FastResetPool> resets_;  // By function; looked up, never iterated.
  std::vector<FastHotEntry> hot_entries_;
  std::vector<uint32_t> entry_of_function_;  // Empty where few entries are in the cache anyway.
  std::vector<FastEntry> entries_;
  std::vector<DrawStream> fates_;  // By process, where something may fail.

  ConcurrencyLedger ledger_;
  TokenRate account_request_rate_;
  TokenBucket account_requests_;
  ScalingLimiter scaling_;
  std::vector<TokenBucket> scaling_budgets_;  // By function.
  std::vector<FastReservation> reservations_;

  FastLevels levels_;
  std::vector<InvocationTally> tallies_;
  std::vector<LatencyTally> latencies_;
};

FastSimulation::FastSimulation(const Scenario& scenario)
    : scenario_(scenario),
      end_(scenario.duration.nanoseconds()),
      counted_from_(scenario.warm_up.nanoseconds()),
      keep_alive_ns_(scenario.scheduler.keep_alive.nanoseconds()),
      common_memory_mib_(CommonMemory(scenario)),
      prefetches_(CountFunctions(scenario) > kFunctionsInCache),
      arrivals_(scenario),
      functions_(CountFunctions(scenario)),
      hot_entries_(scenario.functions.size()),
      ledger_(scenario.scheduler.account_concurrency),
      account_request_rate_(RequestRate(scenario.scheduler.account_concurrency,
                                        scenario.scheduler.requests_per_concurrency)),
      account_requests_(account_request_rate_),
      scaling_(scenario.scheduler.scaling_rule),
      scaling_budgets_(functions_.size(), scaling_.NewFunctionBudget()),
      levels_(scenario.duration, scenario.warm_up, common_memory_mib_),
      tallies_(scenario.functions.size()),
      latencies_(scenario.functions.size() <= World::kEntriesWithLatencyMax
                     ? scenario.functions.size()
                     : 1) {
  entries_.reserve(scenario.functions.size());
  uint32_t function_first = 0;
  bool may_fail = false;
  for (uint32_t entry = 0; entry < scenario.functions.size(); ++entry) {
    AddEntry(scenario.functions[entry], entry, function_first);
    function_first += static_cast<uint32_t>(scenario.functions[entry].count);
    may_fail = may_fail || hot_entries_[entry].may_fail;
  }
  for (size_t process = 0; may_fail && process < arrivals_.processes(); ++process) {
    fates_.emplace_back(scenario.seed, arrivals_.source(process), DrawPurpose::kFate);
  }
}

void FastSimulation::AddEntry(const ScenarioFunction& function, uint32_t entry,
                              uint32_t function_first) {
  entries_.emplace_back(function);
  hot_entries_[entry] = {.timeout_ns = function.timeout.nanoseconds(),
                         .warm = &LatencyOf(entry).warm,
                         .memory_mib = function.memory_mib,
                         .may_fail = entries_.back().failure_rate > 0};
  for (uint32_t i = 0; i < function.count; ++i) {
    FastFunction& row = functions_[function_first + i];
    row.entry = entry;
    if (hot_entries_.size() > kFunctionsInCache) entry_of_function_.push_back(entry);
    if (!function.concurrency_reserved.has_value()) continue;
    const ConcurrencyClaim claim = {.reserved = *function.concurrency_reserved};
    const TokenRate rate =
        RequestRate(claim.reserved, scenario_.scheduler.requests_per_concurrency);
    ledger_.Change(ConcurrencyClaim{}, claim, 0);
    row.reservation = static_cast<uint32_t>(reservations_.size());
    reservations_.push_back({.claim = claim, .rate = rate, .requests = TokenBucket(rate)});
  }
}

// ---- The loop

FastResult FastSimulation::Run(SimulationObserver* observer) {
  uint64_t observed = 0;
  for (absl::Span<const Arrival> batch = arrivals_.TakeBatch(); !batch.empty();
       batch = arrivals_.TakeBatch()) {
    for (size_t i = 0; i < batch.size(); ++i) {
      if (prefetches_ && i + kPrefetchAhead < batch.size()) {
        const Arrival& ahead = batch[i + kPrefetchAhead];
        functions_.Prefetch(ahead.function.value);
        __builtin_prefetch(&hot_entries_[ahead.entry], 1);
      }
      HappenBy(batch[i].at);
      Arrive(batch[i]);
    }
    events_ += batch.size();
    if (observer != nullptr && events_ - observed >= kObservedEvents) {
      observed = events_;
      if (!observer->Continue(batch.back().at, events_)) return Finish();
    }
  }
  HappenBy(Instant::FromNanoseconds(end_ - 1));
  return Finish();
}

inline void FastSimulation::Happen() {
  const int64_t now = queue_.top_time().nanoseconds();
  const uint32_t value = queue_.top_value();
  queue_.Pop();
  if (prefetches_) PrefetchDue();
  Reach(now);
  const uint32_t function = value & ((uint32_t{1} << kFunctionBits) - 1);
  const auto due = static_cast<Due>(value >> kFunctionBits);
  if (due == Due::kEnd) [[likely]] {
    return End(function, now);
  }
  switch (due) {
    case Due::kEnd:
      return;
    case Due::kEndReset:
      return EndReset(function, now);
    case Due::kReady:
      return levels_.Ready(now);
    case Due::kStartFailed:
      levels_.FailStart(now);
      return EndFlight(functions_[function]);
    case Due::kExpiry:
      return Expire(function, now);
    case Due::kResetExpiry:
      return ExpireReset(function, now);
  }
}

inline void FastSimulation::PrefetchDue() {
  if (queue_.bin() == prefetched_bin_) return;
  prefetched_bin_ = queue_.bin();
  queue_.VisitNext([this](uint32_t value) {
    const uint32_t function = value & ((uint32_t{1} << kFunctionBits) - 1);
    functions_.Prefetch(function);
    if (!entry_of_function_.empty()) {
      __builtin_prefetch(&hot_entries_[entry_of_function_[function]], 1);
    }
  });
}

inline void FastSimulation::Reach(int64_t now) {
  if (now < levels_.next_flush()) [[likely]] {
    return;
  }
  levels_.Reach(now);
  if (counting_ || now < counted_from_) return;
  counting_ = true;
  for (FastHotEntry& entry : hot_entries_) entry.concurrency_max = entry.concurrency;
}

// ---- Arrivals

inline void FastSimulation::Arrive(const Arrival& arrival) {
  Reach(arrival.at.nanoseconds());
  FastFunction& function = functions_[arrival.function.value];
  FastHotEntry& entry = hot_entries_[arrival.entry];
  ++levels_.counts().arrived;
  entry.arrived += Counts(arrival) ? 1 : 0;
  if (function.reservation == FastFunction::kNoReservation) [[likely]] {
    if (!account_requests_.HasToken(account_request_rate_, arrival.at)) {
      return Throttle(arrival, ThrottleReason::kAccountRequestRate);
    }
    if (!ledger_.HasUnreservedRoom()) {
      return Throttle(arrival, ThrottleReason::kAccountConcurrency);
    }
  } else {
    const FastReservation& reservation = reservations_[function.reservation];
    if (!reservation.requests.HasToken(reservation.rate, arrival.at)) {
      return Throttle(arrival, ThrottleReason::kReservedRequestRate);
    }
    if (function.in_flight >= static_cast<uint32_t>(reservation.claim.reserved)) {
      return Throttle(arrival, ThrottleReason::kReservedConcurrency);
    }
  }
  if (function.has_idle()) [[likely]] {
    return Reuse(arrival, function, entry);
  }
  if (function.reset_count > 0) return ReuseReset(arrival, function, entry);
  if (!scaling_.HasToken(scaling_budgets_[arrival.function.value], arrival.at)) {
    return Throttle(arrival, ThrottleReason::kScalingRate);
  }
  if (levels_.live() >= kEnvironmentsMax) return Throttle(arrival, ThrottleReason::kNoCapacity);
  Start(arrival, function, entry);
}

void FastSimulation::Throttle(const Arrival& arrival, ThrottleReason reason) {
  ++levels_.counts().throttled_by_reason[static_cast<size_t>(reason)];
  if (!Counts(arrival)) return;
  ++tallies_[arrival.entry].throttled_by_reason[static_cast<size_t>(reason)];
}

inline void FastSimulation::TakeTokens(FastFunction& function, Instant now) {
  if (function.reservation == FastFunction::kNoReservation) [[likely]] {
    account_requests_.Take(account_request_rate_, now);
    ledger_.Begin(ConcurrencyClaim{});
  } else {
    FastReservation& reservation = reservations_[function.reservation];
    reservation.requests.Take(reservation.rate, now);
    ledger_.Begin(reservation.claim);
  }
}

inline void FastSimulation::Reuse(const Arrival& arrival, FastFunction& function,
                                  FastHotEntry& entry) {
  const int64_t now = arrival.at.nanoseconds();
  const int64_t run_ns = arrival.run.nanoseconds();
  TakeTokens(function, arrival.at);
  FastFunctions::Reuse(function);
  BeginConcurrency(entry);
  levels_.AssignWarm(now);
  AddIdleMemory(now, -entry.memory_mib);
  if (run_ns >= entry.timeout_ns || entry.may_fail) [[unlikely]] {
    return Assign({.arrival = arrival, .at = now});
  }
  if (!ScheduleEnd(arrival, now + run_ns, Due::kEnd) || !Counts(arrival)) return;
  ++entry.finished;
  entry.billed_ms += WholeMilliseconds(run_ns);
  entry.warm->Add(arrival.run);
}

void FastSimulation::ReuseReset(const Arrival& arrival, FastFunction& function,
                                FastHotEntry& entry) {
  const int64_t now = arrival.at.nanoseconds();
  TakeTokens(function, arrival.at);
  functions_.Add(function);
  --function.reset_count;
  resets_[arrival.function.value].since.pop_back();
  BeginConcurrency(entry);
  levels_.AssignWarm(now);
  AddIdleMemory(now, -entry.memory_mib);
  const Duration repeated = entries_[arrival.entry].init.Draw(
      StreamOf(arrival, DrawPurpose::kRepeatedInit), arrival.number);
  Assign({.arrival = arrival, .at = now, .repeated_init_ns = repeated.nanoseconds()});
}

void FastSimulation::Start(const Arrival& arrival, FastFunction& function, FastHotEntry& entry) {
  const int64_t now = arrival.at.nanoseconds();
  const FastEntry& models = entries_[arrival.entry];
  const SchedulerOptions& options = scenario_.scheduler;
  TakeTokens(function, arrival.at);
  scaling_.Take(scaling_budgets_[arrival.function.value], arrival.at);
  functions_.Add(function);
  BeginConcurrency(entry);
  levels_.Start(now);
  ++levels_.counts().cold_starts;
  if (Counts(arrival)) ++tallies_[arrival.entry].cold_starts;

  const Duration start = models.start.Draw(StreamOf(arrival, DrawPurpose::kStart), arrival.number);
  if (start >= options.start_limit) {
    return FailStart(arrival, now + options.start_limit.nanoseconds());
  }
  Assigned assigned = {.arrival = arrival, .cold = true};
  const Duration init = models.init.Draw(StreamOf(arrival, DrawPurpose::kInit), arrival.number);
  if (init < options.init_limit) {
    assigned.init_ns = init.nanoseconds();
    assigned.at = now + start.nanoseconds() + init.nanoseconds();
  } else {
    // The init is repeated inside the invocation.
    assigned.at = now + start.nanoseconds() + options.init_limit.nanoseconds();
    assigned.repeated_init_ns =
        models.init.Draw(StreamOf(arrival, DrawPurpose::kRepeatedInit), arrival.number)
            .nanoseconds();
  }
  if (assigned.at < end_) {
    queue_.Push(Instant::FromNanoseconds(assigned.at), Value(Due::kReady, arrival.function.value));
  }
  Assign(assigned);
}

void FastSimulation::FailStart(const Arrival& arrival, int64_t at) {
  if (!ScheduleEnd(arrival, at, Due::kStartFailed) || !Counts(arrival)) return;
  InvocationTally& tally = tallies_[arrival.entry];
  ++tally.failed_by_cause[static_cast<size_t>(FailureCause::kStartFailed)];
  const Duration latency = Instant::FromNanoseconds(at) - arrival.at;
  LatencyOf(arrival.entry).cold.Add(latency);
  LatencyOf(arrival.entry).cold_init.Add(latency);
}

void FastSimulation::Assign(const Assigned& assigned) {
  const Arrival& arrival = assigned.arrival;
  const FastEntry& models = entries_[arrival.entry];
  FastHotEntry& entry = hot_entries_[arrival.entry];
  const double fate = entry.may_fail ? fates_[arrival.process].Uniform(arrival.number) : 1;
  const int64_t length_ns = assigned.repeated_init_ns + arrival.run.nanoseconds();
  const bool hangs = fate >= models.error_rate && fate < models.failure_rate;
  const bool timed_out = hangs || length_ns >= entry.timeout_ns;
  const bool crashed = !timed_out && fate < models.crash_rate;
  const int64_t end = assigned.at + (timed_out ? entry.timeout_ns : length_ns);
  if (!ScheduleEnd(arrival, end, timed_out || crashed ? Due::kEndReset : Due::kEnd)) return;
  if (!Counts(arrival)) return;

  Bill(assigned, end);
  InvocationTally& tally = tallies_[arrival.entry];
  if (timed_out) {
    ++tally.failed_by_cause[static_cast<size_t>(FailureCause::kTimedOut)];
  } else if (crashed) {
    ++tally.failed_by_cause[static_cast<size_t>(FailureCause::kRuntimeExited)];
  } else {
    ++entry.finished;
    if (fate < models.error_rate) ++tally.function_errors;
  }
  const Duration latency = Instant::FromNanoseconds(end) - arrival.at;
  if (!assigned.cold) {
    entry.warm->Add(latency);
    return;
  }
  LatencyTally& latencies = LatencyOf(arrival.entry);
  latencies.cold.Add(latency);
  latencies.cold_init.Add(Instant::FromNanoseconds(assigned.at) - arrival.at);
  latencies.cold_run.Add(Duration::Nanoseconds(end - assigned.at));
}

inline bool FastSimulation::ScheduleEnd(const Arrival& arrival, int64_t at, Due due) {
  if (at < end_) [[likely]] {
    queue_.Push(Instant::FromNanoseconds(at), Value(due, arrival.function.value));
    return true;
  }
  if (Counts(arrival)) {
    tallies_[arrival.entry].unfinished_ns += static_cast<uint64_t>(end_ - arrival.at.nanoseconds());
  }
  return false;
}

void FastSimulation::Bill(const Assigned& assigned, int64_t end) {
  const uint64_t run_ms = WholeMilliseconds(end - assigned.at);
  const uint64_t all_ms = WholeMilliseconds(end - assigned.at + assigned.init_ns);
  FastHotEntry& entry = hot_entries_[assigned.arrival.entry];
  entry.billed_ms += all_ms;
  tallies_[assigned.arrival.entry].billed_init_mib_ms +=
      static_cast<unsigned __int128>(all_ms - run_ms) * static_cast<uint64_t>(entry.memory_mib);
}

// ---- What is due

inline void FastSimulation::End(uint32_t function_id, int64_t now) {
  FastFunction& function = functions_[function_id];
  ++events_;
  FastFunctions::BecomeIdle(function, now);
  FastHotEntry& entry = hot_entries_[function.entry];
  --entry.concurrency;
  levels_.End(now);
  AddIdleMemory(now, entry.memory_mib);
  ledger_.End(function.reservation == FastFunction::kNoReservation
                  ? ConcurrencyClaim{}
                  : reservations_[function.reservation].claim);
  if (function.expiry_pending) [[likely]] {
    return;
  }
  function.expiry_pending = true;
  ScheduleExpiry(function_id, now, Due::kExpiry);
}

void FastSimulation::EndFlight(FastFunction& function) {
  ++events_;
  FastFunctions::Leave(function);
  --hot_entries_[function.entry].concurrency;
  ledger_.End(function.reservation == FastFunction::kNoReservation
                  ? ConcurrencyClaim{}
                  : reservations_[function.reservation].claim);
}

void FastSimulation::EndReset(uint32_t function_id, int64_t now) {
  FastFunction& function = functions_[function_id];
  EndFlight(function);
  levels_.End(now);
  AddIdleMemory(now, hot_entries_[function.entry].memory_mib);
  ++function.reset_count;
  resets_[function_id].since.push_back(now);
  ScheduleExpiry(function_id, now, Due::kResetExpiry);
}

void FastSimulation::ScheduleExpiry(uint32_t function_id, int64_t since, Due due) {
  // What would expire after the end of the run, or never, needs no event.
  if (keep_alive_ns_ >= end_ - since) return;
  queue_.Push(Instant::FromNanoseconds(since + keep_alive_ns_), Value(due, function_id));
}

void FastSimulation::Expire(uint32_t function_id, int64_t now) {
  FastFunction& function = functions_[function_id];
  while (function.has_idle() && FastFunctions::OldestSince(function) <= now - keep_alive_ns_) {
    FastFunctions::DropOldest(function);
    levels_.Expire(now);
    AddIdleMemory(now, -hot_entries_[function.entry].memory_mib);
  }
  function.expiry_pending = function.has_idle();
  if (function.has_idle()) {
    ScheduleExpiry(function_id, FastFunctions::OldestSince(function), Due::kExpiry);
  }
}

void FastSimulation::ExpireReset(uint32_t function_id, int64_t now) {
  FastFunction& function = functions_[function_id];
  FastResetPool& pool = resets_[function_id];
  while (pool.oldest < pool.since.size() && pool.since[pool.oldest] <= now - keep_alive_ns_) {
    ++pool.oldest;
    --function.reset_count;
    levels_.Expire(now);
    AddIdleMemory(now, -hot_entries_[function.entry].memory_mib);
  }
  // What has expired makes room once it is half of all.
  if (2 * pool.oldest < pool.since.size()) return;
  pool.since.erase(pool.since.begin(),
                   pool.since.begin() + static_cast<std::ptrdiff_t>(pool.oldest));
  pool.oldest = 0;
}

FastResult FastSimulation::Finish() {
  Reach(end_);
  FastResult result;
  result.environments = levels_.Finish(end_);
  result.events = events_;
  result.trace_status = arrivals_.status();
  for (size_t i = 0; i < hot_entries_.size(); ++i) {
    const FastHotEntry& entry = hot_entries_[i];
    InvocationTally& tally = tallies_[i];
    tally.arrived = entry.arrived;
    tally.finished = entry.finished;
    tally.concurrency_max = entry.concurrency_max;
    // A failed start is the only failure without an environment.
    tally.billed_requests = tally.finished + tally.failed() -
                            tally.failed_by_cause[static_cast<size_t>(FailureCause::kStartFailed)];
    const auto ms = static_cast<unsigned __int128>(entry.billed_ms);
    tally.billed_mib_ms = ms * static_cast<unsigned>(entry.memory_mib);
    tally.billed_tmp_mib_ms = ms * static_cast<uint64_t>(entries_[i].tmp_extra_mib);
  }
  result.invocations = std::move(tallies_);
  result.latencies = std::move(latencies_);
  return result;
}

}  // namespace

FastResult RunFastSimulation(const Scenario& scenario, SimulationObserver* observer) {
  return FastSimulation(scenario).Run(observer);
}

}  // namespace floe
